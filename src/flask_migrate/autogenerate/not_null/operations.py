"""The operation that fills a column, and how it is written in a script."""

from __future__ import annotations

import datetime
import decimal
import json
import typing as t
import uuid

from alembic.autogenerate import renderers
from alembic.operations import ops

from ...alembic_compat import render_type

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: Values that are written as they are, and the module that has to be imported for them.
MODULES = {
    datetime.datetime: "datetime",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "datetime",
    decimal.Decimal: "decimal",
    uuid.UUID: "uuid",
}


class Expression(str):
    """A value that is Python code for a SQLAlchemy expression."""


class Fill(ops.MigrateOperation):
    """Gives columns a value where they have none.

    :param columns: the name, type and value of each; a Python value, or an :class:`Expression`.
    :param is_new: whether the columns were just added, so that no row has a value.
    """

    def __init__(self, table: str, schema: str | None, columns: list[tuple[str, t.Any, t.Any]], is_new: bool) -> None:
        self.table_name, self.schema, self.columns, self.is_new = table, schema, columns, is_new

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("fill", self.schema, self.table_name, {name: value for name, _, value in self.columns})

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return []


def joined(fills: list[Fill]) -> list[Fill]:
    """The same fills, those of new columns as one."""
    new = [fill for fill in fills if fill.is_new]
    rest = [fill for fill in fills if not fill.is_new]
    if not new:
        return rest
    columns = [column for fill in new for column in fill.columns]
    return [Fill(new[0].table_name, new[0].schema, columns, True), *rest]


def is_writable(value: t.Any) -> bool:
    """Whether a Python value can be written into a script."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)) or type(value) in MODULES:
        return not isinstance(value, (datetime.datetime, datetime.time)) or value.tzinfo in (
            None,
            datetime.timezone.utc,
        )
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


@renderers.dispatch_for(Fill)
def _render(context: AutogenContext, operation: Fill) -> str:
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    columns = [f"sa.column({name!r}, {render_type(context, type_)})" for name, type_, _ in operation.columns]
    where = "" if operation.is_new else f".where(sa.column({operation.columns[0][0]!r}).is_(None))"
    values = [f"{name!r}: {_written(context, value)}" for name, _, value in operation.columns]
    table = f"sa.table({operation.table_name!r}, {', '.join(columns)}{schema})"
    if len(columns) > 1:
        table = "sa.table(\n" + ",\n".join([repr(operation.table_name), *columns]) + f"{schema}\n)"
    return f"op.execute({table}.update(){where}.values({{{', '.join(values)}}}))"


def _written(context: AutogenContext, value: t.Any) -> str:
    if isinstance(value, Expression):
        return str(value)
    module = MODULES.get(type(value))
    if module is not None:
        context.imports.add(f"import {module}")
    text = repr(value)
    return text if module in (None, "datetime") else f"{module}.{text}"
