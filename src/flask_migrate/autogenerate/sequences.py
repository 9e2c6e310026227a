"""Sequences of PostgreSQL and MariaDB: those that models name, and the types of those that number a column."""

from __future__ import annotations

import dataclasses
import typing as t

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation

from ..schema.model import Sequence
from .draft import Draft, Part
from .facts import Facts, facts_of
from .standing import places_of, was_made

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: The greatest value of each type.
GREATEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
#: The same on MariaDB, whose sequences have no type, and how many numbers it takes at once.
MARIADB_GREATEST, MARIADB_CACHE = 2**63 - 2, 1000
ENGINES = ("postgresql", "mysql", "mariadb")
#: How a script writes the types.
TYPES = {"smallint": "SmallInteger", "integer": "Integer"}


class ChangeSequence(MigrateOperation):
    """A sequence that comes, goes, or counts in another way.

    :param old: as it is; ``None`` for one that is made.
    :param new: as it becomes; ``None`` for one that is dropped.
    """

    def __init__(self, old: Sequence | None, new: Sequence | None) -> None:
        self.old = old
        self.new = new

    @property
    def phase(self) -> int:
        """Before all tables; one that goes, after them."""
        return 90 if self.new is None else 30

    def describe(self) -> list[str]:
        """What changes, in words."""
        one = self.new or self.old
        assert one is not None
        sign = "+" if self.old is None else "-" if self.new is None else "~"
        what = f": {' '.join(_clauses(self.old, self.new)).lower()}" if self.old and self.new else ""
        return [f"{sign} sequence {one.name}{what}"]


@renderers.dispatch_for(ChangeSequence)
def _render(context: AutogenContext, operation: ChangeSequence) -> str:
    old, new = operation.old, operation.new
    if new is None:
        assert old is not None
        schema = "" if old.schema is None else f", schema={old.schema!r}"
        return f"op.execute(sa.schema.DropSequence(sa.Sequence({old.name!r}{schema})))"
    if old is None:
        return f"op.execute(sa.schema.CreateSequence(sa.Sequence({', '.join(_arguments(new))})))"
    quote = context.dialect.identifier_preparer.quote
    place = ".".join(quote(name) for name in (new.schema, new.name) if name)
    place = place.replace("%%", "%") if "%%" in quote("%") else place
    text = f"ALTER SEQUENCE {place} {' '.join(_clauses(old, new))}".replace(":", "\\:")
    return f"op.execute({text!r})"


def _arguments(one: Sequence) -> t.Iterator[str]:
    """The arguments of ``sa.Sequence()``; what is usual is left out."""
    yield repr(one.name)
    is_up = one.increment > 0
    if one.type:
        greatest, cache = GREATEST.get(one.type, 0), 1
        usual = (1, greatest) if is_up else (-greatest - 1, -1)
    else:
        cache = MARIADB_CACHE
        usual = (1, MARIADB_GREATEST) if is_up else (-MARIADB_GREATEST, -1)
    usual_start = one.minimum if is_up else one.maximum
    values = {
        "start": None if one.start == usual_start else one.start,
        "increment": None if one.increment == 1 else one.increment,
        "minvalue": None if one.minimum == usual[0] else one.minimum,
        "maxvalue": None if one.maximum == usual[1] else one.maximum,
        "cycle": one.cycle or None,
        "cache": None if one.cache == cache else one.cache,
        "schema": one.schema,
    }
    yield from (f"{word}={value!r}" for word, value in values.items() if value is not None)
    if one.type in TYPES:
        yield f"data_type=sa.{TYPES[one.type]}()"


def _clauses(old: Sequence, new: Sequence) -> t.Iterator[str]:
    words = {
        "type": f"AS {new.type}",
        "increment": f"INCREMENT BY {new.increment}",
        "minimum": f"MINVALUE {new.minimum}",
        "maximum": f"MAXVALUE {new.maximum}",
        "start": f"START WITH {new.start}",
        "cache": f"CACHE {new.cache}",
        "cycle": "CYCLE" if new.cycle else "NO CYCLE" if new.type else "NOCYCLE",
    }
    yield from (text for word, text in words.items() if getattr(old, word) != getattr(new, word))
    if (old.increment > 0) is not (new.increment > 0):
        yield "RESTART"


def finish(draft: Draft) -> None:
    """Add what one direction has to do about sequences."""
    if draft.dialect.name not in ENGINES or not draft.dialect.supports_sequences or draft.context.connection is None:
        return
    facts = facts_of(draft.context)
    if draft.dialect.name != "postgresql" and not facts.has_sequences():
        return  # trying the tables is slow there
    for schema in places_of(draft, facts):
        for live, wanted in _pairs(draft, facts, schema):
            old, new = (live, wanted) if draft.is_upgrade else (wanted, live)
            draft.operations.ops.append(ChangeSequence(old, new))


def _pairs(draft: Draft, facts: Facts, schema: str | None) -> t.Iterator[tuple[Sequence | None, Sequence | None]]:
    """The sequences that differ: as they are, and as they are wanted."""
    live, wanted = facts.sequences(schema)
    for name in sorted({*live, *wanted}):
        was, now = live.get(name), wanted.get(name)
        if was is None and now is not None and not now.owned_by:
            yield None, now
        elif now is None and was is not None and not was.owned_by and was_made(draft, r"(?:sa\.)?Sequence", name):
            yield was, None
        elif was is not None and now is not None and not was.owned_by and not now.owned_by and _differ(was, now):
            yield was, now
    owned = {one.owned_by: one for one in wanted.values() if one.owned_by}
    for was in live.values():
        now = owned.get(was.owned_by) if was.owned_by else None
        if now is not None and _differ(was, now):
            yield was, dataclasses.replace(now, name=was.name)


def _differ(was: Sequence, now: Sequence) -> bool:
    return any(True for _ in _clauses(was, now))


PART = Part("sequences", finish=finish)
