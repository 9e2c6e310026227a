"""Defaults of the server: values, functions, sequences, identities and generated columns."""

from __future__ import annotations

import logging
import re
import typing as t

import sqlalchemy as sa
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from ...alembic_compat import copied
from ...operations import AddSerial, ContinueSequence, ReplaceColumn
from ..draft import Draft, Part
from ..facts import Pair, facts_of
from ..keys.building import Builder, literal, sa_index
from ..rendering import whole_default
from .altering import AlterColumnWhole, only
from .declared import complete_default
from .kinds import bare
from .types import with_collation

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

    from ...schema.model import Column

#: Alembic's own, so that what was configured for its messages is right for these.
log = logging.getLogger("alembic.autogenerate.compare.server_defaults")
CONTINUE, STOP = PriorityDispatchResult.CONTINUE, PriorityDispatchResult.STOP
NEXTVAL = re.compile(r"^nextval\('(?P<name>.+)'::regclass\)$")
#: What SQLite takes for the same: its booleans are numbers.
SQLITE_WORDS = {"false": "0", "true": "1"}


def compare(
    context: AutogenContext,
    change: ops.AlterColumnOp,
    schema: str | None,
    table: str,
    name: str,
    live: sa.Column[t.Any],
    model: sa.Column[t.Any],
) -> PriorityDispatchResult:
    """Compare the default of a column as the engine writes it."""
    found = facts_of(context).columns(live, model)
    wants = context.opts.get("compare_server_default")
    if found is None or wants is False or callable(wants):
        return CONTINUE  # it is for the app to say
    was, now = found
    if context.dialect.name in ("mysql", "mariadb"):
        change.kw["autoincrement"] = now.autoincrement or None
        complete_default(live, was)
        if was.on_update != now.on_update and now.nullable:
            change.modify_nullable = True  # to drop the default alone would leave ON UPDATE where it is
    change.existing_server_default = live.server_default
    if (
        _is_same(was, now, context.dialect.name)
        or _is_replaced(was, now)
        or _is_serial(was, model)
        or _is_serial(now, model)
    ):
        return STOP
    if now.identity or was.identity:
        if was.nullable != now.nullable:  # which Alembic leaves out
            change.modify_nullable, change.existing_nullable = now.nullable, was.nullable
        change.modify_server_default = _identity(model, now) if now.identity else None
    else:
        change.modify_server_default = _default(model, now)
    log.info("Detected server default on column '%s.%s': %s to %s", table, name, was.default, now.default)
    return STOP


def _identity(model: sa.Column[t.Any], now: Column) -> t.Any:
    """The model's identity with every option in numbers: Alembic can't set one back to what it is by itself."""
    known = now.identity
    if known is None or not isinstance(model.server_default, sa.Identity):
        return model.server_default
    return sa.Identity(
        always=known.always,
        start=known.start,
        increment=known.increment,
        minvalue=known.minimum,
        maxvalue=known.maximum,
        cycle=known.cycle,
        cache=known.cache,
    )


def _default(model: sa.Column[t.Any], now: Column) -> t.Any:
    """The model's default, or the engine's words where the model has none."""
    if model.server_default is not None or now.default is None:
        return whole_default(model.server_default)
    return sa.DefaultClause(literal(now.default))


def _is_same(was: Column, now: Column, dialect: str) -> bool:
    if dialect == "sqlite":
        texts = [SQLITE_WORDS.get(str(one.default).strip("()").lower(), one.default) for one in (was, now)]
        return texts[0] == texts[1] and was.computed == now.computed
    if was.identity or now.identity:
        return was.identity == now.identity and was.default == now.default
    return (was.default, was.on_update) == (now.default, now.on_update) and was.computed == now.computed


def _is_replaced(was: Column, now: Column) -> bool:
    """Whether a column is generated on one side, or in another way."""
    return was.computed != now.computed


def _looks(one: Column) -> tuple[t.Any, ...]:
    """What MySQL and MariaDB can't change of a generated column without making it anew, or Alembic can't tell them."""
    return one.type, one.collation, one.nullable, one.comment


def _changes_with_others(was: Column, now: Column, pair: Pair) -> bool:
    """Whether a generated column gets another type together with a column that it may be made of."""
    others = [(one, pair.wanted.column(one.name)) for one in pair.live.columns if one.name != now.name]
    return was.type != now.type and any(other is not None and one.type != other.type for one, other in others)


def _is_serial(one: Column, model: sa.Column[t.Any]) -> bool:
    """Whether the default is a sequence that PostgreSQL made for this very column, and the model does not name."""
    return bool(NEXTVAL.match(one.default or "")) and model.server_default is None


