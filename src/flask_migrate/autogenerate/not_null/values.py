"""What a column is filled with: an answer, the model's default, or what its type has for nothing."""

from __future__ import annotations

import enum
import re
import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ..draft import Draft
from . import neutral
from .doubts import Doubts
from .fitting import fitting
from .operations import Expression, Fill, is_writable

#: Stands for "there is none", where ``None`` would be a value.
NOTHING = neutral.NOTHING
#: Callables that make an empty value of their kind.
EMPTY = {dict: {}, list: [], str: "", int: 0, float: 0.0, bool: False}


def for_new_column(draft: Draft, table: ops.ModifyTableOps, column: sa.Column[t.Any], doubts: Doubts) -> Fill | None:
    """The fill of a new NOT NULL column; ``None`` where no row needs one."""
    if not draft.is_upgrade:
        value = _neutral(draft, table, column)
    else:
        known = _model_column(draft, table, column.name)
        value = _value(draft, table, column if known is None else known, is_new=True)
        if value is NOTHING and _has_rows(draft, table, None):
            value = _asked(draft, table, column.name, "is new, and the table has rows", doubts)
    if value is NOTHING:
        return None
    type_, plain = _plain(draft, column.type, value)
    return Fill(table.table_name, table.schema, [(column.name, type_, plain)], True)


def for_old_column(
    draft: Draft, table: ops.ModifyTableOps, operation: ops.AlterColumnOp, doubts: Doubts
) -> Fill | None:
    """The fill of a column that becomes NOT NULL; ``None`` where no row needs one."""
    name = operation.column_name
    column = _model_column(draft, table, name)
    type_ = operation.modify_type or operation.existing_type
    if not draft.is_upgrade:
        value = _neutral(draft, table, sa.Column(name, type_)) if type_ is not None else NOTHING
    else:
        value = NOTHING if column is None else _value(draft, table, column, is_new=False)
        if value is NOTHING and _has_rows(draft, table, name):
            value = _asked(draft, table, name, "is NULL in some rows", doubts)
    if value is NOTHING:
        return None
    if column is not None and draft.is_upgrade:
        type_ = column.type
    assert type_ is not None
    type_, plain = _plain(draft, type_, value)
    return Fill(table.table_name, table.schema, [(name, type_, plain)], False)


def _neutral(draft: Draft, table: ops.ModifyTableOps, column: sa.Column[t.Any]) -> t.Any:
    """What stands for nothing, as far as the checks of the table let it."""
    value = neutral.value(draft, column)
    return value if value is NOTHING else fitting(draft, (table.schema, table.table_name), column, value)


def _value(draft: Draft, table: ops.ModifyTableOps, column: sa.Column[t.Any], *, is_new: bool) -> t.Any:
    """What was answered, or what the model says."""
    answer = _answered(draft, table, column.name)
    if answer is not NOTHING:
        return answer
    if column.server_default is not None and not is_new:
        return _server_default(draft, column.server_default)
    default = column.default
    if default is None or neutral.is_alone_unique(column):
        return NOTHING
    if default.is_scalar:
        value = t.cast("t.Any", default).arg
        return value if is_writable(value) or isinstance(value, enum.Enum) else NOTHING
    if default.is_callable:
        made = _made_by(t.cast("t.Any", default).arg)
        return made
    if default.is_clause_element:
        return _expression(_compiled(draft, t.cast("t.Any", default).arg))
    return NOTHING


def _made_by(function: t.Any) -> t.Any:
    """What a callable default stands for, where that is known without calling it."""
    inner = getattr(function, "__wrapped__", function)
    if inner in EMPTY:
        return EMPTY[inner]
    name = getattr(inner, "__name__", "")
    if name in ("now", "utcnow"):
        return Expression("sa.func.current_timestamp()")
    return Expression("sa.func.current_date()") if name == "today" else NOTHING


def _server_default(draft: Draft, default: t.Any) -> t.Any:
    argument = getattr(default, "arg", None)
    if isinstance(argument, str):
        return argument
    if argument is None:
        return NOTHING
    text = _compiled(draft, argument)
    return _expression(re.sub(r"(?i)\s+ON\s+UPDATE\s.*$", "", text))


def _compiled(draft: Draft, clause: t.Any) -> str:
    compiled = clause.compile(dialect=draft.dialect, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%")


def _expression(text: str) -> Expression:
    """A text of SQL as Python code; a colon is none of SQLAlchemy's parameters."""
    escaped = re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", text)
    return Expression(f"sa.text({escaped!r})")


def _answered(draft: Draft, table: ops.ModifyTableOps, column: str) -> t.Any:
    names = [f"{table.table_name}.{column}"]
    names.append(f"{table.schema or draft.dialect.default_schema_name}.{names[0]}")
    for text in draft.request.answers.fills:
        for name in names:
            if text.startswith(f"{name}="):
                draft.request.used.add(text)
                return _expression(text[len(name) + 1 :])
    return NOTHING


def _asked(draft: Draft, table: ops.ModifyTableOps, column: str, why: str, doubts: Doubts) -> t.Any:
    name = ".".join(part for part in (table.schema, table.table_name, column) if part)
    if draft.request.questioner is not None:
        text = draft.request.questioner.ask(f"{name} is NOT NULL and {why}. Fill them with the SQL expression")
        if text.strip():
            return _expression(text.strip())
    doubts.add(name, why)
    return NOTHING


def _has_rows(draft: Draft, table: ops.ModifyTableOps, column: str | None) -> bool:
    """Whether the table has rows, or rows in which ``column`` is NULL; it may have other names in the database yet."""
    place, names = (table.schema, table.table_name), {}
    renames = getattr(draft.context.inspector, "renames", None)
    if renames is not None:
        place = renames.old_place(place)
        names = {new: old for old, new in renames.columns.get(place, {}).items()}
    query = sa.select(sa.literal(1)).select_from(sa.table(place[1], schema=place[0])).limit(1)
    if column is not None:
        query = query.where(sa.column(names.get(column, column)).is_(None))
    assert draft.context.connection is not None
    return draft.context.connection.execute(query).first() is not None


def _model_column(draft: Draft, table: ops.ModifyTableOps, name: str) -> sa.Column[t.Any] | None:
    default = draft.dialect.default_schema_name
    for found in draft.context.sorted_tables:
        schema = found.schema if found.schema != default else None
        if (schema, found.name) == (table.schema, table.table_name):
            return next((column for column in found.columns if column.name == name), None)
    return None


def _plain(draft: Draft, type_: t.Any, value: t.Any) -> tuple[t.Any, t.Any]:
    """The type and the value as they are without a type of the app around them."""
    if isinstance(value, Expression):
        return type_, value
    if isinstance(type_, sa.types.TypeDecorator) and not isinstance(type_, sa.Interval):
        bound = type_.process_bind_param(value, draft.dialect) if _is_overridden(type_) else value
        return _plain(draft, type_.load_dialect_impl(draft.dialect), bound)
    if isinstance(value, enum.Enum):
        if isinstance(type_, sa.Enum) and type_.enum_class is not None:
            members = list(type_.enum_class.__members__.values())
            return type_, type_.enums[members.index(value)]
        return type_, value.value
    return type_, value


def _is_overridden(type_: sa.types.TypeDecorator[t.Any]) -> bool:
    return type(type_).process_bind_param is not sa.types.TypeDecorator.process_bind_param
