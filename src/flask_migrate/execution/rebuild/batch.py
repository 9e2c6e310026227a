"""Alembic's table rebuilds (``batch_alter_table``), made complete.

Alembic makes the new table from what SQLAlchemy reads of the old one, which lacks CHECKs without a name,
``ON DELETE`` where the statement is written on one line, collations, ``AUTOINCREMENT``, expressions of generated
columns, conflict clauses and the spelling of types. All of it stands in the text of the old table.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t
import warnings

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from ...operations.requests import take
from ...schema.model import Check, ForeignKey
from ...schema.read.sqlite_sql import Declared
from ...schema.read.sqlite_tokens import NotUnderstood, tokenize
from ..statements import raw
from .names import names_read, read_declared
from .texts import folded, names_in, normal, quoted, rename
from .wanted import add, forget, replace, set_primary_key

if t.TYPE_CHECKING:
    from alembic.ddl.impl import DefaultImpl

SQLITE = sqlite.dialect()
#: Types that can't be spelled, or make a constraint.
NO_TEXT = (sa.types.NullType, sa.types.SchemaType)


@dataclasses.dataclass
class Rebuilt:
    """One table that a batch operation makes anew.

    :param expected: what the text of the new table has to say, beside what the script asks for.
    :param renamed: new names of columns by their old ones (folded).
    :param gone: columns that are dropped (folded).
    :param indexes: indexes that the script drops or makes itself (folded).
    """

    schema: str | None
    table: str
    expected: Declared
    renamed: dict[str, str]
    gone: set[str]
    indexes: set[str]


class Spelled(sa.types.UserDefinedType[t.Any]):
    """A type as it was spelled when the table was made."""

    cache_ok = True

    def __init__(self, text: str) -> None:
        self.text = text

    def get_col_spec(self, **_: t.Any) -> str:
        """The spelling."""
        return self.text


@contextlib.contextmanager
def complete_batches(
    impl: DefaultImpl, connection: sa.Connection, found: t.Callable[[Rebuilt], None]
) -> t.Iterator[None]:
    """Within this block, every table that a batch operation makes anew has all that the old one has.

    :param found: told of each one, before it is made.
    """

    def prepare(batch: t.Any, table: sa.Table) -> None:
        try:
            declared = read_declared(connection, table.schema, table.name)
        except NotUnderstood:
            declared = Declared(columns=[column.name for column in table.columns])
        wanted = take(impl, table.schema, table.name)
        forget(batch, declared, wanted.dropped)
        for name, column in wanted.replaced.items():
            replace(batch, declared, name, column)
        if wanted.primary_key is not None:
            set_primary_key(batch.new_table, wanted.primary_key)
        completion = Completion(batch, declared, connection)
        if batch.reflected:  # else the script says itself, with copy_from, what the table is
            completion.complete(wanted.options)
        for one in wanted.added:
            add(completion.new, one)
        found(completion.rebuilt())

    # An attribute of the instance: the hook belongs to this one run.
    setattr(impl, "prep_table_for_batch", prepare)  # noqa: B010  # mypy lets no method be assigned
    setattr(impl, "cast_for_batch_migrate", _keep_values)  # noqa: B010  # as above
    try:
        with warnings.catch_warnings(), names_read(connection.dialect):
            warnings.filterwarnings("ignore", "Unnamed CHECK constraint on reflected table")
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
            warnings.filterwarnings("ignore", "Did not recognize type")
            yield
    finally:
        delattr(impl, "prep_table_for_batch")
        delattr(impl, "cast_for_batch_migrate")


def _keep_values(existing: t.Any, transfer: t.Any, new_type: t.Any) -> None:
    """Copy the values as they are: the new column converts what it can, and ``CAST`` makes 2020 of a date.

    A type that is given anew without a change can only mean that the column is to have no collation any more.
    """
    texts = [one.compile(dialect=SQLITE) for one in (existing.type, new_type) if not isinstance(one, NO_TEXT)]
    if len(texts) == 2 and texts[0] == texts[1]:
        transfer["flask_migrate_uncollated"] = True


class Completion:
    """Adds to a new table what the old one has.

    :param batch: Alembic's ``ApplyBatchImpl``, just before it makes the new table.
    :param declared: the old table.
    """

    def __init__(self, batch: t.Any, declared: Declared, connection: sa.Connection) -> None:
        self.batch = batch
        self.declared = declared
        self.connection = connection
        self.new: sa.Table = batch.new_table
        self.columns: dict[str, sa.Column[t.Any]] = {folded(name): column for name, column in batch.columns.items()}
        self.gone = {folded(name) for name in declared.columns} - set(self.columns)
        self.renamed = {name: column.name for name, column in self.columns.items() if folded(column.name) != name}
        self.expected = Declared()
        kept = [*batch.named_constraints.values(), *batch.unnamed_constraints]
        reflected = batch.table.constraints
        self.dropped = [one for one in reflected if not any(one is other for other in kept)]
        self.added = [one for one in kept if not any(one is other for other in reflected)]

    def complete(self, wanted: t.Mapping[str, bool]) -> None:
        """Add everything.

        :param wanted: options of the table that the script says.
        """
        expected = self.expected
        self._types(expected)
        self._computed(expected)
        self._checks(expected)
        self._foreign_keys(expected)
        self._unique_keys(expected)
        self._options(expected, wanted)

    def rebuilt(self) -> Rebuilt:
        """What becomes of the table."""
        batch = self.batch
        dropped = {str(index.name) for index in batch.table.indexes} - set(batch.indexes)
        indexes = {folded(name) for name in (*dropped, *batch.new_indexes)}
        return Rebuilt(batch.table.schema, batch.table.name, self.expected, self.renamed, self.gone, indexes)

    def _text(self, text: str) -> str:
        """A piece of SQL with the columns' new names."""
        return rename(text, self.renamed)

    def _name(self, column: str) -> str:
        return self.renamed.get(folded(column), column)

    def _is_gone(self, columns: t.Iterable[str]) -> bool:
        return any(folded(name) in self.gone for name in columns)

    def _is_retyped(self, column: str) -> bool:
        old, new = self.batch.table.c[column].type, self.columns[folded(column)].type
        return old is not new and self._compiled(old) != self._compiled(new)

    def _compiled(self, type_: sa.types.TypeEngine[t.Any]) -> str:
        if isinstance(type_, sa.types.NullType):
            return ""  # SQLite takes a column without a type; SQLAlchemy has no word for it
        return type_.compile(dialect=self.connection.dialect)

    def _types(self, expected: Declared) -> None:
        """Types in their spelling, and collations, which belong to the type for SQLAlchemy."""
        spelled = self._spelled_types()
        for old in self.batch.table.columns:
            name, column = folded(old.name), self.columns.get(folded(old.name))
            if column is None or isinstance(column.type, sa.types.SchemaType):
                continue
            is_uncollated = "flask_migrate_uncollated" in self.batch.column_transfers[old.name]
            collation = None if is_uncollated else self.declared.collations.get(old.name)
            given = getattr(column.type, "collation", None)
            text = self._compiled(column.type)
            is_given = column.type is not old.type and text.upper() != spelled.get(name, "").upper()
            if spelled.get(name) and not self._is_retyped(old.name) and not is_given:
                text = spelled[name]
            if collation and not given:
                text = f"{text} COLLATE {quoted(collation)}"
                expected.collations[column.name] = collation
            if text.upper() != self._compiled(column.type).upper() or isinstance(column.type, sa.types.NullType):
                column.type = Spelled(text)

    def _spelled_types(self) -> dict[str, str]:
        schema = quoted(self.batch.table.schema or "main")
        rows = raw(self.connection, f"PRAGMA {schema}.table_xinfo({quoted(self.batch.table.name)})")
        # Releases before 3.41 take GENERATED ALWAYS for a part of the type.
        return {folded(row[1]): re.sub(r"(?i)\s*generated always$", "", row[2]) for row in rows}

    def _computed(self, expected: Declared) -> None:
        for name, computed in self.declared.computed.items():
            column = self.columns.get(folded(name))
            if column is None or column.computed is None:
                continue
            column.computed.sqltext = sa.literal_column(self._text(computed.expression))
            column.computed.persisted = computed.stored
            self.batch.column_transfers[name].pop("expr", None)  # nothing can be inserted into it
            expected.computed[column.name] = computed

    def _checks(self, expected: Declared) -> None:
        if any(isinstance(argument, sa.CheckConstraint) for argument in self.batch.table_args):
            return  # the script repeats them itself
        for one in [one for one in self.new.constraints if self._is_reflected_check(one)]:
            self.new.constraints.discard(one)
        dropped = {folded(str(one.name)) for one in self.dropped if one.name}
        taken = {folded(str(one.name)) for one in self.added if one.name}
        for check in self.declared.checks:
            if check.name and folded(check.name) in (dropped | taken):
                continue
            if not check.name and self._is_bound_to_old_type(check):
                continue
            if names_in(check.text) & self.gone:
                continue
            self._add_check(check, expected)

    def _is_reflected_check(self, one: sa.Constraint) -> bool:
        """Whether a constraint of the new table was read from the old one, whose text is read better here."""
        names = {str(other.name) for other in self.batch.table.constraints if isinstance(other, sa.CheckConstraint)}
        added = {str(other.name) for other in self.added}
        return isinstance(one, sa.CheckConstraint) and bool(one.name) and str(one.name) in names - added

    def _add_check(self, check: Check, expected: Declared) -> None:
        text = self._text(check.text)
        there = [one for one in self.new.constraints if isinstance(one, sa.CheckConstraint)]
        if not any(self._check_text(one) == normal(text) for one in there):
            one = sa.CheckConstraint(sa.literal_column(text), name=check.name)
            _set_on_conflict(one, check.options)
            self.new.append_constraint(one)
        expected.checks.append(dataclasses.replace(check, text=text))

    def _check_text(self, one: sa.CheckConstraint) -> str:
        return normal(str(one.sqltext.compile(dialect=self.connection.dialect, compile_kwargs={"literal_binds": True})))

    def _is_bound_to_old_type(self, check: Check) -> bool:
        """Whether a CHECK lists the values of a Boolean or Enum, and the script gives the column another type."""
        tokens = tokenize(check.text)
        if len(tokens) < 4 or tokens[1].keyword != "IN" or tokens[0].kind not in ("word", "quoted"):
            return False
        name = folded(tokens[0].name)
        old = next((column for column in self.batch.table.columns if folded(column.name) == name), None)
        if old is None or name not in self.columns or not self._is_retyped(old.name):
            return False
        is_new = isinstance(self.columns[name].type, sa.types.SchemaType)
        return is_new or isinstance(old.type, sa.Boolean)

    def _foreign_keys(self, expected: Declared) -> None:
        for key in self.declared.foreign_keys:
            if self._is_gone(key.columns) or any(_is_key(one, key) for one in (*self.dropped, *self.added)):
                continue
            for one in self.new.foreign_key_constraints:
                if _is_key(one, key):
                    one.ondelete, one.onupdate, one.match = key.on_delete, key.on_update, key.match
                    one.deferrable = key.deferrable or None
                    one.initially = "DEFERRED" if key.initially_deferred else None
            columns = tuple(self._name(name) for name in key.columns)
            expected.foreign_keys.append(dataclasses.replace(key, columns=columns))

    def _unique_keys(self, expected: Declared) -> None:
        there = {_folded_columns(one): one for one in self.new.constraints if isinstance(one, sa.UniqueConstraint)}
        dropped = {_folded_columns(one) for one in self.dropped if isinstance(one, sa.UniqueConstraint)}
        for key in self.declared.unique_keys:
            columns = frozenset(folded(name) for name in key.columns)
            if columns & self.gone or columns in dropped:
                continue
            if columns not in there:
                members = [self.columns[folded(name)] for name in key.columns]
                there[columns] = sa.UniqueConstraint(*members, name=key.name)
                self.new.append_constraint(there[columns])
            _set_on_conflict(there[columns], key.options)
            names = tuple(self._name(name) for name in key.columns)
            expected.unique_keys.append(dataclasses.replace(key, columns=names))

    def _options(self, expected: Declared, wanted: t.Mapping[str, bool]) -> None:
        for name, conflict in self.declared.conflicts.items():
            column = self.columns.get(folded(name))
            if column is not None and not column.nullable:
                column.dialect_options["sqlite"]["on_conflict_not_null"] = conflict
        options = self.new.dialect_options["sqlite"]
        options["with_rowid"] = wanted.get("with_rowid", ("rowid", "without") not in self.declared.options)
        options["strict"] = wanted.get("strict", ("strict", "yes") in self.declared.options)
        facts = {("rowid", "without"): not options["with_rowid"], ("strict", "yes"): options["strict"]}
        expected.options = [pair for pair, is_so in facts.items() if is_so]
        key = self.declared.primary_key
        own = [folded(column.key) for column in self.new.primary_key.columns]
        is_same = key is not None and own == [folded(name) for name in key.columns]
        if key is not None and is_same:
            _set_on_conflict(self.new.primary_key, key.options)
        if wanted.get("autoincrement", key is not None and self.declared.autoincrement and is_same) and len(own) == 1:
            options["autoincrement"] = expected.autoincrement = True


def _folded_columns(one: sa.UniqueConstraint) -> frozenset[str]:
    """The columns by their keys, which are the old names."""
    return frozenset(folded(column.key) for column in one.columns)


def _is_key(one: sa.Constraint, key: ForeignKey) -> bool:
    if not isinstance(one, sa.ForeignKeyConstraint):
        return False
    if [folded(name) for name in one.column_keys] != [folded(name) for name in key.columns]:
        return False
    targets = [folded(element.target_fullname).rpartition(".")[0] for element in one.elements]
    return all(target.endswith(folded(key.referred_table)) for target in targets)


def _set_on_conflict(one: sa.Constraint, options: t.Iterable[tuple[str, str]]) -> None:
    for word, text in options:
        if word == "on conflict":
            one.dialect_options["sqlite"]["on_conflict"] = text
