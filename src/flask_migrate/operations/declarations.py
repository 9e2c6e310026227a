"""How MySQL and MariaDB write down what a table is declared with."""

from __future__ import annotations

import re
import typing as t

from alembic.operations import Operations

if t.TYPE_CHECKING:
    import sqlalchemy as sa

NAME = re.compile(r"`((?:[^`]|``)*)` ")


def place_of(dialect: sa.Dialect, table: str, schema: str | None) -> str:
    """A table as it is named in a statement, which SQLAlchemy has not yet prepared for the driver."""
    return ".".join(quoted(dialect, name) for name in (schema, table) if name)


def quoted(dialect: sa.Dialect, name: str) -> str:
    """A name as it stands in a statement; the preparer doubles percent signs for some drivers, and so will the text."""
    quote = dialect.identifier_preparer.quote
    return quote(name).replace("%%", "%") if "%%" in quote("%") else quote(name)


def lines(operations: Operations, table: str, schema: str | None) -> list[str]:
    """The lines of ``SHOW CREATE TABLE``, without the commas at their ends."""
    place = place_of(operations.migration_context.dialect, table, schema)
    statement = f"SHOW CREATE TABLE {place}".replace("%", "%%")
    text: str = operations.get_bind().exec_driver_sql(statement).one()[1]
    return [line.strip().rstrip(",") for line in text.splitlines()]


def declarations(operations: Operations, table: str, schema: str | None) -> dict[str, str]:
    """The columns of a table and their declarations, in their order."""
    found = ((NAME.match(line), line) for line in lines(operations, table, schema))
    return {match[1].replace("``", "`"): line for match, line in found if match}
