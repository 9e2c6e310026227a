"""What a database holds, as frozen values.

Texts (types, defaults, predicates, definitions) are the engine's own. The schema ``None`` is the default
schema of the connection that was read; collections are sorted, columns stand in their order in the table.
``options`` are pairs of words for what only one engine knows.

Not part of a schema: grants, owners, row policies, rewrite rules, collations, operators, casts, text search
configurations, publications, statistics objects, events, and everything that belongs to an extension.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .values import Value

Options = tuple[tuple[str, str], ...]
#: The layout of ``Schema.to_dict``; a stored schema of another layout is refused.
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Note(Value):
    """Something that was skipped or could not be read whole, and why.

    .. versionadded:: 5.0
    """

    kind: str
    schema: str | None = None
    name: str
    reason: str

    def sort_key(self) -> tuple[str, ...]:
        return (self.kind, self.schema or "", self.name)


@dataclass(frozen=True, kw_only=True)
class Part(Value):
    """Something that belongs to a table or a type; most parts have a name."""

    comment: str | None = None
    options: Options = ()

    def sort_key(self) -> tuple[str, ...]:
        return (getattr(self, "name", None) or "",)


@dataclass(frozen=True, kw_only=True)
class Object(Value):
    """Something that stands in a schema by itself."""

    schema: str | None = None
    name: str
    comment: str | None = None
    options: Options = ()

    def sort_key(self) -> tuple[str, ...]:
        return (self.schema or "", self.name)


@dataclass(frozen=True, kw_only=True)
class Identity(Value):
    """How a column numbers its rows, and the parameters of the sequence behind it."""

    always: bool
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool = False


@dataclass(frozen=True, kw_only=True)
class Computed(Value):
    """The expression of a generated column."""

    expression: str
    stored: bool = False


@dataclass(frozen=True, kw_only=True)
class Column(Part):
    """A column. ``autoincrement`` is SQLite's and MariaDB's word; PostgreSQL has ``identity`` or a sequence.

    ``collation`` is None when it is the one that the type or the table gives anyway; MariaDB's names the character
    set, too.

    .. versionadded:: 5.0
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    on_update: str | None = None
    autoincrement: bool = False
    identity: Identity | None = None
    computed: Computed | None = None
    collation: str | None = None


@dataclass(frozen=True, kw_only=True)
class PrimaryKey(Part):
    """The primary key; ``name`` is None where the engine has none."""

    name: str | None = None
    columns: tuple[str, ...]
    include: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UniqueKey(Part):
    """A unique constraint over plain columns; where an expression or a prefix is unique, it is an index."""

    name: str | None = None
    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    nulls_distinct: bool = True

    def sort_key(self) -> tuple[str, ...]:
        return (self.name or "", *self.columns)


@dataclass(frozen=True, kw_only=True)
class ForeignKey(Part):
    """A foreign key. An action is None where nothing, or ``NO ACTION``, is declared."""

    name: str | None = None
    columns: tuple[str, ...]
    referred_schema: str | None = None
    referred_table: str
    referred_columns: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    match: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False

    def sort_key(self) -> tuple[str, ...]:
        return (self.name or "", *self.columns, self.referred_table, *self.referred_columns)


@dataclass(frozen=True, kw_only=True)
class Check(Part):
    """A check; ``text`` is the condition without ``CHECK`` and the parentheses around it."""

    name: str | None = None
    text: str

    def sort_key(self) -> tuple[str, ...]:
        return (self.name or "", self.text)


@dataclass(frozen=True, kw_only=True)
class Exclusion(Part):
    """An exclusion constraint of PostgreSQL, by its definition."""

    name: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class IndexPart(Value):
    """One column or expression of an index; exactly one of the two is set."""

    column: str | None = None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    collation: str | None = None
    opclass: str | None = None
    length: int | None = None


@dataclass(frozen=True, kw_only=True)
class Index(Part):
    """An index that is not the inside of a key; a part's ``nulls_first`` is None where its order says it."""

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    method: str | None = None
    include: tuple[str, ...] = ()
    predicate: str | None = None
    nulls_distinct: bool = True


@dataclass(frozen=True, kw_only=True)
class Partition(Object):
    """One partition of a table: the rows that it takes, and how it is split again."""

    bound: str | None = None
    partition_by: str | None = None
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table(Object):
    """A table. ``kind`` is "table", "foreign table", "virtual table" or "system versioned table".

    .. versionadded:: 5.0
    """

    kind: str = "table"
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    unique_keys: tuple[UniqueKey, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    indexes: tuple[Index, ...] = ()
    partition_by: str | None = None
    partitions: tuple[Partition, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column called ``name``, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, kw_only=True)
class View(Object):
    """A view, by the query that the engine keeps."""

    definition: str
    materialized: bool = False
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trigger(Object):
    """A trigger on a table or view, by its definition (timing, event, action)."""

    table: str
    definition: str

    def sort_key(self) -> tuple[str, ...]:
        return (self.schema or "", self.table, self.name)


@dataclass(frozen=True, kw_only=True)
class Function(Object):
    """A routine, by its definition; ``name`` has the argument types where the engine overloads."""

    kind: str = "function"
    definition: str


@dataclass(frozen=True, kw_only=True)
class Sequence(Object):
    """A sequence; ``owned_by`` is the table and the column that it goes with."""

    type: str = ""
    start: int = 1
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cache: int | None = None
    cycle: bool = False
    owned_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enum(Object):
    """An enumeration type and its values in their order."""

    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Domain(Object):
    """A type with conditions on another type."""

    type: str
    nullable: bool = True
    default: str | None = None
    collation: str | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NamedType(Object):
    """A composite or range type, by its definition."""

    kind: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class Schema(Value):
    """Everything that was read from one database.

    ``schemas`` are the named schemas that were asked for and exist. ``version`` (of the server) and ``notes``
    do not count when two schemas are compared.

    .. versionadded:: 5.0
    """

    dialect: str
    version: str = field(default="", compare=False)
    schemas: tuple[str | None, ...] = ()
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    functions: tuple[Function, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    enums: tuple[Enum, ...] = ()
    domains: tuple[Domain, ...] = ()
    types: tuple[NamedType, ...] = ()
    notes: tuple[Note, ...] = field(default=(), compare=False)

    def table(self, name: str, schema: str | None = None) -> Table | None:
        """The table called ``name`` in ``schema``, or None."""
        found = (table for table in self.tables if (table.schema, table.name) == (schema, name))
        return next(found, None)

    def to_dict(self) -> dict[str, t.Any]:
        """This schema as JSON-ready values, with the number of the layout."""
        return {"format": FORMAT, **super().to_dict()}

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Schema:
        """The schema that ``to_dict`` wrote.

        :raises ValueError: the layout is another one, or this is no schema.
        """
        fields = dict(data)
        layout = fields.pop("format", None)
        if layout != FORMAT:
            raise ValueError(f"This schema has the layout {layout!r}, and {FORMAT} is known.")
        return super().from_dict(fields)
