"""What models have beside tables on PostgreSQL: sequences, and types, of which a table need not have a column."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

import sqlalchemy as sa

from ..alembic_compat import sequences_of, types_of

if t.TYPE_CHECKING:
    from ..schema.model import Schema
    from .draft import Draft
    from .facts import Facts

#: A schema in the text of a script.
SCHEMA = re.compile(r"""\b(?:new_)?schema=(["'])(?P<name>(?:(?!\1).)+)\1""")


@dataclasses.dataclass(frozen=True)
class Standing:
    """Sequences that no column numbers itself with, types that no column has, and the schemas of all types.

    :param sequences: the sequences.
    :param types: the types.
    :param schemas: where they are, those of the types of columns included.
    """

    sequences: tuple[sa.Sequence, ...]
    types: tuple[t.Any, ...]
    schemas: tuple[str | None, ...]

    @classmethod
    def of(cls, dialect: sa.Dialect, tables: t.Sequence[sa.Table], metadata: t.Sequence[sa.MetaData]) -> Standing:
        """What the models have."""
        used = [one for table in tables for column in table.columns for one in types_in(column)]
        places = {_place(one) for one in used}
        types = [one for each in metadata for one in types_of(each) if is_made(one, dialect)]
        alone = [one for one in types if _place(one) not in places]
        every = [one for each in metadata for one in sequences_of(each) if not one.optional]
        sequences = [one for one in every if is_alone(one)]
        schemas = [one.schema for one in (*used, *alone, *every)]
        return cls(tuple(sequences), tuple(alone), tuple(dict.fromkeys(schemas)))

    def make(self, connection: sa.Connection) -> None:
        """Make them; what can't be made is left out."""
        for sequence in self.sequences:
            with contextlib.suppress(sa.exc.SQLAlchemyError), connection.begin_nested():
                connection.execute(sa.schema.CreateSequence(sequence, if_not_exists=True))
        for type_ in self.types:
            with contextlib.suppress(sa.exc.SQLAlchemyError), connection.begin_nested():
                type_.create(connection, checkfirst=True)


def is_alone(sequence: sa.Sequence) -> bool:
    """Whether a sequence is made though no column numbers itself with it."""
    return sequence.column is None and not sequence.optional


def types_in(column: sa.Column[t.Any]) -> t.Iterator[t.Any]:
    """The types of a column that have a name of their own."""
    type_: t.Any = column.type
    while isinstance(type_, sa.ARRAY) or (isinstance(type_, sa.types.TypeDecorator) and hasattr(type_, "impl")):
        type_ = type_.item_type if isinstance(type_, sa.ARRAY) else type_.impl
    if isinstance(type_, sa.types.SchemaType) and getattr(type_, "name", None) and hasattr(type_, "schema"):
        yield type_


def is_made(type_: t.Any, dialect: sa.Dialect) -> bool:
    """Whether PostgreSQL makes a type of it."""
    return dialect.name == "postgresql" and bool(getattr(type_, "native_enum", True)) and hasattr(type_, "create")


def _place(type_: t.Any) -> tuple[str | None, str]:
    return (type_.schema, str(type_.name))


def said_as_meant(
    connection: sa.Connection, found: dict[str | None, Schema], places: t.Mapping[str | None, str]
) -> dict[str | None, Schema]:
    """What was read, with the schemas that were meant in texts that name the scratch ones."""
    default = connection.dialect.default_schema_name or ""
    if len(places) < 2 or not any(place in repr(one) for one in found.values() for place in places.values()):
        return found
    names = {schema: schema or default for schema in places}
    quoted = dict(zip(names, _quoted(connection, list(names.values())), strict=True))
    words = {f"{place}.": f"{quoted[schema]}." for schema, place in places.items()}
    return {schema: _replaced(one, words) for schema, one in found.items()}


def _quoted(connection: sa.Connection, names: list[str]) -> list[str]:
    query = sa.text("SELECT quote_ident(n) FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS u (n, o) ORDER BY o")
    return list(connection.execute(query, {"names": names}).scalars())


def _replaced(value: t.Any, words: t.Mapping[str, str]) -> t.Any:
    """A value with words in all its texts replaced."""
    if isinstance(value, str):
        for old, new in words.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, tuple):
        return tuple(_replaced(one, words) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = {field.name: _replaced(getattr(value, field.name), words) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **made)
    return value


def places_of(draft: Draft, facts: Facts) -> list[str | None]:
    """The schemas in which the models or the history have something."""
    named = {match["name"] for text in draft.request.scripts() for match in SCHEMA.finditer(text)}
    known = set(draft.context.inspector.get_schema_names()) if named else set()
    return sorted({None, *facts.wanted, *(named & known - {facts.default_schema})}, key=lambda name: name or "")


def was_made(draft: Draft, calls: str, name: str) -> bool:
    """Whether a script of the history makes something of that name.

    :param calls: what the call begins with, as a regular expression.
    """
    pattern = re.compile(rf"\b(?:{calls})\(\s*{re.escape(repr(name))}")
    return any(pattern.search(text) for text in draft.request.scripts())
