"""A schema as it will be once its tables and columns have their new names."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...schema.model import Column, ForeignKey, Schema, Sequence, Table
from .model import Place
from .view import RenamedInspector, plain_quote, renamed_text

NEXTVAL = re.compile(r"nextval\('(?P<name>[^']+)'::regclass\)")
V = t.TypeVar("V")


def renamed_schema(name: str | None, inspector: t.Any, read: t.Callable[[str | None], Schema]) -> Schema:
    """What is read of a schema, under the names and in the places that an inspector shows.

    :param read: gives what the database has in a schema.
    """
    schema = read(name)
    if not isinstance(inspector, RenamedInspector):
        return schema
    view = _View(inspector)
    tables, sequences = list[Table](), list[Sequence]()
    for source in sorted(inspector.renames.places(name), key=lambda other: (other != name, str(other))):
        found = read(source)
        tables += [one for one in map(view.table, found.tables) if one.schema == name]
        sequences += [one for one in map(view.sequence, found.sequences) if one.schema == name]
    enums = tuple(
        dataclasses.replace(one, values=view.values(one.schema, one.name, one.values)) for one in schema.enums
    )
    return dataclasses.replace(schema, tables=tuple(tables), sequences=tuple(sequences), enums=enums)


class _View:
    def __init__(self, inspector: RenamedInspector) -> None:
        self.renames = inspector.renames
        self.names = inspector.names
        self.quote = plain_quote(inspector.dialect)
        self.sequences = {old: new for (_, old), new in inspector.names.items()}

    def sequence(self, one: Sequence) -> Sequence:
        """A sequence; the one of a column goes along with its table."""
        name = self.sequences.get(one.name, one.name)
        if not one.owned_by:
            return dataclasses.replace(one, name=name)
        place: Place = (one.schema, one.owned_by[0])
        now = self.renames.new_place(place)
        owner = (now[1], self.renames.column(place, one.owned_by[1]))
        return dataclasses.replace(one, schema=now[0], name=name, owned_by=owner)

    def values(self, schema: str | None, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """The values of an enum."""
        known = {one.old: one.new for one in self.renames.values if (one.schema, one.name) == (schema, name)}
        return tuple(known.get(value, value) for value in values)

    def table(self, table: Table) -> Table:
        """One table."""
        place: Place = (table.schema, table.name)
        columns = self.renames.columns.get(place, {})
        key = table.primary_key
        return dataclasses.replace(
            table,
            schema=self.renames.new_place(place)[0],
            name=self.renames.new_place(place)[1],
            columns=tuple(self._column(one, columns) for one in table.columns),
            primary_key=None if key is None else self._key(place, key, columns),
            unique_keys=tuple(sorted(self._key(place, one, columns) for one in table.unique_keys)),
            foreign_keys=tuple(sorted(self._foreign_key(place, one, columns) for one in table.foreign_keys)),
            checks=tuple(sorted(self._check(place, one, columns) for one in table.checks)),
            exclusions=tuple(
                dataclasses.replace(
                    one,
                    name=self._name(place, one.name),
                    definition=self._text(one.definition, columns) or "",
                )
                for one in table.exclusions
            ),
            indexes=tuple(
                dataclasses.replace(
                    one,
                    name=self._name(place, one.name),
                    parts=tuple(self._part(part, columns) for part in one.parts),
                    include=tuple(columns.get(name, name) for name in one.include),
                    predicate=self._text(one.predicate, columns),
                )
                for one in table.indexes
            ),
        )

    def _name(self, place: Place, name: t.Any) -> t.Any:
        return self.names.get((place, name), name)

    def _text(self, text: str | None, columns: t.Mapping[str, str]) -> str | None:
        return text if text is None or not columns else renamed_text(text, columns, self.quote)

    def _column(self, column: Column, columns: t.Mapping[str, str]) -> Column:
        default = column.default
        match = NEXTVAL.fullmatch(default or "")
        if match is not None:
            old = match["name"].strip('"')
            new = self.sequences.get(old, old)
            default = f"nextval('{self.quote(new)}'::regclass)" if new != old else default
        computed = column.computed
        if computed is not None:
            computed = dataclasses.replace(computed, expression=self._text(computed.expression, columns) or "")
        name = columns.get(column.name, column.name)
        return dataclasses.replace(column, name=name, default=default, computed=computed)

    def _key(self, place: Place, key: V, columns: t.Mapping[str, str]) -> V:
        one: t.Any = key
        made: V = dataclasses.replace(
            one,
            name=self._name(place, one.name),
            columns=tuple(columns.get(name, name) for name in one.columns),
        )
        return made

    def _foreign_key(self, place: Place, key: ForeignKey, columns: t.Mapping[str, str]) -> ForeignKey:
        target: Place = (key.referred_schema, key.referred_table)
        return dataclasses.replace(
            self._key(place, key, columns),
            referred_schema=self.renames.new_place(target)[0],
            referred_table=self.renames.new_place(target)[1],
            referred_columns=tuple(self.renames.column(target, name) for name in key.referred_columns),
        )

    def _check(self, place: Place, check: t.Any, columns: t.Mapping[str, str]) -> t.Any:
        options = tuple((word, columns.get(text, text) if word == "column" else text) for word, text in check.options)
        return dataclasses.replace(
            check, name=self._name(place, check.name), text=self._text(check.text, columns), options=options
        )

    def _part(self, part: t.Any, columns: t.Mapping[str, str]) -> t.Any:
        column = columns.get(part.column, part.column)
        return dataclasses.replace(part, column=column, expression=self._text(part.expression, columns))
