"""The statements that read ``information_schema`` of MariaDB and MySQL, each for all asked-for schemas at once.

Columns are aliased in small letters, since MySQL 8 returns all names in capitals, and in backticks, since the lists
of reserved words differ.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

import sqlalchemy as sa

from .scope import Scope

Row = dict[str, t.Any]

#: Before a statement of MariaDB: it writes names in its texts as the SQL mode of the session says.
PLAIN_MODE = "SET STATEMENT sql_mode = '' FOR "

SERVER = "SELECT DATABASE() AS `default_schema`, VERSION() AS `version`"

#: What not every release has: table and column of ``information_schema``.
FEATURES = """
SELECT UPPER(TABLE_NAME) AS `tab`, UPPER(COLUMN_NAME) AS `col` FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = 'information_schema'
  AND TABLE_NAME IN ('CHECK_CONSTRAINTS', 'STATISTICS', 'VIEWS', 'TABLE_CONSTRAINTS')
"""

SCHEMAS = "SELECT SCHEMA_NAME AS `name` FROM information_schema.SCHEMATA WHERE {schemas:SCHEMA_NAME}"

TABLES = """
SELECT TABLE_SCHEMA AS `sch`, TABLE_NAME AS `name`, TABLE_TYPE AS `kind`, ENGINE AS `engine`,
       TABLE_COLLATION AS `collation`, CREATE_OPTIONS AS `options`, TABLE_COMMENT AS `comment`
FROM information_schema.TABLES WHERE {schemas:TABLE_SCHEMA}
"""

COLUMNS = """
SELECT TABLE_SCHEMA AS `sch`, TABLE_NAME AS `tab`, COLUMN_NAME AS `name`, COLUMN_TYPE AS `type`, DATA_TYPE AS `base`,
       IS_NULLABLE AS `nullable`, COLUMN_DEFAULT AS `default_`, EXTRA AS `extra`, COLLATION_NAME AS `collation`,
       GENERATION_EXPRESSION AS `expression`, COLUMN_COMMENT AS `comment`
FROM information_schema.COLUMNS WHERE {schemas:TABLE_SCHEMA}
ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
"""

INDEXES = """
SELECT TABLE_SCHEMA AS `sch`, TABLE_NAME AS `tab`, INDEX_NAME AS `name`, NON_UNIQUE AS `non_unique`,
       COLUMN_NAME AS `column_name`, SUB_PART AS `length`, COLLATION AS `direction`, INDEX_TYPE AS `method`,
       INDEX_COMMENT AS `comment`, {expression} AS `expression`, {hidden} AS `hidden`
FROM information_schema.STATISTICS WHERE {schemas:TABLE_SCHEMA}
ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""

FOREIGN_KEY_COLUMNS = """
SELECT TABLE_SCHEMA AS `sch`, TABLE_NAME AS `tab`, CONSTRAINT_NAME AS `name`, COLUMN_NAME AS `column_name`,
       REFERENCED_TABLE_SCHEMA AS `referred_schema`, REFERENCED_TABLE_NAME AS `referred_table`,
       REFERENCED_COLUMN_NAME AS `referred_column`
FROM information_schema.KEY_COLUMN_USAGE WHERE {schemas:TABLE_SCHEMA} AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""

FOREIGN_KEY_RULES = """
SELECT CONSTRAINT_SCHEMA AS `sch`, TABLE_NAME AS `tab`, CONSTRAINT_NAME AS `name`, UPDATE_RULE AS `on_update`,
       DELETE_RULE AS `on_delete`
FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE {schemas:CONSTRAINT_SCHEMA}
"""

CHECKS_OF_MARIADB = """
SELECT CONSTRAINT_SCHEMA AS `sch`, TABLE_NAME AS `tab`, CONSTRAINT_NAME AS `name`, CHECK_CLAUSE AS `text_`,
       {level} AS `level`, 'YES' AS `enforced`
FROM information_schema.CHECK_CONSTRAINTS WHERE {schemas:CONSTRAINT_SCHEMA}
"""

CHECKS_OF_MYSQL = """
SELECT c.CONSTRAINT_SCHEMA AS `sch`, k.TABLE_NAME AS `tab`, c.CONSTRAINT_NAME AS `name`, c.CHECK_CLAUSE AS `text_`,
       'Table' AS `level`, {enforced} AS `enforced`
FROM information_schema.CHECK_CONSTRAINTS c
JOIN information_schema.TABLE_CONSTRAINTS k ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA
     AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND k.CONSTRAINT_TYPE = 'CHECK'
WHERE {schemas:c.CONSTRAINT_SCHEMA}
"""

VIEWS = """
SELECT TABLE_SCHEMA AS `sch`, TABLE_NAME AS `name`, VIEW_DEFINITION AS `definition`, CHECK_OPTION AS `check_option`,
       SECURITY_TYPE AS `security`, {algorithm} AS `algorithm`
FROM information_schema.VIEWS WHERE {schemas:TABLE_SCHEMA}
"""

TRIGGERS = """
SELECT TRIGGER_SCHEMA AS `sch`, EVENT_OBJECT_TABLE AS `tab`, TRIGGER_NAME AS `name`, ACTION_TIMING AS `timing`,
       EVENT_MANIPULATION AS `event`, ACTION_ORDER AS `place`, ACTION_STATEMENT AS `action`
FROM information_schema.TRIGGERS WHERE {schemas:TRIGGER_SCHEMA}
"""

ROUTINES = """
SELECT ROUTINE_SCHEMA AS `sch`, ROUTINE_NAME AS `name`, ROUTINE_TYPE AS `kind`, SPECIFIC_NAME AS `specific`,
       DTD_IDENTIFIER AS `returns`, CHARACTER_SET_NAME AS `charset`, IS_DETERMINISTIC AS `deterministic`,
       SQL_DATA_ACCESS AS `access`,
       SECURITY_TYPE AS `security`, ROUTINE_DEFINITION AS `definition`, ROUTINE_COMMENT AS `comment`