def compare_table(
    context: AutogenContext,
    changes: ops.ModifyTableOps,
    schema: str | None,
    name: str,
    live: sa.Table | None,
    model: sa.Table | None,
) -> PriorityDispatchResult:
    """What ``alter_column()`` can't do: generated columns, and sequences that belong to a column."""
    pair = facts_of(context).pair(live, model) if live is not None and model is not None else None
    if pair is None or live is None or model is None:
        return CONTINUE
    is_mysql = context.dialect.name in ("mysql", "mariadb")
    keys = [() if key is None else key.columns for key in (pair.live.primary_key, pair.wanted.primary_key)]
    is_rekeyed = keys[0] != keys[1]  # then the numbering comes and goes with the key
    for column in model.columns:
        found = pair.columns(column.name, column.name)
        if found is None or column.name not in live.columns:
            continue
        was, now = found
        is_remade = was.computed and (_looks(was) != _looks(now) if is_mysql else _changes_with_others(was, now, pair))
        if _is_replaced(was, now) or is_remade:
            _replace(changes, live.c[column.name], column, pair)
            if is_mysql:
                _keep_parts(changes, live, column.name, pair)
        elif context.dialect.name == "postgresql":
            owners = {one.owned_by for one in facts_of(context).live(live.schema).sequences}
            _serial(changes, live.c[column.name], column, found, is_owned=(live.name, column.name) in owners)
        elif is_mysql and was.autoincrement != now.autoincrement and not is_rekeyed:
            changes.ops.append(Autoincrement.of(changes, live.c[column.name], is_on=now.autoincrement))
    return CONTINUE


def _replace(changes: ops.ModifyTableOps, live: sa.Column[t.Any], model: sa.Column[t.Any], pair: Pair) -> None:
    """One operation for everything that changes about a generated column, and its indexes around it."""
    changes.ops[:] = [
        one for one in changes.ops if not (isinstance(one, ops.AlterColumnOp) and one.column_name == model.name)
    ]
    was, now = pair.live.column(live.name), pair.wanted.column(model.name)
    assert was is not None
    assert now is not None
    old, new = _copied(live, was), _copied(model, now)
    names = [column.name for column in pair.live.columns]
    place = names.index(live.name)
    after = names[place - 1] if place else None
    changes.ops.append(ReplaceColumn(changes.table_name, old, new, after=after, schema=changes.schema))


def _keep_parts(changes: ops.ModifyTableOps, live: sa.Table, column: str, pair: Pair) -> None:
    """Drop and make again what stays on a column of MariaDB that is made anew: it would go with the column."""
    builder = Builder("mysql", changes.table_name, changes.schema)
    for index in pair.live.indexes:
        if index in pair.wanted.indexes and column in [part.column for part in index.parts]:
            described = sa_index(index, live, "mysql")
            changes.ops += [ops.DropIndexOp.from_index(described), ops.CreateIndexOp.from_index(described)]
    for key in pair.live.unique_keys:
        if key in pair.wanted.unique_keys and column in key.columns:
            changes.ops += [builder.drop(key), builder.add(key)]


def _copied(column: sa.Column[t.Any], known: Column) -> sa.Column[t.Any]:
    """A column with what it is generated from in the engine's words."""
    default: t.Any = column.server_default
    if known.computed is not None:
        given = column.computed
        persisted = given.persisted if given is not None and given.persisted is not None else known.computed.stored
        default = sa.Computed(literal(known.computed.expression), persisted=persisted)
    elif isinstance(default, sa.Computed):
        default = None
    type_ = with_collation(bare(column.type), known.collation)
    if isinstance(default, sa.Computed):
        return sa.Column(column.name, type_, default, nullable=known.nullable, comment=known.comment)
    if isinstance(default, sa.Identity):
        return sa.Column(column.name, type_, _identity(column, known), comment=known.comment)
    arguments = {} if default is None else {"server_default": getattr(default, "arg", None)}
    return sa.Column(column.name, type_, nullable=known.nullable, comment=known.comment, **t.cast("t.Any", arguments))


def _serial(
    changes: ops.ModifyTableOps,
    live: sa.Column[t.Any],
    model: sa.Column[t.Any],
    found: tuple[Column, Column],
    *,
    is_owned: bool,
) -> None:
    """A column of PostgreSQL that begins or ceases to be ``SERIAL``, perhaps to be an identity.

    :param is_owned: whether the sequence belongs to the column, as that of ``SERIAL`` does.
    """
    was, now = found
    is_serial, will_be = _is_serial(was, model) or _owned(was), _is_serial(now, model)
    if is_serial == will_be or was.default == now.default:
        return
    place: dict[str, t.Any] = {"table_name": changes.table_name, "column": model.name, "schema": changes.schema}
    change = ops.AlterColumnOp(
        changes.table_name,
        model.name,
        schema=changes.schema,
        existing_type=live.type,
        existing_nullable=live.nullable,
        existing_server_default=live.server_default,
    )
    earlier = [one for one in changes.ops if isinstance(one, ops.AlterColumnOp) and one.column_name == model.name]
    for one in earlier:
        one.modify_server_default = False
        one.existing_server_default = None
        if not one.has_changes():
            changes.ops.remove(one)
    if is_serial and not is_owned:
        existing = sa.DefaultClause(literal(was.default or ""))
        changes.ops.append(only(change, modify_server_default=_default(model, now), existing_server_default=existing))
    elif is_serial:
        changes.ops.append(AddSerial(**place).reverse())
        if now.identity or now.default is not None:
            default = model.server_default if model.server_default is not None else _default(model, now)
            changes.ops.append(only(change, modify_server_default=default, existing_server_default=None))
    else:
        if was.identity or was.default is not None:
            changes.ops.append(only(change, modify_server_default=None))
        changes.ops.append(AddSerial(**place))


