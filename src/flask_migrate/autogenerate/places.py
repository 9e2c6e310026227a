"""The place of new columns among the others, on MySQL and MariaDB.

Columns that are there stay where they are: tables whose history has only ever appended columns are in another order
than their models, and nobody wants them rewritten for that.
"""

from __future__ import annotations

import typing as t

from alembic.autogenerate import renderers
from alembic.operations import ops

from ..operations import PlaceColumn
from .calls import call
from .draft import Draft, Part
from .facts import facts_of

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

    from ..schema.model import Schema


def finish(draft: Draft) -> None:
    """Put columns that come where the model has them, and in the downgrade where they were."""
    if draft.dialect.name not in ("mysql", "mariadb"):
        return
    for table in draft.operations.ops:
        if isinstance(table, ops.ModifyTableOps):
            added = [one.column.name for one in table.ops if isinstance(one, ops.AddColumnOp)]
            if added:
                table.ops += _placed(draft, table, added)


def _placed(draft: Draft, table: ops.ModifyTableOps, added: list[str]) -> list[PlaceColumn]:
    facts = facts_of(draft.context)
    live = _columns(facts.live(table.schema), table.table_name)
    wanted = next((names for schema in facts.wanted.values() if (names := _columns(schema, table.table_name))), [])
    before, after = (live, wanted) if draft.is_upgrade else (wanted, live)
    now = [name for name in before if name in after and name not in added] + added
    found = []
    for place, name in enumerate(after):
        behind = next((other for other in reversed(after[:place]) if other in now), None)
        if name not in added or (now[now.index(name) - 1] if now.index(name) else None) == behind:
            continue
        now.remove(name)
        now.insert(0 if behind is None else now.index(behind) + 1, name)
        found.append(PlaceColumn(table.table_name, name, after=behind, schema=table.schema))
    return found


def _columns(schema: Schema, name: str) -> list[str]:
    return [column.name for table in schema.tables if table.name == name for column in table.columns]


@renderers.dispatch_for(PlaceColumn)
def _render(context: AutogenContext, operation: PlaceColumn) -> str:
    return call(context, "place_column", operation, repr(str(operation.column)), after=operation.after)


PART = Part("places", finish=finish)
