"""Renames of tables and columns: found, asked about, and shown to the comparison as if they had happened."""

from __future__ import annotations

import logging
import typing as t

from alembic.util import DispatchPriority, PriorityDispatchResult

from ..draft import Part
from ..request import request_of
from . import carried, decide, find, operations
from .view import renamed_inspector

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import UpgradeOps
    from alembic.runtime.plugins import Plugin

log = logging.getLogger("alembic.autogenerate.compare.tables")


def setup(plugin: Plugin) -> None:
    """Look for renames before Alembic looks at the tables."""
    plugin.add_autogenerate_comparator(compare, "schema", "tables", priority=DispatchPriority.FIRST)


def compare(context: AutogenContext, upgrade_ops: UpgradeOps, schemas: set[str | None]) -> PriorityDispatchResult:
    """Decide what was renamed; what follows compares with a database in which that is done.

    :raises Refused: when something looks like a rename and nobody has said whether it is one.
    """
    request = request_of(context)
    found = find.Schemas(context, schemas)
    renames = decide.decide(found, request)
    if renames:
        view = renamed_inspector(context.inspector, renames)
        names = carried.names(context, renames)
        view.carry(names)
        for operation in operations.make(context.inspector, renames, names):
            log.info("Detected rename: %s", operation.describe()[0])
            upgrade_ops.ops.append(operation)
        context.inspector = view
        schemas.update(schema for schema, _ in renames.tables.values())  # one that is made for a table is not there yet
    return PriorityDispatchResult.CONTINUE


PART = Part("renames", setup=setup)