def _owned(one: Column) -> bool:
    return bool(NEXTVAL.match(one.default or ""))


class Autoincrement(ops.AlterColumnOp):
    """Autoincrement on or off."""

    @classmethod
    def of(cls, changes: ops.ModifyTableOps, live: sa.Column[t.Any], *, is_on: bool) -> Autoincrement:
        """The change of one column."""
        return cls(
            changes.table_name,
            live.name,
            schema=changes.schema,
            existing_type=live.type,
            existing_nullable=live.nullable,
            autoincrement=is_on,
        )

    def reverse(self) -> ops.AlterColumnOp:
        """The same, switched back."""
        made = super().reverse()
        made.kw["autoincrement"] = not self.kw["autoincrement"]
        made.__class__ = Autoincrement
        return made

    def has_changes(self) -> bool:
        """Always: what changes is no attribute that Alembic looks at."""
        return True


def setup(plugin: Plugin) -> None:
    """Compare defaults before Alembic does."""
    plugin.add_autogenerate_comparator(compare, "column", "server_default", priority=DispatchPriority.FIRST)
    plugin.add_autogenerate_comparator(compare_table, "table", "generated", priority=DispatchPriority.FIRST)


def finish(draft: Draft) -> None:
    """Write changes of identities down whole, and let new ones begin after the rows that are there."""
    for table in draft.operations.ops:
        if isinstance(table, ops.ModifyTableOps):
            table.ops[:] = [part for one in _joined(table.ops) for part in _whole(one)]
            if draft.dialect.name == "postgresql" and draft.context.connection is not None:
                table.ops[:] = [part for one in table.ops for part in _numbered(draft, table, one)]


def _numbered(draft: Draft, changes: ops.ModifyTableOps, one: ops.MigrateOperation) -> list[ops.MigrateOperation]:
    """A new column that is ``SERIAL``, which is only made with a table: the rows that are there get numbers.

    It becomes NOT NULL with the primary key.
    """
    if not isinstance(one, ops.AddColumnOp) or one.column.server_default is not None:
        return [one]
    facts = facts_of(draft.context)
    place = sa.Table(changes.table_name, sa.MetaData(), schema=changes.schema)
    table = facts.wanted_table(place) if draft.is_upgrade else facts.live_table(place)
    known = None if table is None else table.column(one.column.name)
    if known is None or not _owned(known):
        return [one]
    column = copied(one.column)
    column.nullable, column.primary_key = True, False
    words: dict[str, t.Any] = {"schema": changes.schema}
    serial = AddSerial(changes.table_name, column.name, **words)
    return [ops.AddColumnOp(changes.table_name, column, **words), serial]


def _joined(operations: t.Sequence[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """The changes of a table, with the numbering of a column as a part of the change of its type."""
    typed = {one.column_name: one for one in operations if _is_typed(one)}
    left: list[ops.MigrateOperation] = []
    for one in operations:
        if isinstance(one, Autoincrement) and one.column_name in typed:
            typed[one.column_name].kw["autoincrement"] = one.kw["autoincrement"]
        else:
            left.append(one)
    return left


def _is_typed(one: ops.MigrateOperation) -> t.TypeGuard[ops.AlterColumnOp]:
    return isinstance(one, ops.AlterColumnOp) and one.modify_type is not None


def _whole(one: ops.MigrateOperation) -> list[ops.MigrateOperation]:
    if not isinstance(one, ops.AlterColumnOp) or one.modify_server_default is False:
        return [one]
    is_there = isinstance(one.existing_server_default, sa.Identity)
    will_be = isinstance(one.modify_server_default, sa.Identity)
    if is_there is will_be:
        return [AlterColumnWhole.from_change(one)] if is_there else [one]
    # An identity comes after NOT NULL, and goes before it.
    nullable = [only(one, "modify_nullable", existing_server_default=None)] if one.modify_nullable is not None else []
    rest = only(one, "modify_server_default", "modify_type", "modify_comment", "modify_name")
    if will_be:
        return [*nullable, rest, ContinueSequence(one.table_name, one.column_name, schema=one.schema)]
    return [AlterColumnWhole.from_change(rest), *nullable]


PART = Part("defaults", setup=setup, finish=finish)
