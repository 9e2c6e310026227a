"""What differs between two schemas, as sorted changes that describe themselves."""

from __future__ import annotations

import dataclasses
import typing as t
from collections import Counter

from .model import Check, ForeignKey, PrimaryKey, Schema, Table, UniqueKey, View
from .render import facets, name_words, names_words
from .values import Value

Kind = t.Literal["added", "removed", "changed"]
SIGNS: t.Mapping[str, str] = {"added": "+", "removed": "-", "changed": "~"}

#: The collections of a schema: field, and what one of its items is called.
OBJECTS = (
    ("enums", "enum"),
    ("domains", "domain"),
    ("types", "type"),
    ("sequences", "sequence"),
    ("tables", "table"),
    ("views", "view"),
    ("functions", "function"),
    ("triggers", "trigger"),
)
#: The collections of a table (a view has indexes only).
PARTS = (
    ("columns", "column"),
    ("unique_keys", "unique key"),
    ("foreign_keys", "foreign key"),
    ("checks", "check"),
    ("exclusions", "exclusion"),
    ("indexes", "index"),
    ("partitions", "partition"),
)
#: The order of the changes: what others need comes first.
ORDER = (
    *("schema", "enum", "domain", "type", "sequence", "table", "column", "column order", "primary key"),
    *(word for _, word in PARTS[1:]),
    *("view", "function", "trigger"),
)
RANKS = {word: rank for rank, word in enumerate(ORDER)}
OF_TABLE = frozenset(("table", "column order", "primary key", *(word for _, word in PARTS)))


@dataclasses.dataclass(frozen=True)
class Change:
    """One difference. ``before`` is None where something was added, ``after`` where it was removed.

    ``object`` is "table", "column", "index", …; ``table`` is the table or view that a part belongs to, and
    ``name`` is None for what has no name.

    .. versionadded:: 5.0
    """

    kind: Kind
    object: str
    schema: str | None
    table: str | None
    name: str | None
    before: t.Any = None
    after: t.Any = None

    def describe(self) -> str:
        """The change in words: ``~ column user.name: VARCHAR(50) → VARCHAR(80)``."""
        words = f"{SIGNS[self.kind]} {self.object} {self._place()}"
        return f"{words}: {', '.join(self._facets())}" if self.kind == "changed" else words

    def sentence(self, where: str = "outside the migrations") -> str:
        """The change as something that somebody has done: ``user.name was dropped outside the migrations.``"""
        verb = {"added": "added", "removed": "dropped", "changed": "changed"}[self.kind]
        subject = self._place() if self.object == "column" else f"{self.object} {self._place()}"
        what = f": {', '.join(self._facets())}" if self.kind == "changed" else ""
        return f"{subject} was {verb} {where}{what}."

    def to_dict(self) -> dict[str, t.Any]:
        """The change as a dict that JSON can hold."""
        return {
            "kind": self.kind,
            "object": self.object,
            "schema": self.schema,
            "table": self.table,
            "name": self.name,
            "text": self.describe(),
            "sentence": self.sentence(),
        }

    def _place(self) -> str:
        table = name_words(self.schema, self.table)
        if self.object == "schema":
            return name_words(self.name)
        if self.object == "column":
            return name_words(self.schema, self.table, self.name)
        if self.object in ("primary key", "column order"):
            return f"of {table}"
        if self.object == "partition":
            return f"{name_words(self.name)} of {table}"
        if self.name is None:
            return f"on {table} {_content(self.before or self.after)}"
        if self.table is not None:
            return f"{name_words(self.name)} on {table}"
        return name_words(self.schema, self.name)

    def _facets(self) -> tuple[str, ...]:
        if self.object == "column order":
            return (f"{names_words(self.before)} → {names_words(self.after)}",)
        named = facets(self.before, self.after)
        if self.object == "primary key" and self.before.name != self.after.name:
            return (f"name {self.before.name or 'none'} → {self.after.name or 'none'}", *named)
        return named

    def sort_key(self) -> tuple[str | int, ...]:
        """Schema by schema, what others need first, and what belongs to a table with it."""
        rank = RANKS[self.object]
        group, owner = (RANKS["table"], self.table or self.name or "") if self.object in OF_TABLE else (rank, "")
        return (self.schema or "", group, owner, rank, self.name or "", repr((self.before, self.after)), self.kind)


