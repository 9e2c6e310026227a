"""Comments on constraints, which PostgreSQL keeps, and which Alembic's operations don't take."""

from __future__ import annotations

import typing as t

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, ops

from ...operations import AddDefinedConstraint
from ..draft import Draft
from ..facts import facts_of
from ..renames.operations import RenameNamed

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

    from ...schema.model import Table

Place = tuple[str | None, str]
#: What makes a constraint of a table that is there.
ADDS = (
    *(ops.CreateUniqueConstraintOp, ops.CreateForeignKeyOp, ops.CreateCheckConstraintOp, ops.CreatePrimaryKeyOp),
    AddDefinedConstraint,
)


class CommentConstraint(MigrateOperation):
    """A constraint gets a comment, another one, or none."""

    #: When constraints and tables are there.
    phase = 65

    def __init__(self, place: Place, name: str, comment: str | None) -> None:
        self.schema, self.table_name = place
        self.name, self.comment = name, comment

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"~ constraint {self.table_name}.{self.name}: comment {self.comment!r}"]


@renderers.dispatch_for(CommentConstraint)
def _render(context: AutogenContext, operation: CommentConstraint) -> str:
    quote = context.dialect.identifier_preparer.quote
    place = ".".join(quote(name) for name in (operation.schema, operation.table_name) if name)
    said = "NULL" if operation.comment is None else "'" + operation.comment.replace("'", "''") + "'"
    text = f"COMMENT ON CONSTRAINT {quote(operation.name)} ON {place}".replace("%%", "%") + f" IS {said}"
    return f"op.execute({text.replace(':', chr(92) + ':')!r})"


def finish(draft: Draft) -> None:
    """Add the comments of constraints that come in one direction, and those that change."""
    if draft.dialect.name != "postgresql" or draft.context.connection is None:
        return
    facts = facts_of(draft.context)
    names = _renamed(draft)
    made = _made(draft)
    models = {(facts.key(one.schema), one.name): one for one in draft.context.sorted_tables}
    found: list[MigrateOperation] = []
    for schema, wanted in list(facts.wanted.items()):
        there = {one.name: one for one in facts.live(schema).tables} if models else {}
        for table in wanted.tables:
            place = (facts.key(schema), table.name)
            model = models.get(place)
            if model is None or not draft.context.run_object_filters(model, table.name, "table", False, None):
                continue
            now, was = _comments(table, {}), _comments(there.get(table.name), names.get(place, {}))
            before, after = (was, now) if draft.is_upgrade else (now, was)
            is_new = table.name not in there
            if not (is_new and not draft.is_upgrade):
                found += _of_table(place, {} if is_new else before, after, made.get(place, set()))
    found += _of_dropped(draft, models)
    draft.operations.ops += found


def _of_table(
    place: Place, before: t.Mapping[str, str | None], after: t.Mapping[str, str | None], made: t.Container[str]
) -> list[MigrateOperation]:
    """What has to be said of the constraints of one table."""
    return [
        CommentConstraint(place, name, comment)
        for name, comment in sorted(after.items())
        if comment != (None if name in made or name not in before else before[name])
    ]


def _of_dropped(draft: Draft, models: t.Container[Place]) -> list[MigrateOperation]:
    """The comments of tables without a model, which a downgrade makes again."""
    facts = facts_of(draft.context)
    found: list[MigrateOperation] = []
    for one in draft.operations.ops:
        if isinstance(one, ops.CreateTableOp) and (one.schema, one.table_name) not in models:
            table = facts.live_table(one.to_table())
            found += _of_table((one.schema, one.table_name), {}, _comments(table, {}), ())
    return found


def _made(draft: Draft) -> dict[Place, set[str]]:
    """The constraints that are added to tables, by name."""
    found: dict[Place, set[str]] = {}
    for table in [one for one in draft.operations.ops if isinstance(one, ops.ModifyTableOps)]:
        for one in table.ops:
            if isinstance(one, ADDS):
                name = getattr(one, "constraint_name", None) or getattr(one, "name", None)
                found.setdefault((table.schema, table.table_name), set()).add(str(name))
    return found


def _renamed(draft: Draft) -> dict[Place, dict[str, str]]:
    """New names of constraints by the old ones; in both directions the new ones are those that count here."""
    found: dict[Place, dict[str, str]] = {}
    for one in draft.operations.ops:
        if isinstance(one, RenameNamed) and one.kind == "constraint":
            old, new = (one.old, one.new) if draft.is_upgrade else (one.new, one.old)
            found.setdefault(one.place, {})[old] = new
    return found


def _comments(table: Table | None, names: t.Mapping[str, str]) -> dict[str, str | None]:
    """The comments of the constraints of a table, by name."""
    if table is None:
        return {}
    key = [] if table.primary_key is None else [table.primary_key]
    parts: list[t.Any] = [*key, *table.unique_keys, *table.foreign_keys, *table.checks, *table.exclusions]
    return {names.get(str(one.name), str(one.name)): one.comment for one in parts if one.name is not None}
