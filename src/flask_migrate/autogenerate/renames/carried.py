"""Names that the server made from those of a table and its columns, and that change along with them.

On PostgreSQL a table that is renamed keeps ``user_pkey`` and ``user_id_seq``; ``create_all()`` would make
``account_pkey``. MariaDB calls the index of a key without a name after its first column.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...operations.names import generated_name
from .model import Place, Renames

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

NEXTVAL = re.compile(r"""^nextval\('(?:.*\.)?"?(?P<name>[^'."]+)"?'::regclass\)$""")


@dataclasses.dataclass(frozen=True)
class Carried:
    """One name that changes.

    :param kind: ``"constraint"``, ``"index"`` or ``"sequence"``.
    :param place: the old place of its table.
    :param now: the new place of the table.
    """

    kind: str
    place: Place
    now: Place
    old: str
    new: str


def names(context: AutogenContext, renames: Renames) -> list[Carried]:
    """All such names of the tables that something was renamed in."""
    find = {"postgresql": _on_postgresql, "mysql": _on_mysql, "mariadb": _on_mysql}.get(context.dialect.name)
    places = {*renames.tables, *renames.columns}
    return [one for place in sorted(places, key=str) for one in find(context, renames, place)] if find else []


def _on_mysql(context: AutogenContext, renames: Renames, place: Place) -> t.Iterator[Carried]:
    columns, now = renames.columns.get(place, {}), renames.new_place(place)
    indexes = {one["name"]: one for one in context.inspector.get_indexes(place[1], schema=place[0])}
    for old, new in columns.items():
        index = indexes.get(old)
        if index is not None and index["column_names"][0] == old and new not in indexes:
            yield Carried("index", place, now, old, new)


def _on_postgresql(context: AutogenContext, renames: Renames, place: Place) -> t.Iterator[Carried]:
    now = renames.new_place(place)
    for name, kind, columns, label in _parts(context, place):
        if name == generated_name(place[1], "_".join(columns), label):
            new = generated_name(now[1], "_".join(renames.column(place, column) for column in columns), label)
            if new != name:
                yield Carried(kind, place, now, name, new)


def _parts(context: AutogenContext, place: Place) -> t.Iterator[tuple[t.Any, str, list[str], str]]:
    """What has a name that may be made: the name, what it is, the columns in it and its ending."""
    inspector, (schema, table) = context.inspector, place
    columns = inspector.get_columns(table, schema=schema)
    yield inspector.get_pk_constraint(table, schema=schema)["name"], "constraint", [], "pkey"
    for unique in inspector.get_unique_constraints(table, schema=schema):
        yield unique["name"], "constraint", unique["column_names"], "key"
    for key in inspector.get_foreign_keys(table, schema=schema):
        yield key["name"], "constraint", key["constrained_columns"], "fkey"
    for check in inspector.get_check_constraints(table, schema=schema):
        yield check["name"], "constraint", [], "check"
        yield from ((check["name"], "constraint", [column["name"]], "check") for column in columns)
    for column in columns:
        default = NEXTVAL.match(column.get("default") or "")
        if column.get("identity"):
            yield generated_name(table, column["name"], "seq"), "sequence", [column["name"]], "seq"
        elif default is not None:
            yield default["name"], "sequence", [column["name"]], "seq"
