"""What stands in a schema beside tables (views, triggers, routines, types), as operations of a script."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import ops

from ...autogenerate.domains import ChangeDomain
from ...autogenerate.enums import ChangeEnum
from ...autogenerate.schemas import CreateSchema, DropSchema
from ...autogenerate.sequences import ChangeSequence
from ...operations import AddDefinedConstraint, DropDefinedConstraint, NamedType
from ...schema import Change, Schema
from ...schema.diff import diff
from ...schema.model import Domain, Function, Sequence, Trigger, View
from ...schema.statements import Writer, text_literal
from .wanted import is_domain, is_serial

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: The kinds that are made here.
KINDS = frozenset(("schema", "enum", "domain", "type", "sequence", "function", "trigger"))
#: What ``sa.text()`` takes for a parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)")


class Statement(ops.MigrateOperation):
    """A statement in a script."""

    def __init__(self, text: str) -> None:
        self.text = text

    def describe(self) -> list[str]:
        """What it is, in words."""
        line = " ".join(self.text.split())
        return [f"~ SQL: {line if len(line) <= 100 else f'{line[:100]}…'}"]

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("execute", self.text)


@renderers.dispatch_for(Statement)
def _render(context: AutogenContext, operation: Statement) -> str:
    text = _PARAMETER.sub(r"\\:", operation.text)
    prefix = context.opts["alembic_module_prefix"] or ""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if len(lines) == 1:
        return f"{prefix}execute({text!r})"
    # A text over several lines would be indented with the script.
    return "\n".join([f"{prefix}execute(", *(f"    {line!r}" for line in lines), ")"])


@dataclasses.dataclass
class Objects:
    """One direction: what is done before the tables change, and after.

    :param writer: writes the statements.
    :param old: what is there.
    :param new: what shall be there.
    :param found: what was found about enumeration types when the tables were compared.
    """

    writer: Writer
    old: Schema
    new: Schema
    found: tuple[ChangeEnum, ...] = ()
    before: list[ops.MigrateOperation] = dataclasses.field(default_factory=list)
    after: list[ops.MigrateOperation] = dataclasses.field(default_factory=list)
    last: list[ops.MigrateOperation] = dataclasses.field(default_factory=list)

    def plan(self) -> Objects:
        """Fill the lists."""
        changes = [one for one in diff(_others(self.old), _others(self.new)) if one.object in KINDS]
        gone = [one.before for one in changes if isinstance(one.before, Trigger)]
        made = [one.after for one in changes if isinstance(one.after, Trigger)]
        gone_views = [one for one in self.old.views if one not in self.new.views]
        made_views = [one for one in self.new.views if one not in self.old.views]
        schemas = [change for change in changes if change.object == "schema"]
        names = [(one, self.writer.quote(str(one.name))) for one in schemas]
        self._add(self.before, [f"CREATE SCHEMA IF NOT EXISTS {name}" for one, name in names if one.kind == "added"])
        self._exclusions()
        needed = self._needed_views(gone_views)
        self._drop(self.before, gone)
        self._drop(self.before, reversed(_ordered([*gone_views, *needed])))
        for change in changes:
            self._change(change)
        for change in changes:
            if isinstance(change.after, Sequence):
                self._add(self.after, self.writer.owned(change.after))
        self._create(self.after, _ordered([*made_views, *needed]))
        self._create(self.after, made)
        self._add(self.last, [f"DROP SCHEMA {name}" for one, name in names if one.kind == "removed"])
        return self

    def _exclusions(self) -> None:
        """Exclusion constraints, which are no part of a table for SQLAlchemy's reflection."""
        for table in {(one.schema, one.name): one for one in (*self.old.tables, *self.new.tables)}.values():
            old, new = (side.table(table.name, table.schema) for side in (self.old, self.new))
            head = f"ALTER TABLE {self.writer.place(table)}"
            before, after = (() if one is None else one.exclusions for one in (old, new))
            gone = [one for one in before if one not in after] if new is not None else []
            self._add(self.before, [f"{head} DROP CONSTRAINT {self.writer.quote(one.name)}" for one in gone])
            made = [one for one in after if one not in before]
            names = [(self.writer.quote(one.name), one.definition) for one in made]
            self._add(self.after, [f"{head} ADD CONSTRAINT {name} {text}" for name, text in names])

    def _change(self, change: Change) -> None:
        """What is done about something that others may need."""
        old, new = change.before, change.after
        if change.object == "enum":
            self._enum(change)
        elif isinstance(old or new, Function):
            self._function(old, new)
        elif change.object in ("domain", "type", "sequence") and new is None:
            if not (isinstance(old, Sequence) and old.owned_by):  # it went with its column
                self._drop(self.last, [old])
        elif change.object in ("domain", "type", "sequence") and old is None:
            self._create(self.before, [new])
        elif isinstance(old, Domain):
            self._add(self.before, _altered_domain(self.writer, old, new))
        elif isinstance(old, Sequence):
            text = self.writer.create(new)[0].replace("CREATE SEQUENCE", "ALTER SEQUENCE", 1)
            self._add(self.before, [text])
        elif change.object == "type":
            self._drop(self.before, [old])
            self._create(self.before, [new])

    def _enum(self, change: Change) -> None:
        old, new = change.before, change.after
        values = [None if one is None else one.values for one in (old, new)]
        if values[0] != values[1]:
            same = [one for one in self.found if (one.schema, one.name) == (change.schema, change.name)]
            is_used = any(one.is_used for one in same)
            operation = ChangeEnum(str(change.name), change.schema, values[0], values[1], is_used=is_used)
            (self.last if new is None else self.before).append(operation)

    def _function(self, old: Function | None, new: Function | None) -> None:
        is_replaced = old is not None and new is not None and _may_be_replaced(old, new)
        was_needed = old is not None and _is_needed(old, self.old)
        if old is not None and not is_replaced:
            self._drop(self.after if was_needed else self.before, [old])
        if new is not None:
            is_first = _is_needed(new, self.new) and not (was_needed and not is_replaced)
            self._create(self.before if is_first else self.after, [new])

    def _needed_views(self, gone: list[View]) -> list[View]:
        """Views that stay, and that PostgreSQL does not let stand on views that are made anew."""
        if self.writer.name != "postgresql":
            return []
        names = {one.name for one in gone}
        found: list[View] = []
        for view in _ordered([one for one in self.old.views if one in self.new.views]):
            if any(_names(name, view.definition) for name in names):
                names.add(view.name)
                found.append(view)
        return found

    def _create(self, where: list[ops.MigrateOperation], items: t.Iterable[t.Any]) -> None:
        for item in items:
            self._add(where, self.writer.create(item))

    def _drop(self, where: list[ops.MigrateOperation], items: t.Iterable[t.Any]) -> None:
        for item in items:
            self._add(where, self.writer.drop(item))

    def _add(self, where: list[ops.MigrateOperation], statements: t.Iterable[str]) -> None:
        where += [Statement(text) for text in statements]


