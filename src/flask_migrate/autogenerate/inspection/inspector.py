"""An inspector that reads each schema once and answers from memory."""

from __future__ import annotations

import copy
import typing as t

import sqlalchemy as sa
from sqlalchemy.engine import Inspector, ObjectKind, ObjectScope

from . import mariadb, postgresql, sqlite
from .answers import AnsweringConnection

#: What makes the answers for a dialect; others keep SQLAlchemy's inspector.
MAKERS = {
    "sqlite": sqlite.make_answers,
    "mysql": mariadb.make_answers,
    "mariadb": mariadb.make_answers,
    "postgresql": postgresql.make_answers,
}
#: What an inspector can be asked about a table.
SUBJECTS = (
    "columns",
    "pk_constraint",
    "foreign_keys",
    "indexes",
    "unique_constraints",
    "check_constraints",
    "table_comment",
    "table_options",
)


def bulk_inspector(connection: sa.Connection, schemas: t.Iterable[str | None] = ()) -> Inspector:
    """An inspector of ``connection`` whose number of statements does not grow with the number of tables.

    What it returns is what SQLAlchemy's own inspector returns. Where a dialect or a driver has no way to read in
    bulk, this *is* SQLAlchemy's own inspector. Like any inspector it remembers: make a new one after a change.

    :param schemas: the named schemas that will be asked about; on PostgreSQL they are read together.

    .. versionadded:: 5.0
    """
    maker = MAKERS.get(connection.dialect.name)
    answers = maker(connection, [schema for schema in schemas if schema is not None]) if maker else None
    if answers is None:
        return sa.inspect(connection)
    extensions: dict[str, type[Answered]] = {"postgresql": Remembering, "sqlite": Answered}
    extension = extensions.get(connection.dialect.name, Unescaping)
    return _extended(sa.inspect(AnsweringConnection(connection, answers)), extension)


def _extended(inspector: Inspector, extension: type[Answered]) -> Inspector:
    """The same inspector with the methods of an extension; each dialect has a class of its own."""
    kind = type(inspector)
    made = t.cast("Inspector", object.__new__(type(f"{extension.__name__}{kind.__name__}", (extension, kind), {})))
    made.__dict__.update(inspector.__dict__, memory={})
    return made


class Answered:
    """An inspector on a connection that has answers."""

    bind: AnsweringConnection

    def clear_cache(self) -> None:
        """Forget what was read."""
        self.bind.answers.forget()
        super().clear_cache()  # type: ignore[misc]  # the other base is an inspector


class Unescaping(Answered):
    """Answers for MySQL and MariaDB with names and values as they are: SQLAlchemy leaves some signs in them doubled."""


class Remembering(Answered):
    """Answers ``get_columns()`` and its like from ``get_multi_columns()`` about the whole schema."""

    memory: dict[tuple[str, str | None], dict[t.Any, t.Any] | None]

    def clear_cache(self) -> None:
        """Forget what was read."""
        self.memory.clear()
        super().clear_cache()

    def recall(self, subject: str, schema: str | None) -> dict[t.Any, t.Any] | None:
        """Everything about one subject in a schema; None where the dialect can't tell."""
        if (subject, schema) not in self.memory:
            try:
                read = getattr(super(), f"get_multi_{subject}")
                self.memory[subject, schema] = read(schema=schema)
            except NotImplementedError:
                self.memory[subject, schema] = None
        return self.memory[subject, schema]


def _single(subject: str) -> t.Callable[..., t.Any]:
    """A method about one table; views and temporary tables are asked for one by one."""

    def get(self: Remembering, table_name: str, schema: str | None = None, **options: t.Any) -> t.Any:
        known = None if options else self.recall(subject, schema)
        if known and (schema, table_name) in known:
            return _copied(known[schema, table_name])
        return getattr(super(Remembering, self), f"get_{subject}")(table_name, schema=schema, **options)

    get.__name__ = f"get_{subject}"
    get.__doc__ = "One table's part of what is known of its schema."
    return get


def _multi(subject: str) -> t.Callable[..., t.Any]:
    """A method about several tables."""

    def get(
        self: Remembering,
        schema: str | None = None,
        filter_names: t.Collection[str] | None = None,
        kind: ObjectKind = ObjectKind.TABLE,
        scope: ObjectScope = ObjectScope.DEFAULT,
        **options: t.Any,
    ) -> t.Any:
        is_usual = not options and (kind, scope) == (ObjectKind.TABLE, ObjectScope.DEFAULT)
        known = self.recall(subject, schema) if is_usual else None
        if known is None:
            ask = getattr(super(Remembering, self), f"get_multi_{subject}")
            return ask(schema=schema, filter_names=filter_names, kind=kind, scope=scope, **options)
        names = set(filter_names) if filter_names else None
        return {key: _copied(value) for key, value in known.items() if names is None or key[1] in names}

    get.__name__ = f"get_multi_{subject}"
    get.__doc__ = "Several tables' part of what is known of their schema."
    return get


def _unescaping(function: str) -> t.Callable[..., t.Any]:
    """A method whose answers have their names unescaped."""

    def get(self: Unescaping, *arguments: t.Any, **options: t.Any) -> t.Any:
        found = getattr(super(Unescaping, self), function)(*arguments, **options)
        if function.startswith("get_multi_"):
            return {key: _unescaped(value) for key, value in found.items()}
        return _unescaped(found)

    get.__name__ = function
    get.__doc__ = "What the dialect says, with names as they are."
    return get


#: What of an answer is a name, or several.
NAMES = ("name", "column_names", "constrained_columns", "referred_columns")


def _unescaped(value: t.Any) -> t.Any:
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "\\" in "".join(getattr(value.get("type"), "enums", ())):
        value = {**value, "type": _with_plain_labels(value["type"])}
    if "``" not in repr(value):
        return value
    return {key: _plain(item) if key in NAMES else item for key, item in value.items()}


def _with_plain_labels(type_: t.Any) -> t.Any:
    """An enum whose values have backslashes, which SQLAlchemy leaves doubled as well."""
    made = copy.copy(type_)
    made.enums = [label.replace("\\\\", "\\") for label in type_.enums]
    return made


def _plain(name: t.Any) -> t.Any:
    if isinstance(name, list):
        return [_plain(one) for one in name]
    return name.replace("``", "`") if isinstance(name, str) else name


for _subject in SUBJECTS[:6]:
    setattr(Unescaping, f"get_{_subject}", _unescaping(f"get_{_subject}"))
    setattr(Unescaping, f"get_multi_{_subject}", _unescaping(f"get_multi_{_subject}"))
for _subject in SUBJECTS:
    setattr(Remembering, f"get_{_subject}", _single(_subject))
    setattr(Remembering, f"get_multi_{_subject}", _multi(_subject))


def _copied(value: t.Any) -> t.Any:
    """A copy that its receiver may edit, as Alembic does; types are shared."""
    return [copy.copy(item) for item in value] if isinstance(value, list) else copy.copy(value)