FROM information_schema.ROUTINES WHERE {schemas:ROUTINE_SCHEMA}
"""

PARAMETERS = """
SELECT SPECIFIC_SCHEMA AS `sch`, SPECIFIC_NAME AS `specific`, ROUTINE_TYPE AS `kind`, PARAMETER_MODE AS `mode_`,
       PARAMETER_NAME AS `name`, DTD_IDENTIFIER AS `type`, CHARACTER_SET_NAME AS `charset`
FROM information_schema.PARAMETERS WHERE {schemas:SPECIFIC_SCHEMA} AND ORDINAL_POSITION > 0
ORDER BY SPECIFIC_SCHEMA, SPECIFIC_NAME, ORDINAL_POSITION
"""

PARTITIONS = """
SELECT TABLE_SCHEMA AS `sch`, TABLE_NAME AS `tab`, PARTITION_NAME AS `name`, SUBPARTITION_NAME AS `sub_name`,
       PARTITION_METHOD AS `method`, PARTITION_EXPRESSION AS `expression`, PARTITION_DESCRIPTION AS `bound`,
       SUBPARTITION_METHOD AS `sub_method`, SUBPARTITION_EXPRESSION AS `sub_expression`,
       PARTITION_COMMENT AS `comment`
FROM information_schema.PARTITIONS WHERE {schemas:TABLE_SCHEMA} AND PARTITION_NAME IS NOT NULL
ORDER BY TABLE_SCHEMA, TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION
"""

SEQUENCE = """SELECT {place} AS `place`, start_value AS `start`, minimum_value AS `minimum`,
       maximum_value AS `maximum`, increment AS `step`, cache_size AS `cache`, cycle_option AS `cycle`
FROM {table}"""


class SchemaCondition:
    """Stands for ``{schemas:COLUMN}`` in a statement.

    One schema is compared with ``=``: only that keeps older releases from opening every table of the server.
    """

    def __init__(self, names: t.Sequence[str]) -> None:
        self.names = names

    def __format__(self, column: str) -> str:
        marks = [f":s{place}" for place in range(len(self.names))]
        return f"{column} = {marks[0]}" if len(marks) == 1 else f"{column} IN ({', '.join(marks)})"


@dataclass(frozen=True)
class Catalogs:
    """``information_schema``, as far as it is about the asked-for schemas."""

    connection: sa.Connection
    scope: Scope
    default: str
    names: tuple[str, ...]
    is_mariadb: bool
    features: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def rows(self, query: str, **words: str) -> list[Row]:
        """The rows of one statement about the asked-for schemas; none when there is no schema."""
        if not self.names:
            return []
        text = PLAIN_MODE * self.is_mariadb + query.format(schemas=SchemaCondition(self.names), **words)
        parameters = {f"s{place}": name for place, name in enumerate(self.names)}
        return [dict(row) for row in self.connection.execute(sa.text(text), parameters).mappings()]

    def label(self, schema: str) -> str | None:
        """How a schema is called in the result."""
        return self.scope.label(schema, self.default)

    def wants(self, kind: str, row: Row) -> bool:
        """Whether the caller wants the object of this row."""
        return self.scope.wants(kind, self.label(row["sch"]), row["name"])

    def note(self, kind: str, row: Row, reason: str) -> None:
        """Keep in mind that the object of this row was not read, or not all of it."""
        self.scope.note(kind, self.label(row["sch"]), row["name"], reason)

    def column(self, table: str, column: str, otherwise: str) -> str:
        """``column`` where this release has it in ``table``, else the text ``otherwise``."""
        return column if (table, column) in self.features else otherwise

    def indexes(self) -> list[Row]:
        """The parts of all keys and indexes."""
        hidden = self.column("STATISTICS", "IS_VISIBLE", "'YES'") + " = 'NO'"
        if ("STATISTICS", "IGNORED") in self.features:
            hidden = "IGNORED = 'YES'"
        expression = self.column("STATISTICS", "EXPRESSION", "NULL")
        return self.rows(INDEXES, expression=expression, hidden=hidden)

    def checks(self) -> list[Row]:
        """The checks of all tables; none in releases that don't know them."""
        if ("CHECK_CONSTRAINTS", "TABLE_NAME") in self.features:
            level = self.column("CHECK_CONSTRAINTS", "LEVEL", "'Table'")
            return self.rows(CHECKS_OF_MARIADB, level=level)
        if ("CHECK_CONSTRAINTS", "CHECK_CLAUSE") in self.features:
            enforced = self.column("TABLE_CONSTRAINTS", "ENFORCED", "'YES'")
            return self.rows(CHECKS_OF_MYSQL, enforced=enforced)
        return []

    def views(self) -> list[Row]:
        """All views."""
        return self.rows(VIEWS, algorithm=self.column("VIEWS", "ALGORITHM", "'UNDEFINED'"))

    def sequences(self, tables: t.Sequence[Row]) -> list[Row]:
        """The parameters of the sequences among ``tables``, which only the sequences themselves tell."""
        parts = (
            SEQUENCE.format(place=place, table=f"{_quoted(row['sch'])}.{_quoted(row['name'])}")
            for place, row in enumerate(tables)
        )
        if not tables:
            return []
        # Names may hold "%" and ":", which mean something in a statement with parameters.
        options = {"no_parameters": True}
        found = self.connection.exec_driver_sql("\nUNION ALL ".join(parts), execution_options=options)
        return [{**tables[int(row["place"])], **row} for row in found.mappings()]


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
