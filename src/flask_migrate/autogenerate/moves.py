"""Tables that leave one database of the app and come to another."""

from __future__ import annotations

import dataclasses
import typing as t

from alembic.autogenerate import renderers
from alembic.operations import ops

from .calls import IMPORT
from .comments import Comment

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

    from .request import Request


class MoveRows(ops.MigrateOperation):
    """Copies the rows of a table from one bind to another."""

    def __init__(self, table_name: str, source: str, target: str) -> None:
        self.table = table_name
        self.source = source
        self.target = target

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("move_rows", self.table, self.source, self.target)

    def describe(self) -> list[str]:
        """What it does, in words."""
        return [f"~ rows of {self.table}: {self.source} → {self.target}"]


@renderers.dispatch_for(MoveRows)
def _render(context: AutogenContext, operation: MoveRows) -> str:
    context.imports.add(IMPORT)
    return f"operations.move_rows({operation.table!r}, {operation.source!r}, {operation.target!r})"


@dataclasses.dataclass(frozen=True)
class Side:
    """The changes of one bind.

    :param bind: its name; ``"default"`` for the default one.
    """

    bind: str
    up: t.Any
    down: t.Any


@dataclasses.dataclass(frozen=True)
class Move:
    """A table that is dropped on one side and made on the other."""

    table: str
    source: Side
    target: Side


def find_moves(sides: t.Sequence[Side]) -> list[Move]:
    """The tables that move: the same name and the same columns, gone in one bind and new in exactly one other."""
    found = []
    for source in sides:
        for gone in (one for one in source.up.ops if isinstance(one, ops.DropTableOp)):
            places = [side for side in sides if side is not source and _made(side.up, gone) is not None]
            if len(places) == 1:
                found.append(Move(gone.table_name, source, places[0]))
    return found


def settle_moves(sides: t.Sequence[Side], request: Request) -> None:
    """Copy the rows of tables that move, where the person wants that; else say in the script that they are lost."""
    for move in find_moves(sides):
        names = {move.table, "all"} & set(request.answers.copied)
        request.used |= names
        question = f"Does the table {move.table} move from {move.source.bind} to {move.target.bind}, with its rows"
        is_copied = bool(names) or (request.questioner is not None and request.questioner.confirm(question))
        places = (move.source.bind, move.target.bind)
        if is_copied:
            _take_back_comment(move.source.up, move.table)
            _around(move.source.up, move.table, MoveRows(move.table, *places))
            _around(move.target.up, move.table, MoveRows(move.table, *places))
            _around(move.source.down, move.table, MoveRows(move.table, *reversed(places)))
            _around(move.target.down, move.table, MoveRows(move.table, *reversed(places)))
        else:
            text = f"The table {move.table} moves from {places[0]} to {places[1]}, and its rows are not copied."
            way = f"To copy them: flask db migrate --copy-rows {move.table}"
            _around(move.source.up, move.table, Comment(text, way), is_before_both=True)
            request.note(f"{text} {way}")


def _made(operations: t.Any, gone: ops.DropTableOp) -> ops.CreateTableOp | None:
    """The creation of a table with the name and the columns of the one that goes."""
    columns = {column.name for column in gone.to_table().columns}
    for one in operations.ops:
        if isinstance(one, ops.CreateTableOp) and (one.table_name, one.schema) == (gone.table_name, gone.schema):
            return one if {column.name for column in one.to_table().columns} == columns else None
    return None


def _take_back_comment(operations: t.Any, table: str) -> None:
    """Don't say that the rows of a table are lost."""
    found = operations.ops
    for place, one in enumerate(found[1:], 1):
        if isinstance(one, ops.DropTableOp) and one.table_name == table and isinstance(found[place - 1], Comment):
            del found[place - 1]
            return


def _around(operations: t.Any, table: str, added: ops.MigrateOperation, *, is_before_both: bool = False) -> None:
    """Put an operation before the drop of a table, or behind its creation and its indexes."""
    for place, one in enumerate(operations.ops):
        if isinstance(one, ops.DropTableOp) and one.table_name == table:
            operations.ops.insert(place, added)
            return
        if isinstance(one, ops.CreateTableOp) and one.table_name == table:
            operations.ops.insert(place if is_before_both else place + 1, added)
            return
