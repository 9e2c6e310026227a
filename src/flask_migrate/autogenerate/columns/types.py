"""Types: what differs, and what a script has to do for the values."""

from __future__ import annotations

import copy
import dataclasses
import logging
import typing as t

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ...operations import AddSerial, DropUnnamedConstraint, ReplaceColumn
from ..draft import Draft, Part
from ..facts import facts_of
from ..keys.building import literal
from ..remarks import Remark
from .altering import AlterColumnWhole, only
from .conversions import Conversion, conversion
from .declared import complete_default, declared_type
from .kinds import Type, bare, kind_of

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

    from ...schema.model import Column, Table

#: Alembic's own, so that what was configured for its messages is right for these.
log = logging.getLogger("alembic.autogenerate.compare.types")
#: Types that SQLite takes for the same.
SAME = {"INT": "INTEGER", "BOOL": "BOOLEAN", "DEC": "DECIMAL", "CHARACTER VARYING": "VARCHAR"}


def compare(
    context: AutogenContext,
    change: ops.AlterColumnOp,
    schema: str | None,
    table: str,
    name: str,
    live: sa.Column[t.Any],
    model: sa.Column[t.Any],
) -> PriorityDispatchResult:
    """Compare the types of a column as the engine spells them."""
    wants = context.opts.get("compare_type", True)
    found = facts_of(context).columns(live, model)
    if found is None or wants is False or callable(wants):
        return PriorityDispatchResult.CONTINUE  # it is for the app to say
    was, now = found
    change.existing_type = with_collation(declared_type(live.type, was.type, context.dialect), was.collation)
    table_there = facts_of(context).live_table(live.table)
    if context.dialect.name != "sqlite" and table_there is not None and _is_json(table_there, was.name):
        change.existing_type = sa.JSON()
    if _is_same(was, now, context.dialect.name) or isinstance(live.type, sa.types.NullType):
        return PriorityDispatchResult.STOP
    change.modify_type = bare(model.type)
    shown = repr(live.type), repr(model.type)
    if shown[0] == shown[1]:
        shown = was.type, now.type  # only the engine tells them apart
    log.info("Detected type change from %s to %s on '%s.%s'", *shown, table, name)
    return PriorityDispatchResult.STOP


def _is_same(was: Column, now: Column, dialect: str) -> bool:
    if was.collation != now.collation:
        return False
    if dialect != "sqlite":
        return was.type == now.type
    words = [" ".join(one.type.upper().split()) for one in (was, now)]
    return SAME.get(words[0], words[0]) == SAME.get(words[1], words[1])


def with_collation(type_: Type, collation: str | None) -> Type:
    """A reflected type with the collation of its column."""
    if collation is None or not isinstance(type_, sa.String) or type_.collation:
        return type_
    made = copy.copy(type_)
    made.collation = collation.strip('"')
    return made


def restore(
    context: AutogenContext,
    changes: ops.ModifyTableOps,
    schema: str | None,
    name: str,
    live: sa.Table | None,
    model: sa.Table | None,
) -> PriorityDispatchResult:
    """Give columns that go their types again: MariaDB keeps JSON as a text with a check, SQLite any word as it is."""
    is_read = context.dialect.name in ("mysql", "mariadb", "sqlite") and live is not None and model is not None
    found = facts_of(context).live_table(live) if is_read and live is not None else None
    if found is not None and live is not None and model is not None:
        for column in [column for column in live.columns if column.name not in model.c]:
            known = found.column(column.name)
            if known is not None:
                column.type = declared_type(column.type, known.type, context.dialect)
                complete_default(column, known)
            if context.dialect.name != "sqlite" and _is_json(found, column.name):
                column.type = sa.JSON()
    return PriorityDispatchResult.CONTINUE


def _is_json(table: Table, column: str) -> bool:
    return any(
        dict(check.options).get("column") == column and check.text == f"json_valid(`{column}`)"
        for check in table.checks
    )


def setup(plugin: Plugin) -> None:
    """Compare types before Alembic does."""
    plugin.add_autogenerate_comparator(restore, "table", "types", priority=DispatchPriority.FIRST)
    plugin.add_autogenerate_comparator(compare, "column", "types", priority=DispatchPriority.FIRST)


def finish(draft: Draft) -> None:
    """Add to one direction what converts the values."""
    made: list[ops.MigrateOperation] = []
    for one in draft.operations.ops:
        made += _converted(one, draft) if isinstance(one, ops.ModifyTableOps) else [one]
    draft.operations.ops[:] = made


def _converted(changes: ops.ModifyTableOps, draft: Draft) -> list[ops.MigrateOperation]:
    steps = Steps(changes, draft)
    for one in changes.ops:
        if isinstance(one, ops.AlterColumnOp) and one.modify_type is not None and one.existing_type is not None:
            steps.convert(one)
        else:
            steps.keep(one)
    return steps.operations()