def add_objects(
    operations: ops.OpContainer, dialect: sa.Dialect, old: Schema, new: Schema, extensions: t.Iterable[str] = ()
) -> None:
    """Put around the changes of tables in ``operations`` what leads from ``old`` to ``new`` beside them.

    :param extensions: of PostgreSQL, to make first; they stay at a downgrade, since others may use them.
    """
    rest = _without_done(operations.ops)
    known = tuple(one for one in operations.ops if isinstance(one, ChangeEnum))
    writer = Writer(dialect)
    planned = Objects(writer, old, new, known).plan()
    first = [Statement(f"CREATE EXTENSION IF NOT EXISTS {writer.quote(name)}") for name in extensions]
    for one in rest:
        _name_types(one, new)
    operations.ops[:] = [*first, *planned.before, *rest, *planned.after, *planned.last]


def _without_done(operations: t.Iterable[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """The operations without those that are planned here."""
    found = []
    for one in operations:
        if isinstance(one, ops.OpContainer):
            one.ops[:] = _without_done(one.ops)
            if not one.ops:
                continue
        if not _is_done_here(one):
            found.append(one)
    return found


def _is_done_here(operation: ops.MigrateOperation) -> bool:
    """Whether it is about a schema or a type, which other things than tables need, too, or about an exclusion."""
    if isinstance(operation, ChangeSequence):
        return not (operation.old or operation.new).owned_by  # type: ignore[union-attr]  # one of both is there
    if isinstance(operation, AddDefinedConstraint | DropDefinedConstraint):
        return operation.definition.startswith("EXCLUDE")
    return isinstance(operation, ChangeEnum | ChangeDomain | CreateSchema | DropSchema)


def _name_types(operation: ops.MigrateOperation, schema: Schema) -> None:
    """Name the types of new columns that SQLAlchemy does not know."""
    if isinstance(operation, ops.OpContainer):
        for one in operation.ops:
            _name_types(one, schema)
        return
    columns: list[t.Any] = []
    if isinstance(operation, ops.AddColumnOp):
        columns = [operation.column]
    elif isinstance(operation, ops.CreateTableOp):
        columns = [one for one in operation.columns if isinstance(one, sa.Column)]
    place = (getattr(operation, "table_name", ""), getattr(operation, "schema", None))
    table = schema.table(*place)
    domains, sequences = {one.name for one in schema.domains}, schema.sequences
    for column in columns if table is not None else ():
        known = t.cast("t.Any", table).column(column.name)
        if known is None or not known.type:
            continue
        if is_domain(column.type) or isinstance(column.type, sa.types.NullType):
            column.type = NamedType(known.type)
        if isinstance(column.type, NamedType) and known.type.rpartition(".")[2].strip('"') in domains:
            column.nullable = known.nullable  # a domain may say NOT NULL, and that is not the column's
        is_numbered = any(one.owned_by == (place[0], column.name) and not is_serial(one, schema) for one in sequences)
        if is_numbered and known.default and column.server_default is None:  # Alembic takes any such one for a SERIAL
            column.server_default = sa.DefaultClause(sa.text(known.default.replace(":", "\\:")))


def _others(schema: Schema) -> Schema:
    """``schema`` without tables and the sequences that come and go with them, and without views."""
    sequences = tuple(one for one in schema.sequences if not is_serial(one, schema))
    return dataclasses.replace(schema, tables=(), views=(), sequences=sequences)


def _ordered(views: t.Iterable[View]) -> list[View]:
    """Those first that others read."""
    rest = list({(one.schema, one.name): one for one in views}.values())
    found: list[View] = []
    while rest:
        ready = [one for one in rest if not _reads_any(one, rest)] or rest
        found += ready
        rest = [one for one in rest if one not in ready]
    return found


def _reads_any(view: View, others: t.Iterable[View]) -> bool:
    """Whether a view reads one of ``others``."""
    return any(other is not view and _names(other.name, view.definition) for other in others)


def _names(name: str, text: str) -> bool:
    """Whether ``text`` has ``name`` as a word."""
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None


def _texts_of_tables(schema: Schema) -> t.Iterator[str]:
    """The expressions in tables."""
    for table in schema.tables:
        for column in table.columns:
            yield column.default or ""
            yield column.computed.expression if column.computed else ""
        yield from (check.text for check in table.checks)
        yield from (part.expression or "" for index in table.indexes for part in index.parts)
        yield from (index.predicate or "" for index in table.indexes)
    yield from (check.text for domain in schema.domains for check in domain.checks)


def _is_needed(function: Function, schema: Schema) -> bool:
    """Whether a table has an expression with ``function``."""
    name = function.name.partition("(")[0]
    return any(_names(name, text) for text in _texts_of_tables(schema))


def _may_be_replaced(old: Function, new: Function) -> bool:
    """Whether ``CREATE OR REPLACE`` will do: PostgreSQL does not let the head change."""
    heads = [one.definition.partition("\n LANGUAGE")[0] for one in (old, new)]
    return new.definition.startswith("CREATE OR REPLACE") and old.kind == new.kind and heads[0] == heads[1]


def _altered_domain(writer: Writer, old: Domain, new: Domain) -> t.Iterator[str]:
    head = f"ALTER DOMAIN {writer.place(new)}"
    if old.default != new.default:
        yield f"{head} DROP DEFAULT" if new.default is None else f"{head} SET DEFAULT {new.default}"
    if old.nullable != new.nullable:
        yield f"{head} {'DROP' if new.nullable else 'SET'} NOT NULL"
    for check in old.checks:
        if check not in new.checks:
            yield f"{head} DROP CONSTRAINT {writer.quote(str(check.name))}"
    for check in new.checks:
        if check not in old.checks:
            yield f"{head} ADD CONSTRAINT {writer.quote(str(check.name))} CHECK ({check.text})"
    if old.comment != new.comment:
        text = "NULL" if new.comment is None else text_literal(new.comment)
        yield f"COMMENT ON DOMAIN {writer.place(new)} IS {text}"
