"""Builds types, triggers and routines from the rows of PostgreSQL's catalogs."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from ..model import Check, Domain, Enum, Function, NamedType, Sequence, Trigger
from . import postgresql_queries as queries
from .postgresql_queries import Catalogs, Row
from .postgresql_tables import Relations
from .texts import without_parentheses

Rows = t.Sequence[Row]
ENABLED = {"D": "no", "R": "on replicas", "A": "always"}
ROUTINES = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}


def read_sequences(catalogs: Catalogs, relations: Relations) -> t.Iterator[Sequence]:
    """The sequences that are no column's identity; one goes with the table that owns it."""
    for row in catalogs.wanted("sequence", queries.SEQUENCES):
        owner = (row["owner_table"], row["owner_column"]) if row["owner_table"] else ()
        if owner and relations.is_excluded(row["owner_schema"], row["owner_table"]):
            continue
        yield Sequence(
            schema=catalogs.label(row["schema"]),
            name=row["name"],
            type=row["type"],
            start=row["start"],
            increment=row["increment"],
            minimum=row["minimum"],
            maximum=row["maximum"],
            cache=row["cache"],
            cycle=row["cycle"],
            owned_by=owner,
            comment=row["comment"],
            options=(("persistence", "unlogged"),) if row["unlogged"] else (),
        )


def read_enums(catalogs: Catalogs, types: Rows) -> t.Iterator[Enum]:
    """The enumeration types among ``types``."""
    for row in types:
        if row["kind"] == "e" and catalogs.wants("enum", row):
            schema, values = catalogs.label(row["schema"]), tuple(row["labels"])
            yield Enum(schema=schema, name=row["name"], values=values, comment=row["comment"])


def read_domains(catalogs: Catalogs, types: Rows) -> t.Iterator[Domain]:
    """The domains among ``types``."""
    checks: dict[int, list[Check]] = defaultdict(list)
    has_domains = any(row["kind"] == "d" for row in types)
    for row in catalogs.rows(queries.DOMAIN_CHECKS) if has_domains else ():
        options = () if row["validated"] else (("validated", "no"),)
        text = without_parentheses(row["condition"])
        checks[row["oid"]].append(Check(name=row["name"], text=text, options=options))
    for row in types:
        if row["kind"] == "d" and catalogs.wants("domain", row):
            yield Domain(
                schema=catalogs.label(row["schema"]),
                name=row["name"],
                type=row["base"],
                nullable=not row["not_null"],
                default=row["default_"],
                collation=row["collation"],
                checks=tuple(sorted(checks[row["oid"]])),
                comment=row["comment"],
            )


def read_named_types(catalogs: Catalogs, types: Rows) -> t.Iterator[NamedType]:
    """The composite and range types among ``types``."""
    for row in types:
        kind = {"c": "composite", "r": "range"}.get(row["kind"])
        if kind is None or not catalogs.wants("type", row):
            continue
        definition = f"({row['fields'] or ''})" if kind == "composite" else f"(SUBTYPE = {row['subtype']})"
        schema = catalogs.label(row["schema"])
        yield NamedType(schema=schema, name=row["name"], kind=kind, definition=definition, comment=row["comment"])


def read_triggers(catalogs: Catalogs, relations: Relations) -> t.Iterator[Trigger]:
    """The triggers on tables and views that are read."""
    for row in catalogs.wanted("trigger", queries.TRIGGERS):
        if relations.is_excluded(row["schema"], row["table"]):
            continue
        enabled = ENABLED.get(row["enabled"])
        yield Trigger(
            schema=catalogs.label(row["schema"]),
            name=row["name"],
            table=row["table"],
            definition=row["definition"],
            comment=row["comment"],
            options=(("enabled", enabled),) if enabled else (),
        )


def read_functions(catalogs: Catalogs) -> t.Iterator[Function]:
    """The routines; their names carry the argument types, since names alone may be overloaded."""
    for row in catalogs.wanted("function", queries.FUNCTIONS):
        yield Function(
            schema=catalogs.label(row["schema"]),
            name=f"{row['name']}({row['arguments']})",
            kind=ROUTINES[row["kind"]],
            definition=_unqualified(row["definition"], row["quoted_schema"]),
            comment=row["comment"],
        )


def _unqualified(definition: str, schema: str) -> str:
    """A definition whose head names no schema, so that copies in two schemas are equal; the body stays."""
    for head in ("CREATE OR REPLACE FUNCTION ", "CREATE OR REPLACE PROCEDURE "):
        if definition.startswith(f"{head}{schema}."):
            return head + definition.removeprefix(f"{head}{schema}.")
    return definition
