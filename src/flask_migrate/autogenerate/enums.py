"""Enumeration types of PostgreSQL: made before the first column that has one, dropped after the last one."""

from __future__ import annotations

import re
import typing as t

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, ops

from .calls import IMPORT
from .draft import Draft, Part
from .facts import Facts, facts_of
from .standing import places_of, was_made
from .uses import drop_first, is_used_at_once

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

Values = tuple[str, ...]
#: A name in the words of PostgreSQL.
WORD = r'"(?:[^"]|"")+"|\w+'


class ChangeEnum(MigrateOperation):
    """An enumeration type that comes, goes, or gets other values.

    :param old: its values; ``None`` for one that is made.
    :param new: its values; ``None`` for one that is dropped.
    :param is_used: whether the same script uses a new value.
    """

    def __init__(
        self, name: str, schema: str | None, old: Values | None, new: Values | None, *, is_used: bool = False
    ) -> None:
        self.name = name
        self.schema = schema
        self.old = old
        self.new = new
        self.is_used = is_used

    @property
    def phase(self) -> int:
        """Before all tables; one that goes, after them."""
        return 90 if self.new is None else 30

    def describe(self) -> list[str]:
        """What changes, in words."""
        words = [", ".join(values or ()) for values in (self.old, self.new)]
        if self.old is None:
            return [f"+ enum {self.name}: {words[1]}"]
        return [f"- enum {self.name}" if self.new is None else f"~ enum {self.name}: {words[0]} → {words[1]}"]


@renderers.dispatch_for(ChangeEnum)
def _render(context: AutogenContext, operation: ChangeEnum) -> str:
    context.imports.add(IMPORT)
    schema = "" if operation.schema is None else f", schema={operation.schema!r}"
    old, new = list(operation.old or ()), list(operation.new or ())
    if operation.old is None:
        return f"operations.create_enum_type({operation.name!r}, {new!r}{schema})"
    if operation.new is None:
        return f"operations.drop_enum_type({operation.name!r}{schema})"
    rebuild = ", rebuild=True" if operation.is_used else ""
    return f"operations.alter_enum_type({operation.name!r}, {old!r}, {new!r}{schema}{rebuild})"


def finish(draft: Draft) -> None:
    """Add what one direction has to do about types."""
    if draft.dialect.name != "postgresql" or draft.context.connection is None:
        return
    facts = facts_of(draft.context)
    if not facts.wanted and not draft.operations.ops:
        return
    tables = _tables(draft, facts)
    schemas = {*places_of(draft, facts), *(schema for schema, _ in tables)}
    for schema in sorted(filter(facts.has_enums, schemas), key=lambda name: name or ""):
        live, wanted = facts.enums(schema)
        before, after = (live, wanted) if draft.is_upgrade else (wanted, live)
        owned = {name for name in live if name in wanted or _is_only_of(draft, name, schema, facts, tables)}
        for name in sorted({*owned, *wanted}):
            old, new = before.get(name), after.get(name)
            if old is not None and new is not None and old.values == new.values:
                continue
            is_used = old is not None and new is not None and is_used_at_once(draft, old, new)
            gone = set(old.values) - set(new.values) if old is not None and new is not None else set()
            if gone:
                drop_first(draft, name, gone)
            values = [None if one is None else one.values for one in (old, new)]
            draft.operations.ops.append(ChangeEnum(name, schema, values[0], values[1], is_used=is_used))


def _tables(draft: Draft, facts: Facts) -> set[tuple[str | None, str]]:
    """The tables of the database that the models know, or that one direction makes or drops."""
    known = {(facts.key(table.schema), table.name) for table in draft.context.sorted_tables}
    changed = (one for one in draft.operations.ops if isinstance(one, (ops.CreateTableOp, ops.DropTableOp)))
    return known | {(facts.key(one.schema), one.table_name) for one in changed}


def _is_only_of(
    draft: Draft, name: str, schema: str | None, facts: Facts, tables: t.Container[tuple[str | None, str]]
) -> bool:
    """Whether a type that no model names is that of columns of the app's tables, and of no other ones."""
    users = users_of(name, schema, facts, {place[0] for place in t.cast("t.Iterable[t.Any]", tables)})
    return all(user in tables for user in users) and (bool(users) or was_made(draft, "create_enum_type", name))


def users_of(name: str, schema: str | None, facts: Facts, schemas: t.Iterable[str | None]) -> list[t.Any]:
    """The tables that have columns of a type, by schema and name."""
    found = []
    for place in {schema, *schemas}:
        for table in facts.live(place).tables:
            if any(_named(one.type) in ((schema, name), (None, name)) for one in table.columns):
                found.append((place, table.name))
    return found


def _named(type_: str) -> tuple[str | None, str]:
    """The schema, where it is written, and the name of a type."""
    match = re.fullmatch(rf"(?:(?P<schema>{WORD})\.)?(?P<name>{WORD})(?:\[\])*", type_)
    if match is None:
        return (None, type_)
    parts = [None if one is None else one.strip('"').replace('""', '"') for one in match.groups()]
    return (parts[0], str(parts[1]))


PART = Part("enums", finish=finish)
