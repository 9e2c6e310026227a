"""Comments in a script, above what loses data or holds others up."""

from __future__ import annotations

import typing as t

from alembic.autogenerate import renderers
from alembic.operations import ops

from .draft import Draft, Part

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


LOST_TABLE, LOST_COLUMN = LOSSES = ("The rows of this table are lost.", "What is in this column is lost.")
#: What an engine believes only when it has looked at every row.
SCANS = (ops.CreateForeignKeyOp, ops.CreateCheckConstraintOp)


class Comment(ops.MigrateOperation):
    """Lines for whoever reads the script; nothing is run."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def reverse(self) -> Comment:
        """What is said of one direction is not said of the other."""
        return Comment()

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("comment", *self.lines)

    def describe(self) -> list[str]:
        """It changes nothing."""
        return []


def finish(draft: Draft) -> None:
    """Put comments into the upgrade; that a downgrade takes back what the upgrade made goes without saying."""
    if draft.is_upgrade:
        made = {(one.schema, one.table_name) for one in draft.operations.ops if isinstance(one, ops.CreateTableOp)}
        _comment(draft, draft.operations, made)


def _comment(draft: Draft, container: ops.OpContainer, made: t.Container[t.Any]) -> None:
    found: list[t.Any] = []
    told: set[str] = set()
    for operation in container.ops:
        if isinstance(operation, ops.OpContainer):
            if (getattr(operation, "schema", None), getattr(operation, "table_name", None)) not in made:
                _comment(draft, operation, made)
        else:
            text = _text(operation, draft.dialect.name)
            if text in LOSSES or (text and text not in told):  # how a table is held up is said once for it
                found.append(Comment(text))
            told.add(text)
        found.append(operation)
    container.ops[:] = found


def _text(operation: ops.MigrateOperation, dialect: str) -> str:
    """What is worth knowing before an operation is run; empty for most."""
    if isinstance(operation, ops.DropTableOp):
        return LOST_TABLE
    if isinstance(operation, ops.DropColumnOp):
        return LOST_COLUMN
    if dialect == "sqlite":
        return ""  # one writer at a time in any case
    if isinstance(operation, ops.CreateIndexOp) and dialect == "postgresql":
        concurrently = operation.kw.get("postgresql_concurrently")
        return "" if concurrently else "Nobody can write to the table while the index is made."
    if isinstance(operation, ops.AlterColumnOp) and operation.modify_type is not None:
        return "The table may be written anew for this, and nobody can use it meanwhile."
    if isinstance(operation, ops.CreateUniqueConstraintOp) and dialect == "postgresql":
        return "Nobody can use the table while the index of the constraint is made."
    if isinstance(operation, SCANS) or getattr(operation, "modify_nullable", None) is False:
        return "All rows are looked at for this, and nobody can write to the table meanwhile."
    return ""


@renderers.dispatch_for(Comment)
def _render(context: AutogenContext, operation: Comment) -> list[str]:
    return [f"# {line}" for line in operation.lines]


PART = Part("comments", finish=finish)
