"""What is added to Alembic's autogenerate: a part for each thing, in one explicit tuple.

A part is a module with a constant ``PART``. Its comparators run inside Alembic's comparison; what finishes runs
afterwards, for the upgrade and for the downgrade, when both lists of operations are complete. To add one: write the
module, put it into :data:`PARTS`, its name into ``switches.NAMES``, and its row into docs/configuration.md.
"""

from __future__ import annotations

import typing as t

from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from . import (
    comments,
    dependents,
    domains,
    enums,
    inspection,
    keys,
    lost_rows,
    names,
    not_null,
    options,
    order,
    ownership,
    places,
    renames,
    rendering,
    schemas,
    sequences,
    whole,
)
from .columns import defaults, types
from .draft import Draft, Part
from .renames import checked
from .request import Request, request_of
from .words import describe_operations

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: The parts. Those that finish do so in this order.
PARTS: tuple[Part, ...] = (
    renames.PART,
    whole.PART,
    options.PART,
    places.PART,
    keys.PART,
    keys.CHECKS,
    types.PART,
    defaults.PART,
    enums.PART,
    domains.PART,
    sequences.PART,
    names.PART,
    ownership.PART,
    schemas.PART,
    order.PART,
    checked.PART,
    not_null.PART,
    lost_rows.PART,
    dependents.PART,
    comments.PART,
)

_PREFIX = "flask_migrate"
_registered: list[str] = []


def plugins(given: t.Sequence[str] | None, request: Request) -> list[str]:
    """The option ``autogenerate_plugins``: what env.py wants, the bulk reading, and the active parts.

    The plugins are made known to Alembic once per process.
    """
    _register()
    own = [f"{_PREFIX}.{part.name}" for part in PARTS if part.setup is not None and part.name in request.parts]
    return [*(given or ["alembic.autogenerate.*"]), inspection.register(), f"{_PREFIX}.request", *own]


def finish(context: t.Any, rev: t.Any, directives: list[ops.MigrationScript]) -> None:
    """Let the active parts finish what was compared last; a ``process_revision_directives`` of Alembic.

    :param context: Alembic's ``MigrationContext``.
    """
    request = context.opts.get("flask_migrate_request")
    if not isinstance(request, Request) or request.context is None or not directives:
        return
    rendering.write_plainly(context.impl)
    script = directives[-1]
    up, down = script.upgrade_ops_list[-1], script.downgrade_ops_list[-1]
    for part in PARTS:
        if part.finish is not None and part.name in request.parts:
            part.finish(Draft(request, request.context, up, is_upgrade=True))
            part.finish(Draft(request, request.context, down, is_upgrade=False))
    request.planned += describe_operations(up)
    request.planned_back += describe_operations(down)
    request.is_equal = up.is_empty()


def _register() -> None:
    if _registered:
        return
    inspection.register()  # first: the others look at what it has read
    plugin = Plugin(f"{_PREFIX}.request")
    plugin.add_autogenerate_comparator(_note_context, "autogenerate", "request", priority=DispatchPriority.FIRST)
    for part in PARTS:
        if part.setup is not None:
            part.setup(Plugin(f"{_PREFIX}.{part.name}"))
    _registered.append(plugin.name)


def _note_context(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Keep the context of the comparison for those who finish."""
    request_of(context).context = context
    return PriorityDispatchResult.CONTINUE
