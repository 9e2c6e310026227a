"""Operations for revision scripts that Alembic does not have: ``from flask_migrate import operations``.

They are called inside ``upgrade()`` and ``downgrade()``, beside those of ``alembic.op``.

.. versionadded:: 5.0
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from .errors import MigrateError

#: Dialects that can't give another name to what they hold.
_MYSQL = ("mysql", "mariadb")


def rename_constraint(old: str, new: str, table_name: str, schema: str | None = None) -> None:
    """Give a constraint another name. PostgreSQL only; elsewhere nothing is done, for names mean little there.

    :param old: its name.
    :param new: the name it gets.
    :param table_name: its table.
    :param schema: the schema of the table.
    """
    if _dialect() == "postgresql":
        op.execute(f"ALTER TABLE {_quoted(table_name, schema)} RENAME CONSTRAINT {_quoted(old)} TO {_quoted(new)}")


def rename_index(old: str, new: str, table_name: str, schema: str | None = None) -> None:
    """Give an index another name; SQLite makes it anew.

    :param old: its name.
    :param new: the name it gets.
    :param table_name: its table.
    :param schema: the schema of the table.
    """
    dialect = _dialect()
    if dialect in _MYSQL:
        op.execute(f"ALTER TABLE {_quoted(table_name, schema)} RENAME INDEX {_quoted(old)} TO {_quoted(new)}")
    elif dialect == "sqlite":
        _remake_index(old, new, table_name, schema)
    else:
        op.execute(f"ALTER INDEX {_quoted(old, schema)} RENAME TO {_quoted(new)}")


def _remake_index(old: str, new: str, table_name: str, schema: str | None) -> None:
    place = _quoted("sqlite_master", schema or "main")
    query = sa.text(f"SELECT sql FROM {place} WHERE type = 'index' AND name = :name")
    text = op.get_bind().execute(query, {"name": old}).scalar()
    if text is None:
        raise MigrateError(f"The table {table_name} has no index {old}.", "Compare: flask db check")
    index = re.match(r"""(?is)(CREATE\s+(?:UNIQUE\s+)?INDEX\s+)(?:"(?:[^"]|"")*"|`[^`]*`|\[[^]]*\]|\w+)(.*)""", text)
    assert index is not None  # SQLite stores the text in this form
    op.execute(f"DROP INDEX {_quoted(old, schema)}")
    op.execute(index[1] + _quoted(new, schema) + index[2].replace(":", "\\:"))


def rename_sequence(old: str, new: str, schema: str | None = None) -> None:
    """Give a sequence another name. PostgreSQL only; elsewhere nothing is done.

    :param old: its name.
    :param new: the name it gets.
    :param schema: its schema.
    """
    if _dialect() == "postgresql":
        op.execute(f"ALTER SEQUENCE {_quoted(old, schema)} RENAME TO {_quoted(new)}")


def _dialect() -> str:
    return op.get_context().dialect.name


def _quoted(name: str, schema: str | None = None) -> str:
    """A name for a text that SQLAlchemy looks through for parameters."""
    quote = op.get_context().dialect.identifier_preparer.quote
    text = quote(name) if schema is None else f"{quote(schema)}.{quote(name)}"
    if "%%" in quote("%"):  # the preparer doubles percent signs for its driver, and so will the text
        text = text.replace("%%", "%")
    return text.replace(":", "\\:")
