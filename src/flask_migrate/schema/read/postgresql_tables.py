"""Builds tables and views from the rows of PostgreSQL's catalogs."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass

from ..model import (
    Check,
    Column,
    Computed,
    Exclusion,
    ForeignKey,
    Identity,
    Index,
    IndexPart,
    Options,
    Partition,
    PrimaryKey,
    Table,
    UniqueKey,
    View,
)
from . import postgresql_queries as queries
from .postgresql_queries import Catalogs, Row
from .texts import pairs, without_parentheses

ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
MATCHES = {"f": "FULL", "p": "PARTIAL"}
STORAGES = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
DESCENDING, NULLS_FIRST = 1, 2


@dataclass(frozen=True)
class Relations:
    """The relations of the asked-for schemas and their indexes by oid, and the names that the caller excludes."""

    wanted: t.Mapping[int, Row]
    partitions: t.Mapping[int, t.Sequence[Row]]
    names: t.Mapping[int, tuple[str, str]]
    excluded: frozenset[tuple[str, str]]
    indexes: t.Mapping[int, tuple[Index, ...]]

    @classmethod
    def read(cls, catalogs: Catalogs) -> Relations:
        """Read all relations, and tell the partitions from the rest."""
        wanted: dict[int, Row] = {}
        partitions: dict[int, list[Row]] = defaultdict(list)
        excluded = set()
        found = catalogs.rows(queries.RELATIONS)
        for row in found:
            kind = "view" if row["kind"] in "vm" else "table"
            if not catalogs.wants(kind, row):
                excluded.add((row["schema"], row["name"]))
            elif row["bound"] is None:
                wanted[row["oid"]] = row
            else:
                partitions[row["parents"][0]].append(row)
        names = {row["oid"]: (row["schema"], row["name"]) for row in found}
        indexes = _indexes(catalogs.rows(queries.indexes(catalogs.number)))
        return cls(wanted, partitions, names, frozenset(excluded), indexes)

    def is_excluded(self, schema: str, name: str) -> bool:
        """Whether the caller does not want this table or view."""
        return (schema, name) in self.excluded


def read_tables(catalogs: Catalogs, relations: Relations) -> t.Iterator[Table]:
    """The tables, with all that belongs to them."""
    columns = _by_relation(catalogs.rows(queries.COLUMNS))
    constraints = _by_relation(catalogs.rows(queries.constraints(catalogs.number)))
    for oid, row in relations.wanted.items():
        if row["kind"] in "vm":
            continue
        by_kind: dict[str, list[Row]] = defaultdict(list)
        for constraint in constraints[oid]:
            by_kind[constraint["kind"]].append(constraint)
        yield Table(
            schema=catalogs.label(row["schema"]),
            name=row["name"],
            kind="foreign table" if row["kind"] == "f" else "table",
            comment=row["comment"],
            options=_table_options(row, relations),
            columns=tuple(_column(column) for column in columns[oid]),
            primary_key=next((_primary_key(key) for key in by_kind["p"]), None),
            foreign_keys=tuple(sorted(_foreign_key(key, catalogs) for key in by_kind["f"])),
            unique_keys=tuple(sorted(_unique_key(key) for key in by_kind["u"])),
            checks=tuple(sorted(_check(check) for check in by_kind["c"])),
            exclusions=tuple(sorted(_exclusion(exclusion) for exclusion in by_kind["x"])),
            indexes=relations.indexes[oid],
            partition_by=row["partition_by"],
            partitions=tuple(sorted(_partitions(oid, catalogs, relations))),
        )


def read_views(catalogs: Catalogs, relations: Relations) -> t.Iterator[View]:
    """The views and materialized views."""
    definitions = {row["oid"]: row["definition"] for row in catalogs.rows(queries.VIEWS)}
    for oid, row in relations.wanted.items():
        if row["kind"] in "vm":
            yield View(
                schema=catalogs.label(row["schema"]),
                name=row["name"],
                comment=row["comment"],
                options=tuple(sorted(pairs(row["options"]) + _place(row))),
                definition=definitions[oid].strip().removesuffix(";"),
                materialized=row["kind"] == "m",
                indexes=relations.indexes[oid],
            )


def _indexes(rows: t.Iterable[Row]) -> t.Mapping[int, tuple[Index, ...]]:
    """The indexes by relation, from a row for each part."""
    parts: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        parts[row["relation"], row["name"]].append(row)
    found: dict[int, list[Index]] = defaultdict(list)
    for (relation, _), part in parts.items():
        found[relation].append(_index(part))
    return defaultdict(tuple, {relation: tuple(sorted(group)) for relation, group in found.items()})


def _by_relation(rows: t.Iterable[Row]) -> t.Mapping[int, t.Sequence[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["relation"]].append(row)
    return found


def _table_options(row: Row, relations: Relations) -> Options:
    parents = (relations.names.get(parent, (None, "")) for parent in row["parents"])
    inherited = (name if schema == row["schema"] else f"{schema}.{name}" for schema, name in parents if schema)
    facts = {
        "persistence": "unlogged" if row["persistence"] == "u" else None,
        "method": row["method"] if row["method"] != "heap" else None,
        "row security": "enabled" if row["row_security"] else None,
        "row security of the owner": "forced" if row["forced_row_security"] else None,
        "of type": row["of_type"],
        "inherits": ", ".join(inherited),
        "server": row["server"],
        "server options": ", ".join(row["server_options"] or ()),
    }
    options = tuple((word, text) for word, text in facts.items() if text)
    return tuple(sorted(options + pairs(row["options"]) + _place(row)))


def _place(row: Row) -> Options:
    return (("tablespace", row["tablespace"]),) if row["tablespace"] else ()


def _column(row: Row) -> Column:
    generated = row["generated"].strip("\x00 ")
    default = row["default_"]
    storage = (("storage", STORAGES[row["storage"]]),) if row["storage"] else ()
    return Column(
        name=row["name"],
        type=row["type"],
        nullable=not row["not_null"],
        default=None if generated else default,
        identity=_identity(row),
        computed=Computed(expression=without_parentheses(default), stored=generated == "s") if generated else None,
        collation=row["collation"],
        comment=row["comment"],
        options=tuple(sorted(pairs(row["options"]) + storage)),
    )


def _identity(row: Row) -> Identity | None:
    if row["seqstart"] is None:
        return None
    return Identity(
        always=row["identity"] == "a",
        start=row["seqstart"],
        increment=row["seqincrement"],
        minimum=row["seqmin"],
        maximum=row["seqmax"],
        cache=row["seqcache"],
        cycle=row["seqcycle"],
    )


def _constraint_options(row: Row) -> Options:
    facts = {
        "validated": None if row["validated"] else "no",
        "enforced": None if row["enforced"] else "no",
        "inherited": "no" if row["no_inherit"] else None,
        "period": "yes" if row["period"] else None,
        "deferrable": _deferral(row) if row["kind"] in "pux" else None,
        "on delete only": ", ".join(row["set_columns"] or ()),
    }
    options = tuple((word, text) for word, text in facts.items() if text)
    return tuple(sorted(options + pairs(row["options"]) + _place(row)))


def _deferral(row: Row) -> str | None:
    if not row["deferrable"]:
        return None
    return "initially deferred" if row["deferred"] else "initially immediate"


def _primary_key(row: Row) -> PrimaryKey:
    return PrimaryKey(
        name=row["name"],
        columns=tuple(row["columns"]),
        include=tuple(row["include"]),
        comment=row["comment"],
        options=_constraint_options(row),
    )


def _unique_key(row: Row) -> UniqueKey:
    return UniqueKey(
        name=row["name"],
        columns=tuple(row["columns"]),
        include=tuple(row["include"]),
        nulls_distinct=not row["nulls_not_distinct"],
        comment=row["comment"],
        options=_constraint_options(row),
    )


def _foreign_key(row: Row, catalogs: Catalogs) -> ForeignKey:
    return ForeignKey(
        name=row["name"],
        columns=tuple(row["columns"]),
        referred_schema=catalogs.label(row["referred_schema"]),
        referred_table=row["referred_table"],
        referred_columns=tuple(row["referred_columns"]),
        on_delete=ACTIONS.get(row["on_delete"]),
        on_update=ACTIONS.get(row["on_update"]),
        match=MATCHES.get(row["match"]),
        deferrable=row["deferrable"],
        initially_deferred=row["deferred"],
        comment=row["comment"],
        options=_constraint_options(row),
    )


def _check(row: Row) -> Check:
    text = without_parentheses(row["condition"])
    return Check(name=row["name"], text=text, comment=row["comment"], options=_constraint_options(row))


def _exclusion(row: Row) -> Exclusion:
    return Exclusion(
        name=row["name"],
        definition=row["definition"],
        comment=row["comment"],
        options=_constraint_options(row),
    )


def _index(rows: t.Sequence[Row]) -> Index:
    first = rows[0]
    validity = () if first["valid"] else (("valid", "no"),)
    predicate = first["predicate"]
    return Index(
        name=first["name"],
        parts=tuple(_index_part(row) for row in rows if row["is_key"]),
        unique=first["is_unique"],
        method=None if first["method"] == "btree" else first["method"],
        include=tuple(row["column_name"] for row in rows if not row["is_key"]),
        predicate=None if predicate is None else without_parentheses(predicate),
        nulls_distinct=not first["nulls_not_distinct"],
        comment=first["comment"],
        options=tuple(sorted(validity + pairs(first["options"]) + _place(first))),
    )


def _index_part(row: Row) -> IndexPart:
    descending, nulls_first = bool(row["flags"] & DESCENDING), bool(row["flags"] & NULLS_FIRST)
    arguments = f" ({', '.join(row['part_options'])})" if row["part_options"] else ""
    opclass = (row["opclass"] or "") + arguments
    return IndexPart(
        column=row["column_name"],
        expression=None if row["column_name"] else without_parentheses(row["expression"]),
        descending=descending,
        nulls_first=None if nulls_first == descending else nulls_first,
        collation=row["collation"],
        opclass=opclass.strip() or None,
    )


def _partitions(oid: int, catalogs: Catalogs, relations: Relations, parent: str | None = None) -> t.Iterator[Partition]:
    """The partitions of a table, and those of its partitions."""
    for row in relations.partitions.get(oid, ()):
        yield Partition(
            schema=catalogs.label(row["schema"]),
            name=row["name"],
            bound=row["bound"],
            partition_by=row["partition_by"],
            parent=parent,
            comment=row["comment"],
        )
        yield from _partitions(row["oid"], catalogs, relations, row["name"])
