"""A fingerprint of models: everything about them that a comparison with a database looks at.

It is made of values alone: names, texts in the words of the dialect, numbers. Where a difference may come from code
that runs during the comparison, such as a function that compares types, there is no fingerprint.
"""

from __future__ import annotations

import hashlib
import types
import typing as t

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateTable
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from ..alembic_compat import variants_of

PLAIN = (type(None), bool, int, float, str, bytes)


class Uncertain(Exception):
    """Something is not told by values alone."""


def models_fingerprint(metadatas: t.Iterable[sa.MetaData], dialect: sa.Dialect) -> str:
    """What changes whenever anything changes that a comparison of these models with a database looks at.

    :returns: hexadecimal digits.
    :raises Uncertain: where that can't be promised.
    """
    if any("_compiler_dispatcher" in vars(kind) for kind in (CreateTable, CreateColumn, CreateIndex, AddConstraint)):
        raise Uncertain("the app compiles DDL by itself")
    reader = _Reader(dialect)
    digest = hashlib.sha256()
    for metadata in metadatas:
        digest.update(repr(reader.value(dict(metadata.naming_convention))).encode())
        for table in metadata.tables.values():
            digest.update(repr(reader.table(table)).encode(errors="surrogatepass"))
    return digest.hexdigest()


class _Reader:
    """Turns models into tuples of plain values."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.dialect = dialect

    def table(self, table: sa.Table) -> tuple[t.Any, ...]:
        return (
            self.value(table.name),
            table.schema,
            table.comment,
            self.value(dict(table.dialect_kwargs)),
            self.value(dict(table.info)),
            [self.column(column) for column in table.columns],
            sorted(repr(self.constraint(one)) for one in table.constraints),
            sorted(repr(self.index(one)) for one in table.indexes),
        )

    def column(self, column: sa.Column[t.Any]) -> tuple[t.Any, ...]:
        default = column.default
        return (
            self.value(column.name),
            column.nullable,
            column.primary_key,
            column.autoincrement,
            column.system,
            column.comment,
            self.type(column.type),
            self.server_default(column.server_default),
            self.server_default(column.server_onupdate),
            self.sequence(default) if isinstance(default, sa.Sequence) else None,
            self.value(dict(column.dialect_kwargs)),
            self.value(dict(column.info)),
            [self.clause(one.sqltext) for one in column.constraints if isinstance(one, sa.CheckConstraint)],
        )

    def type(self, type_: TypeEngine[t.Any]) -> tuple[t.Any, ...]:
        """A type: its class, what it holds, and what the dialect writes for it."""
        if hasattr(type_, "compare_against_backend") or isinstance(type_, NullType):
            raise Uncertain(f"{type(type_).__qualname__} is compared by itself, or not known")
        made = self.type(type_.type_engine(self.dialect)) if isinstance(type_, TypeDecorator) else ()
        # What has an underscore is remembered by SQLAlchemy on the way.
        state = sorted((name, self.held(value)) for name, value in vars(type_).items() if name[0] != "_")
        variants = sorted((name, self.type(one)) for name, one in variants_of(type_).items())
        return (*_path(type(type_)), self.text(type_), repr(state), made, variants)

    def server_default(self, default: t.Any) -> t.Any:
        if default is None:
            return None
        if isinstance(default, sa.Computed):
            return ("computed", self.clause(default.sqltext), default.persisted)
        if isinstance(default, sa.Identity):
            return ("identity", default.always, default.on_null, self.sequence_options(default))
        if isinstance(default, sa.Sequence):
            return self.sequence(default)
        return (*_path(type(default)), self.value(getattr(default, "arg", None)), default.for_update)

    def sequence(self, sequence: sa.Sequence) -> tuple[t.Any, ...]:
        return ("sequence", self.value(sequence.name), sequence.schema, self.sequence_options(sequence))

    def sequence_options(self, one: t.Any) -> t.Any:
        names = ("start", "increment", "minvalue", "maxvalue", "nominvalue", "nomaxvalue", "cycle", "cache", "order")
        kind = getattr(one, "data_type", None)
        kwargs = getattr(one, "dialect_kwargs", {})
        return (
            [getattr(one, name, None) for name in names],
            self.type(kind) if kind else None,
            self.value(dict(kwargs)),
        )

    def constraint(self, one: sa.Constraint) -> tuple[t.Any, ...]:
        about: tuple[t.Any, ...] = (*_path(type(one)), self.value(one.name), one.deferrable, one.initially, one.comment)
        about += (self.value(dict(one.dialect_kwargs)), self.value(dict(one.info)))
        if isinstance(one, sa.ForeignKeyConstraint):
            keys = [(element.parent.name, element.target_fullname) for element in one.elements]
            return (*about, keys, one.ondelete, one.onupdate, one.match, one.use_alter)
        if isinstance(one, sa.CheckConstraint):
            return (*about, self.clause(one.sqltext))
        if isinstance(one, (sa.PrimaryKeyConstraint, sa.UniqueConstraint)):
            return (*about, [column.name for column in one.columns])
        return (*about, self.text(AddConstraint(one)))

    def index(self, index: sa.Index) -> tuple[t.Any, ...]:
        parts = [one.name if isinstance(one, sa.Column) else self.clause(one) for one in index.expressions]
        return (
            self.value(index.name),
            index.unique,
            parts,
            self.value(dict(index.dialect_kwargs)),
            self.value(dict(index.info)),
        )

    def clause(self, clause: t.Any) -> str:
        try:
            return str(clause.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True}))
        except sa.exc.SQLAlchemyError as error:
            raise Uncertain(str(error)) from error

    def text(self, element: t.Any) -> str:
        try:
            return str(element.compile(dialect=self.dialect))
        except (sa.exc.SQLAlchemyError, NotImplementedError) as error:
            raise Uncertain(str(error)) from error

    def value(self, value: t.Any) -> t.Any:
        """A value that counts; code does not tell what it will do."""
        if isinstance(value, quoted_name):
            return (str(value), value.quote)
        if isinstance(value, PLAIN):
            return str(value) if isinstance(value, str) else value
        if isinstance(value, (list, tuple)):
            return tuple(map(self.value, value))
        if isinstance(value, t.Mapping):
            return sorted((repr(self.value(key)), self.value(one)) for key, one in value.items())
        if isinstance(value, (set, frozenset)):
            return sorted(repr(self.value(one)) for one in value)
        if isinstance(value, TypeEngine):
            return self.type(value)
        if isinstance(value, sa.Column):
            return value.name
        if isinstance(value, sa.ClauseElement):
            return self.clause(value)
        if isinstance(value, type):
            return _path(value)
        raise Uncertain(f"{type(value).__qualname__} is no plain value")

    def held(self, value: t.Any) -> t.Any:
        """What a type holds: of code, which has done its work when the type was made, the name is enough."""
        if isinstance(value, (list, tuple)):
            return repr([self.held(one) for one in value])
        if isinstance(value, t.Mapping):
            return repr([(str(key), self.held(one)) for key, one in value.items()])
        if isinstance(value, TypeEngine):
            return repr(self.type(value))
        if isinstance(value, PLAIN):
            return repr(value)
        is_named = isinstance(value, (type, types.FunctionType))
        return repr(_path(value if is_named else type(value)))


def _path(kind: t.Any) -> tuple[str, str]:
    return (kind.__module__, kind.__qualname__)
