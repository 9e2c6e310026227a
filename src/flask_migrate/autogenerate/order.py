"""The order of a script's operations: what others need comes first, what others still use goes last.

Alembic drops tables in the order of a set, and creates and drops tables that refer to each other as if they did not.
"""

from __future__ import annotations

import dataclasses
import heapq
import typing as t

import sqlalchemy as sa
from alembic.operations import ops

from ..operations import AddUnnamedConstraint, DropUnnamedConstraint
from .draft import Draft, Part

#: A table, by schema and name.
Place = tuple[str | None, str]

#: The order where nothing else decides. An operation of ours says its own with an attribute ``phase``, a number or a
#: function of the direction (is it the upgrade?).
FREED, CREATED, CHANGED, KEYED, DROPPED = 20, 40, 50, 60, 70
#: What drops a foreign key.
DROPS = (ops.DropConstraintOp, DropUnnamedConstraint)


def finish(draft: Draft) -> None:
    """Put the operations of one direction into an order that every engine can follow."""
    operations = _without_needless(list(draft.operations.ops))
    if draft.dialect.name != "sqlite":  # there keys are no obstacle, and can't be added to a table later
        operations = _without_circles(_divided(operations))
        operations = _generated_apart(operations)
    freed = _freed(operations)
    found = _sorted([Node.of(one, freed.get(place_of(one), ())) for one in operations], draft.is_upgrade)
    draft.operations.ops[:] = _unbatched(found) if draft.dialect.name == "sqlite" else found


