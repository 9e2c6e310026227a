"""Renames as values."""

from __future__ import annotations

import dataclasses

#: A table, by schema (``None`` for the default one) and name.
Place = tuple[str | None, str]


def shown(place: Place) -> str:
    """A table as it is written in questions and options."""
    return place[1] if place[0] is None else f"{place[0]}.{place[1]}"


@dataclasses.dataclass(frozen=True)
class Renames:
    """What has another name now.

    :param tables: new names of tables by the old place.
    :param columns: new names of columns by the *old* place of their table and their old name.
    """

    tables: dict[Place, str]
    columns: dict[Place, dict[str, str]]

    def __bool__(self) -> bool:
        return bool(self.tables or self.columns)

    def new_place(self, place: Place) -> Place:
        """Where a table of the database is now."""
        return (place[0], self.tables.get(place, place[1]))

    def old_place(self, place: Place) -> Place:
        """Where a table was before."""
        for (schema, old), new in self.tables.items():
            if (schema, new) == place:
                return (schema, old)
        return place

    def column(self, place: Place, name: str) -> str:
        """The new name of a column; ``place`` is the old one."""
        return self.columns.get(place, {}).get(name, name)
