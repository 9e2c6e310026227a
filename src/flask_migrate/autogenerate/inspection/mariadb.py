"""Answers for MariaDB: its dialect parses one ``SHOW CREATE TABLE`` for each table.

No table of ``information_schema`` holds that text, but MariaDB runs a block of statements without a procedure
around it, so one statement can have the texts of all tables as results. MySQL has no such blocks; there every
table is asked for.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

import sqlalchemy as sa

from .answers import result

#: The first release with ``FOR`` loops over a query.
MINIMUM = (10, 3)
#: So many tables are asked for one by one before all are read; few tables of a huge database may be wanted.
PATIENCE = 3

NAME = r'`(?:[^`]|``)*`|"(?:[^"]|"")*"'
SHOW = re.compile(rf"SHOW CREATE TABLE (?:(?P<schema>{NAME})\.)?(?P<name>{NAME})")

#: A table that can't be opened has no result; it is asked for by itself, and fails as ever.
BLOCK = """
BEGIN NOT ATOMIC
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  FOR found IN (SELECT TABLE_NAME AS name FROM information_schema.TABLES
                WHERE TABLE_SCHEMA = {schema} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED'))
  DO
    EXECUTE IMMEDIATE CONCAT('SHOW CREATE TABLE ', {quoted}, '.`', REPLACE(found.name, '`', '``'), '`');
  END FOR;
END
"""


def make_answers(connection: sa.Connection, schemas: t.Collection[str]) -> MariaDBAnswers | None:
    """The answers, or None where the server or the driver can't return several results for one statement."""
    version = tuple(connection.dialect.server_version_info or ())
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    return MariaDBAnswers() if is_mariadb and version >= MINIMUM and _has_several_results(connection) else None


def _has_several_results(connection: sa.Connection) -> bool:
    """Whether the driver's cursors have the optional method of PEP 249; those of async drivers don't keep to it."""
    if connection.dialect.is_async:
        return False
    with contextlib.closing(connection.connection.cursor()) as cursor:
        return hasattr(cursor, "nextset")


class MariaDBAnswers:
    """The declarations of tables, by database."""

    def __init__(self) -> None:
        self.asked = 0
        self.declarations: dict[str | None, t.Mapping[str, str]] = {}

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        self.declarations.clear()

    def to_statement(self, connection: sa.Connection, statement: t.Any, parameters: t.Any) -> None:
        """The dialect asks for declarations in text."""

    def to_driver_sql(self, connection: sa.Connection, statement: str, parameters: t.Any) -> t.Any:
        """Answer the question for a declaration."""
        match = SHOW.fullmatch(statement)
        if match is None:
            return None
        self.asked += 1
        if self.asked <= PATIENCE:
            return None
        schema = _name(match["schema"]) if match["schema"] else None
        if schema not in self.declarations:
            self.declarations[schema] = read_declarations(connection, schema)
        text = self.declarations[schema].get(_name(match["name"]))
        return None if text is None else result(("Table", "Create Table"), [(_name(match["name"]), text)])


def read_declarations(connection: sa.Connection, schema: str | None) -> t.Mapping[str, str]:
    """The ``CREATE TABLE`` texts of a database (None: the selected one), in one statement; nothing if that fails."""
    name = connection.exec_driver_sql("SELECT DATABASE()").scalar() if schema is None else schema
    if not name:
        return {}
    quoted = "`" + name.replace("`", "``") + "`"
    block = BLOCK.format(schema=_hexadecimal(name), quoted=_hexadecimal(quoted))
    options = {"no_parameters": True, "skip_user_error_events": True}
    try:
        answer = connection.exec_driver_sql(block, execution_options=options)
    except sa.exc.DBAPIError:
        return {}
    with contextlib.closing(answer):
        return dict(_results(answer.cursor)) if answer.cursor is not None else {}


def _results(cursor: t.Any) -> t.Iterator[tuple[str, str]]:
    """The first two columns of every row of every result; the block itself has a result without columns."""
    while True:
        if cursor.description:
            yield from ((_text(row[0]), _text(row[1])) for row in cursor.fetchall())
        if not cursor.nextset():
            return


def _text(value: t.Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _name(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0])


def _hexadecimal(name: str) -> str:
    """A literal that reads the same in every SQL mode."""
    return f"CONVERT(X'{name.encode().hex()}' USING utf8mb4)"