def _generated_apart(operations: t.Iterable[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """Let generated columns go before other columns of their table change, and come after: they may be made of them."""
    found: list[ops.MigrateOperation] = []
    for one in operations:
        gone = _going(one) if isinstance(one, ops.ModifyTableOps) else []
        if isinstance(one, ops.ModifyTableOps) and any(isinstance(each, ops.AlterColumnOp) for each in one.ops):
            if gone:
                found.append(ops.ModifyTableOps(one.table_name, gone, schema=one.schema))
            rest = [each for each in one.ops if each not in gone]
            last = max(number for number, each in enumerate(rest) if isinstance(each, ops.AlterColumnOp)) + 1
            come = [each for each in rest if isinstance(each, ops.AddColumnOp) and each.column.computed is not None]
            one.ops[:] = [*(each for each in rest[:last] if each not in come), *come]
            one.ops += [each for each in rest[last:] if each not in come]
        found.append(one)
    return found


def _going(table: ops.ModifyTableOps) -> list[t.Any]:
    """Generated columns that are dropped, behind what may be on them."""
    columns = [one for one in table.ops if isinstance(one, ops.DropColumnOp) and one.to_column().computed is not None]
    on_them = [one for one in table.ops if isinstance(one, (ops.DropIndexOp, *DROPS))]
    return [*on_them, *columns] if columns else []


def _unbatched(operations: t.Iterable[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """Let indexes over expressions go before their table is made anew, and come after: a batch can't have them."""
    found: list[ops.MigrateOperation] = []
    for one in operations:
        drops, rest, adds = _divided_indexes(one) if isinstance(one, ops.ModifyTableOps) else ([], [one], [])
        if isinstance(one, ops.ModifyTableOps) and rest and (drops or adds):
            one.ops[:] = rest
            parts = [ops.ModifyTableOps(one.table_name, part, schema=one.schema) for part in (drops, adds) if part]
            found += [*parts[: bool(drops)], one, *parts[bool(drops) :]]
        else:
            found.append(one)
    return found


def _divided_indexes(table: ops.ModifyTableOps) -> tuple[list[t.Any], list[t.Any], list[t.Any]]:
    """The indexes over expressions that are dropped, all that is neither, and those that are made."""
    drops = [one for one in table.ops if isinstance(one, ops.DropIndexOp) and _has_expression(one)]
    adds = [one for one in table.ops if isinstance(one, ops.CreateIndexOp) and _has_expression(one)]
    return drops, [one for one in table.ops if one not in drops and one not in adds], adds


def _has_expression(operation: ops.CreateIndexOp | ops.DropIndexOp) -> bool:
    return any(not isinstance(part, sa.Column) for part in operation.to_index().expressions)


def place_of(operation: ops.MigrateOperation) -> Place | None:
    """The table that an operation is about."""
    name = getattr(operation, "table_name", None)
    return None if name is None else (getattr(operation, "schema", None), str(name))


def referred(key: sa.ForeignKeyConstraint) -> Place:
    """The table that a foreign key leads to."""
    schema, _, name = key.elements[0].target_fullname.rpartition(".")[0].rpartition(".")
    return (schema or None, name)


@dataclasses.dataclass
class Node:
    """An operation, and what it has to do with tables.

    :param place: the table that it is about.
    :param leads_to: tables that its new foreign keys lead to.
    :param leaves: tables that the foreign keys led to which it drops.
    :param names: constraints that come or go with the table.
    """

    operation: ops.MigrateOperation
    place: Place | None
    leads_to: set[Place] = dataclasses.field(default_factory=set)
    leaves: set[Place] = dataclasses.field(default_factory=set)
    names: set[str] = dataclasses.field(default_factory=set)

    @classmethod
    def of(cls, operation: ops.MigrateOperation, freed: t.Container[str] = ()) -> Node:
        """The node of an operation.

        :param freed: names of foreign keys of its table that another operation drops.
        """
        node = cls(operation, place_of(operation))
        if isinstance(operation, (ops.CreateTableOp, ops.DropTableOp)):
            keys = [key for key in table_keys(operation) if str(key.name) not in freed]
            places = {referred(key) for key in keys} - {node.place}
            (node.leads_to if isinstance(operation, ops.CreateTableOp) else node.leaves).update(places)
            node.names = {str(one.name) for one in constraints(operation) if isinstance(one.name, str)}
        elif isinstance(operation, ops.ModifyTableOps):
            for one in operation.ops:
                key = foreign_key(one)
                if key is not None:
                    (node.leaves if isinstance(one, DROPS) else node.leads_to).add(referred(key))
        return node

    @property
    def creates(self) -> bool:
        """Whether it makes a table."""
        return isinstance(self.operation, ops.CreateTableOp)

    @property
    def drops(self) -> bool:
        """Whether it drops a table."""
        return isinstance(self.operation, ops.DropTableOp)


def constraints(operation: ops.CreateTableOp | ops.DropTableOp) -> list[sa.Constraint]:
    """The constraints of a table that comes or goes."""
    if isinstance(operation, ops.CreateTableOp):
        return [one for one in operation.columns if isinstance(one, sa.Constraint)]
    return list(operation.to_table().constraints)


def table_keys(operation: ops.CreateTableOp | ops.DropTableOp) -> list[sa.ForeignKeyConstraint]:
    """The foreign keys of a table that comes or goes, in a steady order."""
    keys = [one for one in constraints(operation) if isinstance(one, sa.ForeignKeyConstraint)]
    return sorted(keys, key=lambda key: (str(key.name), key.column_keys))


def foreign_key(operation: ops.MigrateOperation) -> sa.ForeignKeyConstraint | None:
    """The foreign key that an operation adds to a table or drops from it."""
    if isinstance(operation, ops.CreateForeignKeyOp):
        return operation.to_constraint()
    if isinstance(operation, (AddUnnamedConstraint, DropUnnamedConstraint)):
        one = operation.constraint
        return one if isinstance(one, sa.ForeignKeyConstraint) else None
    if isinstance(operation, ops.DropConstraintOp) and operation.constraint_type == "foreignkey":
        try:
            found = operation.to_constraint()
        except ValueError:  # made by hand, without a way back
            return None
        return found if isinstance(found, sa.ForeignKeyConstraint) else None
    return None


def _without_needless(operations: list[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """The operations without those that drop an index of a table that goes, where a foreign key of it uses the index.

    MariaDB refuses that as long as the key is there, and the index goes with its table anyway.
    """
    gone = {place_of(one): one for one in operations if isinstance(one, ops.DropTableOp)}
    found: list[ops.MigrateOperation] = []
    for one in operations:
        table = gone.get(place_of(one))
        if isinstance(one, ops.ModifyTableOps) and table is not None:
            first = {key.column_keys[0] for key in table_keys(table)}
            one.ops = [part for part in one.ops if not _is_index_on(part, first)]
        if not isinstance(one, ops.ModifyTableOps) or one.ops:
            found.append(one)
    return found


def _is_index_on(operation: ops.MigrateOperation, columns: t.Container[str]) -> bool:
    if not isinstance(operation, ops.DropIndexOp):
        return False
    expressions = operation.to_index().expressions
    return bool(expressions) and getattr(expressions[0], "name", None) in columns


def _divided(operations: list[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """The operations, with the foreign keys of a table apart where the table they lead to changes or goes."""
    made = {place_of(one) for one in operations if isinstance(one, ops.CreateTableOp)}
    changing = {place_of(one) for one in operations} - made
    return [part for one in operations for part in _parts(one, changing - {place_of(one)})]


def _parts(operation: ops.MigrateOperation, changing: t.Container[Place | None]) -> list[ops.MigrateOperation]:
    if not isinstance(operation, ops.ModifyTableOps) or hasattr(operation, "phase"):
        return [operation]
    groups: tuple[list[t.Any], list[t.Any], list[t.Any]] = ([], [], [])
    for one in operation.ops:
        key = foreign_key(one)
        is_apart = key is not None and referred(key) in changing
        groups[1 if not is_apart else 0 if isinstance(one, DROPS) else 2].append(one)
    return [ops.ModifyTableOps(operation.table_name, group, schema=operation.schema) for group in groups if group]


def _freed(operations: t.Iterable[ops.MigrateOperation]) -> dict[Place | None, set[str]]:
    """The names of the foreign keys that are dropped by themselves, by table."""
    found: dict[Place | None, set[str]] = {}
    for one in operations:
        for part in one.ops if isinstance(one, ops.ModifyTableOps) else ():
            if isinstance(part, ops.DropConstraintOp):
                found.setdefault(place_of(one), set()).add(str(part.constraint_name))
    return found


def _without_circles(operations: list[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """The operations, with foreign keys that lead in a circle dropped before the tables or added after them."""
    dropped = {place_of(one): one for one in operations if isinstance(one, ops.DropTableOp)}
    created = {place_of(one): one for one in operations if isinstance(one, ops.CreateTableOp)}
    before = [
        ops.ModifyTableOps(place[1], [_removed(place, key)], schema=place[0])
        for place, key in _circular({place: table_keys(one) for place, one in dropped.items() if place})
    ]
    after = []
    for place, key in _circular({place: table_keys(one) for place, one in created.items() if place}):
        after.append(ops.ModifyTableOps(place[1], [_added(created[place], key)], schema=place[0]))
        created[place].columns = [one for one in created[place].columns if one is not key]
    return [*before, *operations, *after]


def _removed(place: Place, key: sa.ForeignKeyConstraint) -> ops.MigrateOperation:
    """The operation that drops a key before its table goes."""
    if key.name is not None:
        return ops.DropConstraintOp.from_constraint(key)
    return DropUnnamedConstraint(place[1], key, schema=place[0])


def _added(create: ops.CreateTableOp, key: sa.ForeignKeyConstraint) -> ops.MigrateOperation:
    """The operation that adds a key to a table which was made without it."""
    keys = create.to_table().foreign_key_constraints
    same = next(one for one in keys if one.column_keys == key.column_keys and referred(one) == referred(key))
    return ops.CreateForeignKeyOp.from_constraint(same)


def _circular(
    keys: t.Mapping[Place, t.Sequence[sa.ForeignKeyConstraint]],
) -> list[tuple[Place, sa.ForeignKeyConstraint]]:
    """The keys to leave out so that the tables have an order; those with ``use_alter`` are always among them."""
    found = [(place, key) for place, several in keys.items() for key in several if key.use_alter]
    left = {
        place: {referred(key) for key in several if not key.use_alter} & set(keys) - {place}
        for place, several in keys.items()
    }
    while left:
        free = {place for place, targets in left.items() if not targets}
        if not free:
            place = min(left, key=lambda one: (len(left[one]), str(one)))
            found += [(place, key) for key in keys[place] if referred(key) in left[place] and not key.use_alter]
            free = {place}
        left = {place: targets - free for place, targets in left.items() if place not in free}
    return found


def _sorted(nodes: list[Node], is_upgrade: bool) -> list[ops.MigrateOperation]:
    """The operations by phase, but each one after those that it needs."""
    needs = _needs(nodes)
    followers: list[list[int]] = [[] for _ in nodes]
    for number, needed in enumerate(needs):
        for other in needed:
            followers[other].append(number)
    gone = {node.place for node in nodes if node.drops}
    new = {node.place for node in nodes if node.creates}
    phases = [_phase(node, gone, new, is_upgrade) for node in nodes]
    left = [len(needed) for needed in needs]
    free = [(phases[number], number) for number, count in enumerate(left) if not count]
    heapq.heapify(free)
    done: list[int] = []
    while free:
        number = heapq.heappop(free)[1]
        done.append(number)
        for other in followers[number]:
            left[other] -= 1
            if not left[other]:
                heapq.heappush(free, (phases[other], other))
    rest = sorted(set(range(len(nodes))) - set(done), key=lambda number: (phases[number], number))
    return [nodes[number].operation for number in [*done, *rest]]


def _phase(node: Node, gone: t.Container[Place | None], new: t.Container[Place | None], is_upgrade: bool) -> int:
    operation = node.operation
    own = getattr(operation, "phase", None)
    if own is not None:
        return int(own(is_upgrade) if callable(own) else own)
    if node.creates or node.drops:
        return CREATED if node.creates else DROPPED
    if not isinstance(operation, ops.ModifyTableOps):
        return CHANGED
    are_keys = all(foreign_key(one) is not None for one in operation.ops)
    if node.place in gone or (are_keys and node.leaves and not node.leads_to):
        return FREED
    if are_keys and node.leads_to:
        return KEYED
    return CREATED if node.place in new else CHANGED


def _needs(nodes: list[Node]) -> list[set[int]]:
    """For each operation the numbers of those that come before it."""
    creating = {node.place: number for number, node in enumerate(nodes) if node.creates}
    dropping = {node.place: number for number, node in enumerate(nodes) if node.drops}
    owners = {name: number for number, node in enumerate(nodes) if node.drops for name in node.names}
    needs = [set[int]() for _ in nodes]
    for number, node in enumerate(nodes):
        places = node.leads_to | ({node.place} if node.place and not node.creates and not node.drops else set())
        needs[number] |= {creating[place] for place in places if place in creating}
        for place in node.leaves:
            if place in dropping:
                needs[dropping[place]].add(number)
        if isinstance(node.operation, ops.ModifyTableOps) and node.place in dropping:
            needs[dropping[node.place]].add(number)
        if node.creates:
            needs[number] |= {owners[name] for name in node.names if name in owners}
            if node.place in dropping:
                needs[number].add(dropping[node.place])
    return [needed - {number} for number, needed in enumerate(needs)]


PART = Part("order", finish=finish)
