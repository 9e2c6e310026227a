"""The statements that lead from one schema to another, in an order that works."""

from __future__ import annotations

import typing as t

from ..diff import OBJECTS, keyed
from ..model import Schema
from .dialects import Writer
from .mysql import MySQLWriter
from .order import Unit, ordered, words_in
from .postgresql import PostgreSQLWriter
from .sqlite import SQLiteWriter
from .steps import Alteration, Script, Step

WRITERS: t.Mapping[str, type[Writer]] = {
    "postgresql": PostgreSQLWriter,
    "mysql": MySQLWriter,
    "mariadb": MySQLWriter,
    "sqlite": SQLiteWriter,
}
#: What comes first where nothing says otherwise.
RANKS = {"enum": 1, "domain": 2, "type": 3, "sequence": 4, "function": 5, "table": 6, "view": 20, "trigger": 21}
ALTERED = 7
#: Objects without rows: one that has changed is dropped and made anew.
CODE = ("trigger", "view", "function")
Key = tuple[str, t.Any]


def can_write(dialect: str) -> bool:
    """Whether the statements of a dialect are known."""
    return dialect in WRITERS


def write(before: Schema, after: Schema) -> Script:
    """The statements that make ``after`` of a database that holds ``before``.

    Both are of one dialect. The statements are complete: run on a database that holds ``before``, they leave what
    ``after`` says, but for what ``impossible`` names.

    :raises ValueError: when the dialect is another one than PostgreSQL, MariaDB, MySQL or SQLite.

    .. versionadded:: 5.0
    """
    if not can_write(after.dialect) or before.dialect != after.dialect:
        raise ValueError(f"There is no writer from {before.dialect} to {after.dialect}.")
    return _Plan(WRITERS[after.dialect](before, after)).script()