class Steps:
    """The changes of one table, with what has to be done between them.

    :param changes: the table's changes, in their order.
    """

    def __init__(self, changes: ops.ModifyTableOps, draft: Draft) -> None:
        self.changes = changes
        self.draft = draft
        self.dialect = draft.dialect
        self.remarks: list[ops.MigrateOperation] = []
        self.first: list[ops.MigrateOperation] = []
        self.before: list[ops.MigrateOperation] = []
        self.middle: list[ops.MigrateOperation] = []
        self.after: list[ops.MigrateOperation] = []
        self.last: list[ops.MigrateOperation] = []
        self.table = ".".join(self.quote(name) for name in (changes.schema, changes.table_name) if name)

    def quote(self, name: str) -> str:
        """A name as it stands in a script, where no driver takes doubled percent signs back."""
        quote = self.dialect.identifier_preparer.quote
        return quote(name).replace("%%", "%") if "%%" in quote("%") else quote(name)

    def keep(self, one: ops.MigrateOperation) -> None:
        """Keep a change, on the side of the conversions where it belongs."""
        is_column = isinstance(one, (ops.AlterColumnOp, ops.AddColumnOp, ops.DropColumnOp, ReplaceColumn, AddSerial))
        if is_column and not self.last:
            self.middle.append(one)
        else:
            (self.last if self.middle else self.first).append(one)

    def convert(self, one: ops.AlterColumnOp) -> None:
        """Add the change of a type, and its conversion."""
        old, new = t.cast("Type", one.existing_type), t.cast("Type", one.modify_type)
        column = self.quote(one.column_name)
        found = conversion(old, new, column, self.dialect)
        if found.using is not None:  # which Alembic puts into the statement as it is
            using = found.using.replace(column, self.dialect.identifier_preparer.quote(one.column_name))
            found = dataclasses.replace(found, using=using)
        if found.warning:
            self.remarks.append(Remark(f"{self.changes.table_name}.{one.column_name}: {found.warning}"))
        if found.via is not None:
            self.before.append(self._alone(only(one, modify_type=found.via)))
            one = only(
                one,
                "modify_type",
                "modify_nullable",
                "modify_server_default",
                "modify_comment",
                "modify_name",
                existing_type=found.via,
            )
        self.before += [self._update(column, *step) for step in found.before]
        renamed = self.quote(one.modify_name) if one.modify_name else column
        self.after += [self._update(renamed, *(text.replace(column, renamed) for text in step)) for step in found.after]
        if self.dialect.name == "postgresql":
            self.middle += self._on_postgresql(one, old, new, found)
        else:
            self.middle.append(one)

    def _on_postgresql(
        self, one: ops.AlterColumnOp, old: Type, new: Type, found: Conversion
    ) -> list[ops.MigrateOperation]:
        """The default is not converted with the values: it goes before, and comes after."""
        default = one.modify_server_default if one.modify_server_default is not False else one.existing_server_default
        has_default = isinstance(one.existing_server_default, sa.DefaultClause)
        parts: list[ops.MigrateOperation] = []
        is_other = kind_of(old, self.dialect) != kind_of(new, self.dialect) or isinstance(new, sa.Enum)
        if has_default and (is_other or one.modify_server_default is not False):
            parts.append(only(one, modify_server_default=None, modify_type=None))
        elif one.modify_server_default is False:
            default = None
        typed = only(
            one, "modify_type", "modify_nullable", "modify_comment", "modify_name", existing_server_default=None
        )
        parts.append(AlterColumnWhole.from_change(typed, found.using) if found.using else typed)
        if isinstance(default, sa.DefaultClause):
            name = one.modify_name or one.column_name
            later = only(one, modify_server_default=default, existing_type=new, existing_server_default=None)
            later.column_name = name
            parts.append(later)
        if isinstance(one.modify_server_default, sa.Identity):
            parts.append(only(one, modify_server_default=one.modify_server_default, existing_type=new))
        return parts

    def _update(self, column: str, expression: str, condition: str) -> ops.MigrateOperation:
        where = f" WHERE {condition}" if condition else ""
        return ops.ExecuteSQLOp(str(literal(f"UPDATE {self.table} SET {column} = {expression}{where}").text))

    def _alone(self, one: ops.MigrateOperation) -> ops.ModifyTableOps:
        return ops.ModifyTableOps(self.changes.table_name, [one], schema=self.changes.schema)

    def operations(self) -> list[ops.MigrateOperation]:
        """All of it, with as few groups as possible."""
        if not (self.before or self.after):
            self.changes.ops[:] = [*self.first, *self.middle, *self.last]
            return [*self.remarks, self.changes] if self.changes.ops else []
        group = self.changes
        checks = [one for one in self.first if _is_check(one)]
        groups: list[list[ops.MigrateOperation]] = [checks if self.before else []]
        rest = [one for one in self.first if not (self.before and _is_check(one))] + self.middle
        groups += [rest, self.last] if self.after else [[*rest, *self.last], []]
        tables = [ops.ModifyTableOps(group.table_name, part, schema=group.schema) if part else None for part in groups]
        made = [*self.remarks, tables[0], *self.before, tables[1], *self.after, tables[2]]
        return [one for one in made if one is not None]


def _is_check(one: ops.MigrateOperation) -> bool:
    if isinstance(one, ops.DropConstraintOp):
        return one.constraint_type == "check"
    return isinstance(one, DropUnnamedConstraint) and isinstance(one.constraint, sa.CheckConstraint)


PART = Part("types", setup=setup, finish=finish)
