"""What a database is made of, as a value that can be compared."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

from tests.scripts import RECORDS

#: What the inspector tells about a table, and the keys by which the entries are put in order.
ASPECTS = (
    ("columns", ("name",)),
    ("indexes", ("name",)),
    ("unique_constraints", ("name",)),
    ("foreign_keys", ("constrained_columns", "referred_table")),
)
#: Names that MariaDB counts through in the order in which a statement has the foreign keys.
NUMBERED = re.compile(r"_ibfk_\d+$")


def structure(url: str) -> dict[str, t.Any]:
    """Columns, keys, indexes and constraints of every table but those in which migrations are recorded."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        names = sorted(set(inspector.get_table_names()) - RECORDS)
        return {name: table(inspector, name) for name in names}


def table(inspector: sa.Inspector, name: str) -> dict[str, t.Any]:
    """One table."""
    found: dict[str, t.Any] = {"primary key": inspector.get_pk_constraint(name)}
    for aspect, keys in ASPECTS:
        found[aspect] = ordered(getattr(inspector, f"get_{aspect}")(name), keys)
    return found


def ordered(rows: t.Iterable[t.Mapping[str, t.Any]], keys: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """The descriptions in comparable form, in the order of some of their values."""
    return sorted(map(comparable, rows), key=lambda row: [str(row[key]) for key in keys])


def comparable(row: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A description with the type as text, for two type objects are never equal, and without a counted name."""
    values = {key: str(value) if key == "type" else value for key, value in row.items()}
    return {**values, "name": NUMBERED.sub("", str(row["name"]))}


def column_names(url: str, name: str) -> list[str]:
    """The columns of a table, in the order of the table."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return [column["name"] for column in sa.inspect(engine).get_columns(name)]
