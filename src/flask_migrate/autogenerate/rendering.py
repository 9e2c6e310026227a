"""How types and columns are written down: so that the script runs without the app's own modules."""

from __future__ import annotations

import copy
import re
import sys
import typing as t

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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
        write_plainly(context.migration_context.impl)
        found = given(kind, item, context) if given is not None else False
        if found is not False:
            return found
        if kind == "column":
            return _column(item, context)
        return _type(item, context) if kind == "type" else False

    return render_item


def write_plainly(impl: t.Any) -> None:
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
    if isinstance(type_, postgresql.DOMAIN):
        return _domain(type_, context)
    if type(type_) is sa.Interval and (type_.second_precision is not None or type_.day_precision is not None):
        precision = f"second_precision={type_.second_precision!r}, day_precision={type_.day_precision!r}"
        return f"{context.opts['sqlalchemy_module_prefix'] or ''}Interval({precision})"
    is_own = isinstance(type_, sa.Enum) and type_.native_enum and context.dialect.name == "postgresql"
    if not is_own or not getattr(type_, "create_type", False):
        return False
    made = copy.copy(type_)
    made.create_type = False
    return render_type(context, made)


def _domain(type_: postgresql.DOMAIN, context: AutogenContext) -> str:
    """A domain, which the script makes by itself."""
    context.imports.add("from sqlalchemy.dialects import postgresql")
    schema = "" if type_.schema is None else f", schema={type_.schema!r}"
    inner = render_type(context, type_.data_type)
    return f"postgresql.DOMAIN({str(type_.name)!r}, {inner}, create_type=False{schema})"


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
    return _outside(inner, place) if is_inside else inner


def _outside(type_: t.Any, place: str) -> t.Any:
    """A type of a driver as its dialect offers it: ``JSONB`` for what psycopg makes of it."""
    shown = vars(sys.modules[place])
    for base in type(type_).__mro__[1:]:
        if base.__module__.startswith(place) and shown.get(base.__name__) is base:
            return type_.adapt(base)
    return type_.as_generic()


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
    if _counts_elsewhere(column, context):
        given = column.autoincrement
        column.autoincrement = False
        try:
            return _column(column, context) or rendered_column(column, context)
        finally:
            column.autoincrement = given
    default = whole_default(column.server_default)
    if default is not column.server_default:
        given_default, column.server_default = column.server_default, default
        try:
            return _column(column, context) or rendered_column(column, context)
        finally:
            column.server_default = given_default
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


def _counts_elsewhere(column: sa.Column[t.Any], context: AutogenContext) -> bool:
    """Whether the app numbers a key with a sequence of its own, so that the engine does not."""
    default = column.default
    is_own = isinstance(default, sa.Sequence) and not default.optional
    has_them = context.dialect.name in ("postgresql", "mysql", "mariadb") and context.dialect.supports_sequences
    return is_own and has_them and column.primary_key and column.autoincrement is not False


def whole_default(default: t.Any) -> t.Any:
    """A text as a default: Alembic takes quotes at its ends for those of SQL, and leaves them out."""
    text = getattr(default, "arg", None)
    if not isinstance(text, str) or not (text.startswith("'") or text.endswith("'")):
        return default
    quoted = "'" + text.replace("'", "''") + "'"
    return sa.DefaultClause(sa.text(PARAMETER.sub(r"\\:", quoted)))