def diff(before: Schema, after: Schema) -> tuple[Change, ...]:
    """The changes that lead from ``before`` to ``after``; empty exactly when the two are equal.

    .. versionadded:: 5.0
    """
    changes = list(_schemas(before, after))
    for field, word in OBJECTS:
        for old, new in _pairs(getattr(before, field), getattr(after, field)):
            changes += _object(word, old, new)
    return tuple(sorted(changes, key=Change.sort_key))


def _schemas(before: Schema, after: Schema) -> t.Iterator[Change]:
    if before.dialect != after.dialect:
        raise ValueError(f"A schema of {before.dialect} can't be compared with one of {after.dialect}.")
    for name in set(before.schemas) ^ set(after.schemas):
        kind: Kind = "added" if name in after.schemas else "removed"
        yield Change(kind, "schema", name, None, name or "default")


def _object(word: str, old: t.Any, new: t.Any) -> t.Iterator[Change]:
    """The changes of one object of a schema, and of its parts when it is on both sides."""
    some = old or new
    table = some.table if word == "trigger" else None
    place = (word, some.schema, table, some.name)
    if old is None or new is None:
        yield Change("removed" if new is None else "added", *place, old, new)
        return
    if _bare(old) != _bare(new):
        yield Change("changed", *place, _bare(old), _bare(new))
    if isinstance(old, Table | View):
        yield from _parts(old, new)


def _bare(item: t.Any) -> t.Any:
    """A table or view without the parts that are compared one by one; anything else as it is."""
    if isinstance(item, Table):
        nothing: dict[str, t.Any] = {field: () for field, _ in PARTS}
        return dataclasses.replace(item, primary_key=None, **nothing)
    return dataclasses.replace(item, indexes=()) if isinstance(item, View) else item


def _parts(old: Table | View, new: Table | View) -> t.Iterator[Change]:
    for field, word in PARTS:
        mine, theirs = getattr(old, field, ()), getattr(new, field, ())
        for before, after in _pairs(mine, theirs):
            yield from _part(word, old, before, after)
    if isinstance(old, Table) and isinstance(new, Table):
        yield from _part("primary key", old, old.primary_key, new.primary_key)
        yield from _column_order(old, new)


def _part(word: str, owner: Table | View, before: t.Any, after: t.Any) -> t.Iterator[Change]:
    if before == after:
        return
    kind: Kind = "changed" if before and after else "removed" if before else "added"
    yield Change(kind, word, owner.schema, owner.name, (before or after).name, before, after)


def _column_order(old: Table, new: Table) -> t.Iterator[Change]:
    """The order of the columns that both sides have."""
    names, other_names = ([column.name for column in table.columns] for table in (old, new))
    before = tuple(name for name in names if name in set(other_names))
    after = tuple(name for name in other_names if name in set(names))
    if before != after:
        yield Change("changed", "column order", old.schema, old.name, None, before, after)


def _pairs(before: t.Sequence[Value], after: t.Sequence[Value]) -> t.Iterator[tuple[t.Any, t.Any]]:
    """The items of two collections that stand for the same thing; None where one side has none."""
    old, new = keyed(before), keyed(after)
    for key in {**old, **new}:
        if old.get(key) != new.get(key):
            yield old.get(key), new.get(key)


def keyed(items: t.Iterable[t.Any]) -> dict[t.Hashable, t.Any]:
    """Items by schema and name, those without a name by what they are; equal ones are counted."""
    found: dict[t.Hashable, t.Any] = {}
    seen: Counter[t.Hashable] = Counter()
    for item in items:
        place = (getattr(item, "schema", None), getattr(item, "table", None), getattr(item, "kind", None))
        key = (*(place if not isinstance(item, Table) else (item.schema,)), item.name or item)
        seen[key] += 1
        found[key, seen[key]] = item
    return found


def _content(part: t.Any) -> str:
    """What an unnamed part of a table is about."""
    if isinstance(part, Check):
        return f"({part.text})"
    if isinstance(part, ForeignKey):
        target = name_words(part.referred_schema, part.referred_table)
        return f"({names_words(part.columns)}) to {target} ({names_words(part.referred_columns)})"
    if isinstance(part, UniqueKey | PrimaryKey):
        return f"({names_words(part.columns)})"
    return ""
