"""Builds views, triggers, routines and sequences from MariaDB's and MySQL's ``information_schema``."""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict

import sqlalchemy as sa

from ..model import Function, Sequence, Trigger, View
from . import mysql_queries as queries
from .mysql_queries import Catalogs, Row
from .texts import QUOTED


def read_views(catalogs: Catalogs, wanted: t.Sequence[Row]) -> t.Iterator[View]:
    """The wanted views."""
    places = {(row["sch"], row["name"]) for row in wanted}
    for row in catalogs.views():
        if (row["sch"], row["name"]) not in places:
            continue
        if not row["definition"]:
            catalogs.note("view", row, "its definition is hidden: the user may not SHOW VIEW")
        facts = {
            "algorithm": (row["algorithm"], "UNDEFINED"),
            "check option": (row["check_option"], "NONE"),
            "security": (row["security"], "DEFINER"),
        }
        yield View(
            schema=catalogs.label(row["sch"]),
            name=row["name"],
            definition=_unqualified(row["definition"] or "", row["sch"]),
            options=tuple((word, text) for word, (text, usual) in facts.items() if text and text != usual),
        )


def _unqualified(definition: str, schema: str) -> str:
    """A definition that does not name the view's own schema, so that copies in two schemas are equal."""
    prefix = "`" + schema.replace("`", "``") + "`."
    pattern = re.compile(rf"{re.escape(prefix)}(?=`)|{QUOTED.pattern}", re.DOTALL)
    return pattern.sub(lambda match: "" if match.group() == prefix else match.group(), definition)


def read_triggers(catalogs: Catalogs, tables: t.Container[tuple[str, str]]) -> t.Iterator[Trigger]:
    """The triggers on ``tables``."""
    for row in catalogs.rows(queries.TRIGGERS):
        if (row["sch"], row["tab"]) in tables and catalogs.wants("trigger", row):
            yield Trigger(
                schema=catalogs.label(row["sch"]),
                name=row["name"],
                table=row["tab"],
                definition=f"{row['timing']} {row['event']} FOR EACH ROW {row['action']}",
                options=(("place", str(row["place"])),) if int(row["place"] or 1) > 1 else (),
            )


def read_routines(catalogs: Catalogs) -> t.Iterator[Function]:
    """The functions and procedures."""
    parameters: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in catalogs.rows(queries.PARAMETERS):
        mode = "" if row["kind"] == "FUNCTION" else f"{row['mode_']} "
        text = f"{mode}{row['name']} {_type(row['type'], row['charset'])}"
        parameters[row["sch"], row["kind"], row["specific"]].append(text)
    for row in catalogs.rows(queries.ROUTINES):
        kind = row["kind"].lower()
        if not catalogs.wants(kind, row):
            continue
        if row["definition"] is None:
            catalogs.note(kind, row, "its definition is hidden: the user may not see it")
        head = ", ".join(parameters[row["sch"], row["kind"], row["specific"]])
        yield Function(
            schema=catalogs.label(row["sch"]),
            name=row["name"],
            kind=kind,
            definition=f"({head}){_traits(row)} {row['definition'] or ''}".rstrip(),
            comment=row["comment"] or None,
            options=(("security", row["security"]),) if row["security"] != "DEFINER" else (),
        )


def _traits(row: Row) -> str:
    returns = f" RETURNS {_type(row['returns'], row['charset'])}" if row["returns"] else ""
    deterministic = " DETERMINISTIC" if row["deterministic"] == "YES" else ""
    access = f" {row['access']}" if row["access"] != "CONTAINS SQL" else ""
    return returns + deterministic + access


def _type(type_: str, charset: str | None) -> str:
    """The type of an argument or a result; its character set need not be that of the database."""
    return f"{type_} CHARSET {charset}" if charset and "charset" not in type_.lower() else type_


def read_sequences(catalogs: Catalogs, wanted: t.Sequence[Row]) -> t.Iterator[Sequence]:
    """The wanted sequences, with their parameters where the user may select from them."""
    try:
        rows = catalogs.sequences(wanted)
    except sa.exc.DBAPIError as error:
        for row in wanted:
            catalogs.note("sequence", row, f"its parameters can't be read: {error.orig}")
            yield Sequence(schema=catalogs.label(row["sch"]), name=row["name"])
        return
    for row in rows:
        yield Sequence(
            schema=catalogs.label(row["sch"]),
            name=row["name"],
            start=int(row["start"]),
            increment=int(row["step"]),
            minimum=int(row["minimum"]),
            maximum=int(row["maximum"]),
            cache=int(row["cache"]),
            cycle=bool(row["cycle"]),
        )
