"""The comparisons of keys, indexes and checks, in place of Alembic's own."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import logging
import typing as t

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ...alembic_compat import copied
from ...operations import ReplacePrimaryKey
from ...schema.model import Check, ForeignKey, Index, PrimaryKey, UniqueKey
from ..columns.kinds import bare
from ..facts import Pair, facts_of
from . import models
from .building import Builder, sa_index
from .matching import Difference, match
from .texts import is_columnless

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

#: Alembic's own, so that what was configured for its messages is right for these.
log = logging.getLogger("alembic.autogenerate.compare.constraints")
CONTINUE, STOP = PriorityDispatchResult.CONTINUE, PriorityDispatchResult.STOP


class Comparison:
    """One table: what differs becomes operations.

    :param pair: the table on both sides.
    """

    def __init__(
        self,
        context: AutogenContext,
        changes: ops.ModifyTableOps,
        live: sa.Table,
        model: sa.Table,
        pair: Pair,
    ) -> None:
        self.context = context
        self.changes = changes
        self.live = live
        self.model = model
        self.pair = pair
        self.dialect = context.dialect
        self.builder = Builder(self.dialect.name, changes.table_name, changes.schema)
        self.names = models.names(model, self.dialect)

    @property
    def is_mysql(self) -> bool:
        """Whether indexes come and go with foreign keys here."""
        return self.dialect.name in ("mysql", "mariadb")

    def indexes(self) -> None:
        """Indexes, and unique constraints."""
        found = match(self.pair.live.indexes, self.pair.wanted.indexes)
        implied = self._implied() if self.is_mysql else ()
        by_name = {models.name_of(index, self.dialect): index for index in self.model.indexes}
        for index in [*self._left(found.dropped, found.renamed), *implied]:
            described = sa_index(index, self.live, self.dialect.name)
            drop = ops.DropIndexOp.from_index(described)
            if (
                self.is_mysql
                and index not in implied
                and self._is_covered(index, self._come(found.added, found.renamed))
            ):
                drop.if_exists = True
            self._emit("index", index, described, drop)
        for index in [*self._come(found.added, found.renamed), *implied]:
            model = by_name.get(index.name)
            described = model if model is not None else sa_index(index, self.model, self.dialect.name)
            self._emit("index", index, described, ops.CreateIndexOp.from_index(described), is_new=True)
        self._parts("unique_constraint", self.pair.live.unique_keys, self.pair.wanted.unique_keys)
        self._parts("exclude_constraint", self.pair.live.exclusions, self.pair.wanted.exclusions)

    def _implied(self) -> tuple[Index, ...]:
        """Indexes that stay, though the engine made them for a foreign key that is replaced: it would rename them."""
        live, wanted = self.pair.live, self.pair.wanted
        changed = match(live.foreign_keys, wanted.foreign_keys, is_named=lambda part: part.name in self.names)
        replaced = {key.columns for key in changed.dropped} & {key.columns for key in changed.added}
        return tuple(
            index
            for index in live.indexes
            if index in wanted.indexes and index.name not in self.names and _columns(index) in replaced
        )

    def _is_covered(self, index: Index, added: t.Iterable[Index]) -> bool:
        """Whether an index, which may have been made for a foreign key, goes by itself when another one comes."""
        keys = {key.columns for key in self.pair.live.foreign_keys}
        columns = _columns(index)
        return columns in keys and any(_columns(one)[: len(columns)] == columns for one in added)

    def foreign_keys(self) -> None:
        """Foreign keys."""
        self._parts("foreign_key_constraint", self.pair.live.foreign_keys, self.pair.wanted.foreign_keys)

    def checks(self) -> None:
        """Checks."""
        known = models.conditions(self.model, self.dialect)
        live = [check for check in self.pair.live.checks if not self._comes_with_type(check)]
        wanted = [check for check in self.pair.wanted.checks if not self._comes_with_type(check)]

        def text(check: Check) -> str | None:
            return models.text_for(check, known)

        for one in self.changes.ops:
            if isinstance(one, ops.AddColumnOp) and bare(one.column.type) is not one.column.type:
                one.column = copied(one.column)  # its check is added by itself
                one.column.type = bare(one.column.type)
        self._parts("check_constraint", live, wanted, text=text)
        altered = {one.column_name for one in self.changes.ops if isinstance(one, ops.AlterColumnOp)}
        again = [check for check in wanted if check in live and dict(check.options).get("column") in altered]
        if self.is_mysql and self._loses_columns():
            again += self._columnless(live, wanted)
        for check in again:  # MODIFY and DROP COLUMN would take them away
            self.changes.ops.append(self.builder.drop(check, text=text(check)))
            self.changes.ops.append(self.builder.add(check, text=text(check)))

    def _columnless(self, live: t.Sequence[Check], wanted: t.Sequence[Check]) -> list[Check]:
        """Checks that name no column and stay, under the names that they have."""
        texts = {one.text for one in wanted if one.name not in self.names or one in live}
        return [one for one in live if one.text in texts and is_columnless(one.text, self.pair.wanted)]

    def _loses_columns(self) -> bool:
        """Whether a column goes in one of both directions: with it MariaDB drops checks that name no column."""
        both = [{(one.name, one.computed) for one in table.columns} for table in (self.pair.live, self.pair.wanted)]
        return both[0] != both[1]

    def _comes_with_type(self, check: Check) -> bool:
        """Whether this is the check of MariaDB's JSON type, and the column gets or loses that type."""
        column = dict(check.options).get("column")
        if column is None or check.text != f"json_valid(`{column}`)":
            return False
        both = self.pair.columns(column, column)
        return both is None or both[0].type != both[1].type

    def primary_key(self) -> None:
        """The primary key; a name that only one engine has doesn't count."""
        live, wanted = self.pair.live.primary_key, self.pair.wanted.primary_key
        if live and wanted and self.dialect.name == "postgresql" and _nameless(live) == _nameless(wanted):
            return  # a name alone is the part "names"
        if self.is_mysql or self.dialect.name == "sqlite":
            self._replace_primary_key()
            return
        self._parts("primary_key", [live] if live else [], [wanted] if wanted else [])

    def _replace_primary_key(self) -> None:
        live, wanted = self.pair.live.primary_key, self.pair.wanted.primary_key
        columns = [() if key is None else key.columns for key in (live, wanted)]
        names = [None if key is None or self.is_mysql else key.name for key in (live, wanted)]
        is_named = names[1] is not None and names[0] != names[1]
        if columns[0] == columns[1] and not is_named:
            return
        numbered = [
            next((one.name for one in table.columns if one.autoincrement), None)
            for table in (self.pair.live, self.pair.wanted)
        ]
        if not self.is_mysql:
            numbered = [None, None]
        operation = ReplacePrimaryKey(
            self.changes.table_name,
            *columns,
            old_name=names[0],
            name=names[1],
            numbered_before=numbered[0],
            autoincrement=numbered[1],
            schema=self.changes.schema,
        )
        self._emit("primary_key", wanted or live, None, operation, is_new=True)

    def _left(self, dropped: t.Iterable[t.Any], renamed: t.Iterable[tuple[t.Any, t.Any]]) -> list[t.Any]:
        return [*dropped, *(old for old, _ in renamed)]

    def _come(self, added: t.Iterable[t.Any], renamed: t.Iterable[tuple[t.Any, t.Any]]) -> list[t.Any]:
        return [*added, *(new for _, new in renamed)]

    def _parts(
        self,
        kind: str,
        live: t.Iterable[t.Any],
        wanted: t.Iterable[t.Any],
        text: t.Callable[[t.Any], str | None] = lambda _: None,
    ) -> None:
        here = [part for part in live if part.name is None or self._is_known(part.name, kind)]
        found: Difference[t.Any] = match(here, wanted, is_named=lambda part: part.name in self.names)
        for part in self._left(found.dropped, found.renamed):
            self._emit(kind, part, None, self.builder.drop(part))
        taken = {one.name for one in self.pair.live.foreign_keys} | {one.name for one in self.pair.live.checks}
        for part in self._come(found.added, found.renamed):
            if self.is_mysql and isinstance(part, (ForeignKey, Check)):
                part = self._untaken(part, taken)
            model = self._model_index(part)
            operation = ops.CreateIndexOp.from_index(model) if model else self.builder.add(part, text=text(part))
            self._emit(kind, part, model, operation, is_new=True)

    def _untaken(self, part: t.Any, taken: set[str | None]) -> t.Any:
        """A key or check whose name the server has invented, under one that it would invent beside those taken."""
        if part.name is not None and part.name in taken and part.name not in self.names:
            part = dataclasses.replace(part, name=_free(part.name, taken))
        taken.add(part.name)
        return part

    def _model_index(self, part: t.Any) -> sa.Index | None:
        """The unique index of the model that MariaDB makes a unique key of."""
        if not isinstance(part, UniqueKey):
            return None
        return next((one for one in self.model.indexes if models.name_of(one, self.dialect) == part.name), None)

    def _is_known(self, name: str, kind: str) -> bool:
        place: t.Any = {"table_name": self.changes.table_name, "schema_name": self.changes.schema}
        kinds: t.Any = kind
        return bool(self.context.run_name_filters(name, kinds, place))

    def _emit(
        self, kind: t.Any, part: t.Any, described: t.Any, operation: ops.MigrateOperation, *, is_new: bool = False
    ) -> None:
        if described is None:
            described = _described(operation)
        name = part.name
        if kind == "index" and not is_new and not self._is_known(name, kind):
            return
        if described is not None and not self.context.run_object_filters(described, name, kind, not is_new, None):
            return
        self._log(kind, part, is_new=is_new)
        self.changes.ops.append(operation)

    def _log(self, kind: str, part: t.Any, *, is_new: bool) -> None:
        """Tell what was found in the words that Alembic has for it."""
        event, table = "added" if is_new else "removed", self.changes.table_name
        what = kind.replace("_", " ")
        if isinstance(part, ForeignKey):
            place = f"{self.changes.schema}.{table}" if self.changes.schema else table
            names, referred = ", ".join(part.columns), ", ".join(part.referred_columns)
            log.info("Detected %s foreign key (%s)(%s) on table %s", event, names, referred, place)
        elif is_new and isinstance(part, (Index, UniqueKey)):
            columns = part.columns if isinstance(part, UniqueKey) else _columns(part)
            log.info("Detected added %s %r on '%s'", what, part.name, columns)
        else:
            log.info("Detected %s %s %r on %r", event, what, part.name, table)


