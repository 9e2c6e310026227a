"""Renames as values."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

#: A table, by schema (``None`` for the default one) and name.
Place = tuple[str | None, str]


def shown(place: Place) -> str:
    """A table as it is written in questions and options."""
    return place[1] if place[0] is None else f"{place[0]}.{place[1]}"


@dataclasses.dataclass(frozen=True)
class EnumRename:
    """One value that has another name now.

    :param name: the enum, as its model calls it.
    :param schema: its schema.
    :param columns: where it is used: tables as they are called now, and columns.
    """

    name: str
    schema: str | None
    old: str
    new: str
    columns: tuple[tuple[Place, str], ...]


@dataclasses.dataclass(frozen=True)
class Renames:
    """What has another name now.

    :param tables: new places of tables by the old one.
    :param columns: new names of columns by the *old* place of their table and their old name.
    :param values: values of enums.
    """

    tables: dict[Place, Place]
    columns: dict[Place, dict[str, str]]
    values: tuple[EnumRename, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tables or self.columns or self.values)

    def new_place(self, place: Place) -> Place:
        """Where a table of the database is now."""
        return self.tables.get(place, place)

    def old_place(self, place: Place) -> Place:
        """Where a table was before."""
        return next((old for old, new in self.tables.items() if new == place), place)

    def places(self, schema: str | None) -> set[str | None]:
        """The schemas from which the tables of a schema come, that one among them."""
        return {schema} | {old[0] for old, new in self.tables.items() if new[0] == schema}

    def column(self, place: Place, name: str) -> str:
        """The new name of a column; ``place`` is the old one."""
        return self.columns.get(place, {}).get(name, name)


class Doubt(t.NamedTuple):
    """Something that looks like a rename.

    :param was: what would be dropped.
    :param now: what would be added.
    :param option: how to say that it is one.
    """

    was: str
    now: str
    option: str


def halves(text: str, sign: str) -> t.Iterator[tuple[str, str]]:
    """Every way to divide a text at a sign, for names may have the sign in them."""
    for place, character in enumerate(text):
        if character == sign:
            yield text[:place], text[place + 1 :]


def word(old: str, new: str) -> str:
    """``old:new`` as it has to be typed in a shell."""
    return shlex.quote(f"{old}:{new}")