class _Plan:
    """What happens to each object."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.old, self.new = _objects(writer.before), _objects(writer.after)
        self.dropped: dict[Key, t.Any] = {key: item for key, item in self.old.items() if key not in self.new}
        self.made: dict[Key, t.Any] = {key: item for key, item in self.new.items() if key not in self.old}
        self.replaced: dict[Key, t.Any] = {}
        self.altered: dict[Key, Alteration] = {}
        for key in self.old.keys() & self.new.keys():
            if self.old[key] != self.new[key]:
                self._change(key)
        self._recreate_dependents()
        self._recreate_triggers()

    def _change(self, key: Key) -> None:
        word, old, new = key[0], self.old[key], self.new[key]
        if word == "table":
            self.altered[key] = self.writer.alter_table(old, new)
        elif word not in CODE:
            self.altered[key] = self.writer.alter(word, old, new)
        elif self.writer.can_replace(word, old, new):
            self.replaced[key] = new
        else:
            self._recreate(key)

    def _recreate(self, key: Key) -> None:
        self.dropped[key] = self.old[key]
        if key in self.new:
            self.made[key] = self.new[key]

    def _recreate_dependents(self) -> None:
        """Views and the like that mention what moves have to make way for it."""
        touched = {self.old[key].name.lower() for key, found in self.altered.items() if found.moves_columns}
        touched |= {_plain_name(item) for key, item in self.dropped.items() if key[0] in ("table", "view", "function")}
        candidates = {
            key: words_in(self.writer.bound_text(item) if key[0] == "function" else item.definition)
            for key, item in self.old.items()
            if key[0] in self.writer.dependents
        }
        while True:
            found = [key for key, words in candidates.items() if key not in self.dropped and words & touched]
            if not found:
                return
            for key in found:
                self._recreate(key)
                touched.add(_plain_name(self.old[key]))

    def _recreate_triggers(self) -> None:
        """Triggers go with their table or view, and with their function."""
        gone = {(item.schema, item.name) for key, item in self.dropped.items() if key[0] in ("table", "view")}
        rebuilt = {key[1] for key, found in self.altered.items() if found.moves_columns}
        functions = {_plain_name(item) for key, item in self.dropped.items() if key[0] == "function"}
        for key, item in self.old.items():
            if key[0] != "trigger" or key in self.dropped or key not in self.new:
                continue
            place = (item.schema, item.table)
            is_rebuilt = self.writer.after.dialect == "sqlite" and any(name[0][-1] == item.table for name in rebuilt)
            if place in gone or is_rebuilt or words_in(item.definition) & functions:
                self._recreate(key)

    def script(self) -> Script:
        """All statements in their order."""
        steps = [*self._schemas("make"), *self._early_drops(), *self._makings(), *self._last_drops()]
        steps += self._schemas("drop")
        impossible = [sentence for found in self.altered.values() for sentence in found.impossible]
        if any(key[0] == "function" for key in {**self.made, **self.replaced}):
            steps = [*(Step(sql, "let functions name what comes later") for sql in self.writer.opening), *steps]
        return Script(tuple(steps), tuple(impossible))

    def _schemas(self, verb: str) -> list[Step]:
        """The schemas that come or go, which are of PostgreSQL alone: elsewhere they are other databases."""
        if self.writer.after.dialect != "postgresql":
            return []
        before, after = set(self.writer.before.schemas), set(self.writer.after.schemas)
        names = after - before if verb == "make" else before - after
        sql = {"make": "CREATE SCHEMA IF NOT EXISTS", "drop": "DROP SCHEMA"}[verb]
        return [
            Step(f"{sql} {self.writer.quote(name)}", f"{verb} schema {name}") for name in sorted(filter(None, names))
        ]

    def _early_drops(self) -> list[Step]:
        """Code that goes or makes way, and keys that stand in the way of others."""
        items = [(key, item) for key, item in self.dropped.items() if key[0] in ("trigger", "view")]
        functions = [(key, item) for key, item in self.dropped.items() if self._goes_early(key, item)]
        steps = self._drops([*items, *functions])
        for key, item in self.dropped.items():
            if key[0] == "table":
                steps += self.writer.unlink(item)
        for found in self.altered.values():
            steps += found.early
        return steps

    def _last_drops(self) -> list[Step]:
        early = ("trigger", "view", "table")
        items = [
            (key, item)
            for key, item in self.dropped.items()
            if key[0] not in early and key not in self.made and not self._goes_early(key, item)
        ]
        return self._drops(items)

    def _goes_early(self, key: Key, item: t.Any) -> bool:
        """Whether a function makes way for what it mentions; any other is dropped when nothing needs it any more."""
        if key[0] != "function":
            return False
        gone = {_plain_name(other) for place, other in self.dropped.items() if place[0] in ("table", "view")}
        return key in self.made or bool(words_in(self.writer.bound_text(item)) & gone)

    def _drops(self, items: t.Sequence[tuple[Key, t.Any]]) -> list[Step]:
        """Statements that drop objects, those first that mention others."""
        gone = {(item.schema, item.name) for key, item in self.dropped.items() if key[0] == "table"}
        kept = [(key, item) for key, item in items if not self._goes_along(item, gone)]
        units = [
            Unit(RANKS[key[0]], _plain_name(item), self.writer.drop(key[0], item), "\n".join(_texts(item.to_dict())))
            for key, item in kept
        ]
        return [step for unit in reversed(ordered(units)) for step in unit.steps]

    def _goes_along(self, item: t.Any, gone: set[tuple[str | None, str]]) -> bool:
        """Whether a sequence goes with the table or the column that owns it."""
        owner = getattr(item, "owned_by", ())
        if not owner:
            return False
        table = self.writer.after.table(owner[0], item.schema)
        return (item.schema, owner[0]) in gone or table is None or table.column(owner[1]) is None

    def _makings(self) -> list[Step]:
        steps = self._drops([(key, item) for key, item in self.dropped.items() if key[0] == "table"])
        units = [
            Unit(RANKS[key[0]] + _code_rank(item), _plain_name(item), self.writer.make(key[0], item))
            for key, item in {**self.made, **self.replaced}.items()
        ]
        for key, found in self.altered.items():
            units.append(Unit(ALTERED if key[0] == "table" else RANKS[key[0]], key[1][0][-1], found.steps))
        steps += [step for unit in ordered(units) for step in unit.steps]
        steps += [step for key, item in self.made.items() for step in self.writer.make_late(key[0], item)]
        return steps + [step for found in self.altered.values() for step in found.late]


def _code_rank(item: t.Any) -> int:
    """Triggers of MariaDB fire in the order in which they were made."""
    place = dict(item.options).get("place", "")
    return int(place) if place.isdigit() else 0


def _texts(data: t.Any) -> t.Iterator[str]:
    """Every text in a value."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _texts(part)


def _objects(schema: Schema) -> dict[Key, t.Any]:
    return {
        (word, _key(item, key)): item for field, word in OBJECTS for key, item in keyed(getattr(schema, field)).items()
    }


def _key(item: t.Any, key: t.Any) -> t.Any:
    """The key of an object, which ends in its name."""
    return ((*key[0], item.schema, item.name), key[1])


def _plain_name(item: t.Any) -> str:
    """The name of an object in small letters; a function's without its arguments."""
    name: str = item.name
    return (name.rpartition("(")[0] or name).lower() if hasattr(item, "definition") else name.lower()
