"""Domains of PostgreSQL: made before the first column that has one, dropped after the last one."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy.dialects.postgresql import DOMAIN

from ..schema.model import Domain
from .calls import IMPORT
from .draft import Draft, Part
from .facts import facts_of
from .standing import places_of, was_made

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin


class ChangeDomain(MigrateOperation):
    """A domain that comes, goes, or becomes another one.

    :param old: as it is; ``None`` for one that is made.
    :param new: as it becomes; ``None`` for one that is dropped.
    """

    def __init__(self, old: Domain | None, new: Domain | None) -> None:
        self.old = old
        self.new = new

    @property
    def phase(self) -> int:
        """Before all tables, after the types that it is made from; one that goes, after them."""
        return 89 if self.new is None else 31

    def describe(self) -> list[str]:
        """What changes, in words."""
        one = self.new or self.old
        assert one is not None
        sign = "+" if self.old is None else "-" if self.new is None else "~"
        return [f"{sign} domain {one.name}"]


@renderers.dispatch_for(ChangeDomain)
def _render(context: AutogenContext, operation: ChangeDomain) -> str:
    context.imports.add(IMPORT)
    one = operation.new or operation.old
    assert one is not None
    schema = "" if one.schema is None else f", schema={one.schema!r}"
    if operation.new is None:
        return f"operations.drop_domain({one.name!r}{schema})"
    if operation.old is None:
        return f"operations.create_domain({one.name!r}, {_written(one)}{schema})"
    return f"operations.alter_domain({one.name!r}, dict({_written(operation.old)}), dict({_written(one)}){schema})"


def _written(one: Domain) -> str:
    words: dict[str, t.Any] = {
        "type_": one.type,
        "collation": one.collation,
        "default": one.default,
        "nullable": None if one.nullable else False,
        "checks": {str(check.name): check.text for check in one.checks} or None,
    }
    return ", ".join(f"{word}={value!r}" for word, value in words.items() if value is not None)


def finish(draft: Draft) -> None:
    """Add what one direction has to do about domains."""
    if draft.dialect.name != "postgresql" or draft.context.connection is None:
        return
    facts = facts_of(draft.context)
    for schema in places_of(draft, facts):
        live, wanted = facts.domains(schema)
        for name in sorted({*live, *wanted}):
            was, now = live.get(name), wanted.get(name)
            if (was is None or now is None or _differ(was, now)) and (
                now is not None or was_made(draft, "create_domain", name)
            ):
                old, new = (was, now) if draft.is_upgrade else (now, was)
                draft.operations.ops.append(ChangeDomain(old, new))


def _differ(was: Domain, now: Domain) -> bool:
    return _written(was) != _written(now)


def compare_nullable(
    context: AutogenContext,
    change: ops.AlterColumnOp,
    schema: str | None,
    table: str,
    name: str,
    live: sa.Column[t.Any],
    model: sa.Column[t.Any],
) -> PriorityDispatchResult:
    """A column whose domain has no NULL: SQLAlchemy takes that for NOT NULL of the column itself."""
    if not isinstance(live.type, DOMAIN):
        return PriorityDispatchResult.CONTINUE
    found = facts_of(context).columns(live, model)
    if found is None:
        return PriorityDispatchResult.CONTINUE
    was, now = found
    change.existing_nullable = was.nullable
    if was.nullable != now.nullable:
        change.modify_nullable = now.nullable
    return PriorityDispatchResult.STOP


def correct(
    context: AutogenContext,
    changes: ops.ModifyTableOps,
    schema: str | None,
    name: str,
    live: sa.Table | None,
    model: sa.Table | None,
) -> PriorityDispatchResult:
    """Take from reflected columns what is their domain's, before they are written down."""
    columns = [] if live is None else [column for column in live.columns if isinstance(column.type, DOMAIN)]
    table = facts_of(context).live_table(live) if live is not None and columns else None
    for column in columns:
        known = None if table is None else table.column(column.name)
        if known is not None:
            column.nullable = known.nullable
            column.server_default = column.server_default if known.default is not None else None
    return PriorityDispatchResult.CONTINUE


def setup(plugin: Plugin) -> None:
    """Compare before Alembic does."""
    plugin.add_autogenerate_comparator(correct, "table", "domains", priority=DispatchPriority.FIRST)
    plugin.add_autogenerate_comparator(compare_nullable, "column", "nullable", priority=DispatchPriority.FIRST)


PART = Part("domains", setup=setup, finish=finish)
