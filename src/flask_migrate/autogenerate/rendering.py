"""How types and columns are written down: so that the script runs without the app's own modules."""

from __future__ import annotations

import copy
import re
import sys
import typing as t

import sqlalchemy as sa

from ..alembic_compat import render_type, rendered_column
from .whole import checks_of

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: What ``sa.text()`` takes for a parameter.
PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)")
Hook = t.Callable[[str, t.Any, t.Any], t.Any]


def hook(given: Hook | None) -> Hook:
    """The option ``render_item``: what env.py says, and where it says nothing what is said here."""

    def render_item(kind: str, item: t.Any, context: AutogenContext) -> t.Any:
        _write_plainly(context.migration_context.impl)
        found = given(kind, item, context) if given is not None else False
        if found is not False:
            return found
        if kind == "column":
            return _column(item, context)
        return _type(item, context) if kind == "type" else False

    return render_item


def _write_plainly(impl: t.Any) -> None:
    """Let SQL stand in the script as it is: without doubled percent signs, and with colons that are no parameters."""
    if "render_ddl_sql_expr" in vars(impl):
        return
    compiled = impl.render_ddl_sql_expr
    doubles = impl.dialect.paramstyle in ("format", "pyformat")

    def render_ddl_sql_expr(expression: t.Any, **options: t.Any) -> str:
        if isinstance(expression, sa.TextClause):
            expression = sa.text(_escaped(expression.text))
        text = str(compiled(expression, **options))
        text = text.replace("%%", "%") if doubles else text
        return text if options.get("is_index") else _escaped(text)

    impl.render_ddl_sql_expr = render_ddl_sql_expr


def _escaped(text: str) -> str:
    return PARAMETER.sub(r"\\:", text)


def _type(type_: t.Any, context: AutogenContext) -> str | bool:
    """An enum that makes no type of its own: the script makes it, once for all columns."""
    if isinstance(type_, sa.types.TypeDecorator) and not is_of_sqlalchemy(type_):
        return render_type(context, wrapped(type_, context.dialect))
    if not is_of_sqlalchemy(type_):
        return _foreign(type_, context)
    is_own = isinstance(type_, sa.Enum) and type_.native_enum and context.dialect.name == "postgresql"
    if not is_own or not getattr(type_, "create_type", False):
        return False
    made = copy.copy(type_)
    made.create_type = False
    return render_type(context, made)


def is_of_sqlalchemy(type_: t.Any) -> bool:
    """Whether a type is SQLAlchemy's own; others are an app's, or a library's."""
    return type(type_).__module__.partition(".")[0] == "sqlalchemy"


def wrapped(type_: t.Any, dialect: sa.Dialect) -> t.Any:
    """What a decorator of types wraps: the script does not need the decorator, and outlives it.

    The type that it is declared with where it does not choose one for each dialect.
    """
    chooses = type(type_).load_dialect_impl is not sa.types.TypeDecorator.load_dialect_impl
    inner = type_.load_dialect_impl(dialect) if chooses else type_.impl_instance
    if inner is type_:
        return type_.impl_instance
    place = ".".join(type(inner).__module__.split(".")[:3])
    is_inside = place.startswith("sqlalchemy.dialects.") and not hasattr(sys.modules[place], type(inner).__name__)
    return inner.as_generic() if is_inside else inner


def _foreign(type_: t.Any, context: AutogenContext) -> str | bool:
    """A type of a library: imported, where what it shows of itself is how it is made."""
    module = type(type_).__module__
    name = f"{module}.{type(type_).__qualname__}"
    prefix = context.opts.get("user_module_prefix")
    if prefix is not None or "<locals>" in name or module in ("__main__", "builtins"):
        return False
    context.imports.add(f"import {module}")
    return f"{module}.{type_!r}"


def _column(column: sa.Column[t.Any], context: AutogenContext) -> str | bool:
    """A column with its checks, which Alembic leaves out."""
    checks = checks_of(column, context)
    if not checks:
        return False
    options = dict(context.opts)
    context.opts["render_item"] = lambda kind, item, inner: (
        False if kind == "column" else options["render_item"](kind, item, inner)
    )
    try:
        text = rendered_column(column, context)
        type_ = render_type(context, column.type)
    finally:
        context.opts["render_item"] = options["render_item"]
    head, mark, rest = text.partition(f"{type_}, ")
    return f"{head}{mark}{', '.join(checks)}, {rest}"
