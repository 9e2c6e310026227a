"""Options of whole tables.

Of MySQL and MariaDB those count that the model names: a server's own choice changes with its releases, and with the
database that a table once came from.
"""

from __future__ import annotations

import logging
import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ..operations import AlterTableOptions
from .calls import call
from .draft import Part
from .facts import Pair, facts_of
from .request import Request, request_of

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

    from ..schema.model import Table

#: Alembic's own, so that what was configured for its messages is right for these.
log = logging.getLogger("alembic.autogenerate.compare.tables")
#: What a model calls the character set and its order.
TEXTS = ("charset", "default_charset", "character_set", "default_character_set", "collate", "default_collate")
#: What has a comparison of its own, or none.
OTHERS = ("comment", "auto_increment", "partition_by", "partitions", "subpartition_by", "listeners", "union", "insert")
#: What PostgreSQL's tables have that no model describes, or that can't be changed.
NOT_OF_MODELS = ("method", "inherits", "server")


def compare(
    context: AutogenContext,
    changes: ops.ModifyTableOps,
    schema: str | None,
    name: str,
    live: sa.Table | None,
    model: sa.Table | None,
) -> PriorityDispatchResult:
    """Compare the options of a table that stays."""
    pair = facts_of(context).pair(live, model) if live is not None and model is not None else None
    if pair is not None and model is not None:
        dialect = context.dialect.name
        found = _on_sqlite(pair) if dialect == "sqlite" else {}
        if dialect in ("mysql", "mariadb"):
            found = _on_mysql(pair, model, dialect)
        if dialect == "postgresql":
            found = _on_postgresql(pair, request_of(context))
        if found:
            options = {word: new for word, (_, new) in found.items()}
            before = {word: old for word, (old, _) in found.items()}
            changes.ops.append(AlterTableOptions(changes.table_name, options, before=before, schema=changes.schema))
            log.info("Detected other options of table %r: %s", name, ", ".join(found))
    return PriorityDispatchResult.CONTINUE


def _on_sqlite(pair: Pair) -> dict[str, tuple[t.Any, t.Any]]:
    facts = [
        {
            "sqlite_autoincrement": any(column.autoincrement for column in table.columns),
            "sqlite_with_rowid": ("rowid", "without") not in table.options,
            "sqlite_strict": ("strict", "yes") in table.options,
        }
        for table in (pair.live, pair.wanted)
    ]
    return {word: (facts[0][word], facts[1][word]) for word in facts[0] if facts[0][word] != facts[1][word]}


def _on_postgresql(pair: Pair, request: Request) -> dict[str, tuple[t.Any, t.Any]]:
    """Storage parameters, tablespace and persistence, but for those that somebody has set by hand."""
    was, now = stored(pair.live), stored(pair.wanted)
    words = [word for word in sorted({*was, *now}) if was.get(word) != now.get(word)]
    ours = [word for word in words if word in now or _is_named(was[word] if word == "persistence" else word, request)]
    return {f"postgresql_{word}": (was.get(word), now.get(word)) for word in ours}


def stored(table: Table) -> dict[str, str]:
    """The storage parameters, tablespace and persistence of a table of PostgreSQL."""
    return {word: text for word, text in table.options if word.isidentifier() and word not in NOT_OF_MODELS}


def _is_named(word: str, request: Request) -> bool:
    return any(word in text.lower() for text in request.scripts())


def _on_mysql(pair: Pair, model: sa.Table, dialect: str) -> dict[str, tuple[t.Any, t.Any]]:
    named = {word[len(dialect) + 1 :].lower() for word in model.dialect_kwargs if word.startswith(f"{dialect}_")}
    was, now = _facts(pair.live), _facts(pair.wanted)
    words = set[str]()
    if "engine" in named:
        words.add("engine")
    if named & set(TEXTS):
        words |= {"charset", "collate"}
    if named - {"engine", *TEXTS, *OTHERS}:
        words |= (set(was) | set(now)) - {"engine", "charset", "collate"}
    if was.get("collate") == now.get("collate"):
        words -= {"charset", "collate"}
    differing = sorted(word for word in words if was.get(word) != now.get(word) or word in ("charset", "collate"))
    return {f"{dialect}_{word}": (was.get(word), now.get(word)) for word in differing}


def _facts(table: Table) -> dict[str, str]:
    known = dict(table.options)
    found = {}
    for pair in known.get("create options", "").split():
        word, _, value = pair.partition("=")
        found[word.lower().strip("`")] = value
    if known.get("engine"):
        found["engine"] = known["engine"]
    if known.get("collation"):
        found["collate"] = known["collation"]
        found["charset"] = known["collation"].partition("_")[0]
    return found


@renderers.dispatch_for(AlterTableOptions)
def _render(context: AutogenContext, operation: AlterTableOptions) -> str:
    words = [f"{word}={value!r}" for word, value in operation.options.items()]
    return call(context, "alter_table_options", operation, *words)


def setup(plugin: Plugin) -> None:
    """Compare before Alembic does."""
    plugin.add_autogenerate_comparator(compare, "table", "options", priority=DispatchPriority.FIRST)


PART = Part("options", setup=setup)
