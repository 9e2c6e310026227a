"""Which tables of a database belong to the app: those that a model names, and those that a revision made.

Nothing else is dropped: not the tables of extensions, of other apps and of other binds, and no partitions.
"""

from __future__ import annotations

import json
import re
import typing as t

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ..targets import describe_url
from .draft import Part
from .request import request_of

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

Place = tuple[str | None, str]

#: PostgreSQL's tables that come with an extension or with the table that they are a part of.
DEPENDENT = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND (c.relispartition OR EXISTS (
        SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'))"""


def setup(plugin: Plugin) -> None:
    """Look at what would be dropped when the comparison is over."""
    plugin.add_autogenerate_comparator(keep_foreign, "autogenerate", "ownership", priority=DispatchPriority.LAST)


def keep_foreign(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Take back the dropping of tables that are not the app's, and say so."""
    request = request_of(context)
    dropped = [_place(one) for one in upgrade_ops.ops if isinstance(one, ops.DropTableOp)]
    foreign = {place for place in dropped if not is_ours(context, place)}
    upgrade_ops.ops[:] = [one for one in upgrade_ops.ops if _place(one) not in foreign]
    if foreign:
        names = ", ".join(sorted(name if schema is None else f"{schema}.{name}" for schema, name in foreign))
        text = f"The table {names} is left alone: no model names it, and no revision made it."
        if len(foreign) > 1:
            text = f"{len(foreign)} tables are left alone, which no model names and no revision made: {names}."
        request.note(text)
    return PriorityDispatchResult.CONTINUE


def is_ours(context: AutogenContext, place: Place) -> bool:
    """Whether a table that no model names may be dropped, or be what was renamed."""
    request = request_of(context)
    if "ownership" not in request.parts:
        return True
    if place in _dependent(context) or place in _of_other_binds(context):
        return False
    scripts = list(request.scripts())
    if request.own_all_tables or (request.own_all_tables is None and not scripts):
        return True
    return any(makes(text, place[1]) for text in scripts)


def makes(script: str, table: str) -> bool:
    """Whether a script's text makes a table of that name, with ``op``, with ``sa.Table`` or with SQL."""
    if table not in script and repr(table)[1:-1] not in script:
        return False
    literal = "|".join({re.escape(repr(table)), re.escape(json.dumps(table, ensure_ascii=False))})
    named = rf"""["`\[]?{re.escape(table)}["`\]]?(?!\w)"""
    patterns = (
        rf"\b(?:create_table|Table)\(\s*u?(?:{literal})",
        rf"\brename_table\([^)]*(?:{literal})",
        rf"(?i)\bcreate\s+(?:\w+\s+)*?table\s+(?:if\s+not\s+exists\s+)?(?:[^\s.(]+\.)?{named}",
        rf"(?i)\brename\s+to\s+{named}",
    )
    if any(re.search(pattern, script) for pattern in patterns):
        return True
    computed = re.search(r"\bcreate_table\(\s*(?![\s'\"u])|\bcreate_table\(\s*u\w", script)
    return computed is not None and re.search(literal, script) is not None


def _place(operation: t.Any) -> Place:
    return (getattr(operation, "schema", None), getattr(operation, "table_name", ""))


def _dependent(context: AutogenContext) -> set[Place]:
    if context.dialect.name != "postgresql" or context.connection is None:
        return set()
    default = context.dialect.default_schema_name
    rows = context.connection.execute(sa.text(DEPENDENT))
    return {(schema if schema != default else None, name) for schema, name in rows}


def _of_other_binds(context: AutogenContext) -> t.Container[Place]:
    if context.connection is None:
        return ()
    return request_of(context).tables.get(describe_url(context.connection.engine.url), ())


PART = Part("ownership", setup=setup)
