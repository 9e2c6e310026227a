"""Reading a database in bulk for autogenerate: the inspector, and the plugin that hands it to Alembic."""

from __future__ import annotations

import sys
import typing as t

from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from .inspector import bulk_inspector

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import UpgradeOps

__all__ = ["PLUGIN", "bulk_inspector", "register", "setup", "use_bulk_inspector"]

#: The name under which ``autogenerate_plugins`` switches the bulk reading on.
PLUGIN = "flask_migrate.inspection"
_registered: list[str] = []


def register() -> str:
    """Make the plugin known to Alembic, once per process, and return its name.

    An environment adds the name to the option ``autogenerate_plugins``.
    """
    if not _registered:
        Plugin.setup_plugin_from_module(sys.modules[__name__], PLUGIN)
        _registered.append(PLUGIN)
    return PLUGIN


def setup(plugin: Plugin) -> None:
    """Put the bulk inspector in place before Alembic looks at the tables."""
    plugin.add_autogenerate_comparator(use_bulk_inspector, "schema", "tables", priority=DispatchPriority.FIRST)


def use_bulk_inspector(
    context: AutogenContext, upgrade_ops: UpgradeOps, schemas: set[str | None]
) -> PriorityDispatchResult:
    """Replace the inspector of ``context``; everything that asks it later is answered from the same reading."""
    if context.connection is not None:
        context.inspector = bulk_inspector(context.connection, schemas)
    return PriorityDispatchResult.CONTINUE