def _nameless(key: PrimaryKey) -> PrimaryKey:
    return dataclasses.replace(key, name=None, comment=None)


def _free(name: str, taken: t.Container[str | None]) -> str:
    """A name like one that the server has invented, which is not taken."""
    head = name.rstrip("0123456789")
    return next(f"{head}{number}" for number in itertools.count(1) if f"{head}{number}" not in taken)


def _columns(index: Index) -> tuple[str, ...]:
    return tuple(part.column or "" for part in index.parts)


def _described(operation: t.Any) -> t.Any:
    """What a filter of the app is shown."""
    if hasattr(operation, "to_constraint"):
        return operation.to_constraint()
    return getattr(operation, "constraint", None)


def _comparator(
    method: t.Callable[[Comparison], None],
) -> t.Callable[..., PriorityDispatchResult]:
    """A comparator of Alembic that takes the place of those that come later in its group."""

    def compare(
        context: AutogenContext,
        changes: ops.ModifyTableOps,
        schema: str | None,
        name: str,
        live: sa.Table | None,
        model: sa.Table | None,
    ) -> PriorityDispatchResult:
        if live is None or model is None:
            return CONTINUE
        pair = facts_of(context).pair(live, model)
        if pair is None:
            return CONTINUE
        method(Comparison(context, changes, live, model, pair))
        return STOP

    return functools.wraps(method)(compare)


def setup_keys(plugin: Plugin) -> None:
    """Compare indexes, unique constraints, foreign keys and primary keys."""
    for group, method in (
        ("indexes", Comparison.indexes),
        ("foreignkeys", Comparison.foreign_keys),
        ("primarykeys", Comparison.primary_key),
    ):
        plugin.add_autogenerate_comparator(_comparator(method), "table", group, priority=DispatchPriority.FIRST)


def setup_checks(plugin: Plugin) -> None:
    """Compare checks."""
    plugin.add_autogenerate_comparator(
        _comparator(Comparison.checks), "table", "checkconstraints", priority=DispatchPriority.FIRST
    )
