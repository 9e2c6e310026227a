"""Schemas with something left out, and schemas put together."""

from __future__ import annotations

import dataclasses
import typing as t

from .diff import OBJECTS, keyed
from .model import Schema

#: Says of a kind ("table", "view", …), a schema and a name whether to leave the object out.
Exclude = t.Callable[[str, str | None, str], bool]


def without(schema: Schema, exclude: Exclude) -> Schema:
    """``schema`` without the objects that ``exclude`` names, and without what belongs to a table that it names."""

    def is_kept(word: str, item: t.Any) -> bool:
        owner = item.table if word == "trigger" else item.owned_by[0] if word == "sequence" and item.owned_by else None
        if owner is not None and exclude("table", item.schema, owner):
            return False
        return not exclude(word, item.schema, item.name)

    kept: dict[str, t.Any] = {
        field: tuple(item for item in getattr(schema, field) if is_kept(word, item)) for field, word in OBJECTS
    }
    return dataclasses.replace(schema, **kept)


def carried_over(expected: Schema, before: Schema, after: Schema) -> Schema | None:
    """What the history makes now, when it made ``expected`` while the database held ``before``, and holds ``after``.

    What a run has not touched is taken from ``expected``, so that a change by hand stays one.

    :returns: ``None`` when the run has changed an object that differed already.
    """
    if expected == before:
        return after
    merged: dict[str, t.Any] = {}
    for field, _ in OBJECTS:
        sides = [keyed(getattr(side, field)) for side in (expected, before, after)]
        items = []
        for key in dict.fromkeys(key for side in sides for key in side):
            old, seen, new = (side.get(key) for side in sides)
            if new != seen and old != seen and old != new:
                return None
            item = new if old == seen else old
            if item is not None:
                items.append(item)
        merged[field] = tuple(sorted(items))
    return dataclasses.replace(after, **merged)
