"""Other names for constraints, indexes and sequences."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from ..errors import MigrateError

#: The length of a name of PostgreSQL in bytes.
LONGEST = 63
#: Dialects that can't give another name to what they hold.
_MYSQL = ("mysql", "mariadb")


def rename_column(table_name: str, old: str, new: str, schema: str | None = None) -> None:
    """Give a column another name and keep all that belongs to it.

    MySQL 8.0 and MariaDB 10.5 and later; ``op.alter_column()`` declares the column anew there, without its CHECKs.

    :param table_name: its table.
    :param old: its name.
    :param new: the name it gets.
    :param schema: the schema of the table.
    """
    if dialect_name() in _MYSQL:
        op.execute(f"ALTER TABLE {quoted(table_name, schema)} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
    else:
        op.alter_column(table_name, old, new_column_name=new, schema=schema)


def rename_constraint(old: str, new: str, table_name: str, schema: str | None = None) -> None:
    """Give a constraint another name. PostgreSQL only; elsewhere nothing is done, for names mean little there.

    :param old: its name.
    :param new: the name it gets.
    :param table_name: its table.
    :param schema: the schema of the table.
    """
    if dialect_name() == "postgresql":
        op.execute(f"ALTER TABLE {quoted(table_name, schema)} RENAME CONSTRAINT {quoted(old)} TO {quoted(new)}")


def rename_index(old: str, new: str, table_name: str, schema: str | None = None) -> None:
    """Give an index another name; SQLite makes it anew.

    :param old: its name.
    :param new: the name it gets.
    :param table_name: its table.
    :param schema: the schema of the table.
    """
    dialect = dialect_name()
    if dialect in _MYSQL:
        op.execute(f"ALTER TABLE {quoted(table_name, schema)} RENAME INDEX {quoted(old)} TO {quoted(new)}")
    elif dialect == "sqlite":
        _remake_index(old, new, table_name, schema)
    else:
        op.execute(f"ALTER INDEX {quoted(old, schema)} RENAME TO {quoted(new)}")


def _remake_index(old: str, new: str, table_name: str, schema: str | None) -> None:
    place = quoted("sqlite_master", schema or "main")
    query = sa.text(f"SELECT sql FROM {place} WHERE type = 'index' AND name = :name")
    text = op.get_bind().execute(query, {"name": old}).scalar()
    if text is None:
        raise MigrateError(f"The table {table_name} has no index {old}.", "Compare: flask db check")
    index = re.match(r"""(?is)(CREATE\s+(?:UNIQUE\s+)?INDEX\s+)(?:"(?:[^"]|"")*"|`[^`]*`|\[[^]]*\]|\w+)(.*)""", text)
    assert index is not None  # SQLite stores the text in this form
    op.execute(f"DROP INDEX {quoted(old, schema)}")
    op.execute(index[1] + quoted(new, schema) + index[2].replace(":", "\\:"))


def rename_sequence(old: str, new: str, schema: str | None = None) -> None:
    """Give a sequence another name. PostgreSQL only; elsewhere nothing is done.

    :param old: its name.
    :param new: the name it gets.
    :param schema: its schema.
    """
    if dialect_name() == "postgresql":
        op.execute(f"ALTER SEQUENCE {quoted(old, schema)} RENAME TO {quoted(new)}")


def move_table(name: str, *, schema: str | None = None, new_schema: str | None = None) -> None:
    """Put a table into another schema, with its rows, keys, indexes and the sequences of its columns. PostgreSQL only.

    :param name: the table.
    :param schema: the schema where it is; without one, the default schema.
    :param new_schema: the schema where it gets to; without one, the default schema.
    :raises MigrateError: on an engine that can't do that.
    """
    dialect = op.get_context().dialect
    if dialect.name != "postgresql":
        raise MigrateError(f"The table {name} can't be moved to another schema on {dialect.name}.", "Move it by hand.")
    target = new_schema or dialect.default_schema_name or "public"  # of offline mode nothing is known
    op.execute(f"ALTER TABLE {quoted(name, schema)} SET SCHEMA {quoted(target)}")


def generated_name(table: str, columns: str, label: str) -> str:
    """The name that PostgreSQL makes (``makeObjectName`` in its source): the longer part is cut."""
    first, second = table.encode(), columns.encode()
    room = LONGEST - len(label) - 1 - (1 if columns else 0)
    one, two = len(first), len(second)
    while one + two > room:
        one, two = (one - 1, two) if one > two else (one, two - 1)
    parts = [first[:one].decode(errors="ignore"), second[:two].decode(errors="ignore"), label]
    return "_".join(part for part in parts if part)


def dialect_name() -> str:
    """The dialect of the database that is migrated."""
    return op.get_context().dialect.name


def quoted(name: str, schema: str | None = None) -> str:
    """A name for a text that SQLAlchemy looks through for parameters."""
    quote = op.get_context().dialect.identifier_preparer.quote
    text = quote(name) if schema is None else f"{quote(schema)}.{quote(name)}"
    if "%%" in quote("%"):  # the preparer doubles percent signs for its driver, and so will the text
        text = text.replace("%%", "%")
    return text.replace(":", "\\:")
