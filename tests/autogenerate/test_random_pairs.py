"""Random pairs of schemas: from one to the other and back, with a row in every table.

``RANDOM_PAIRS=500`` runs so many of them on each engine, and other ones each time.
"""

from __future__ import annotations

import os
import typing as t

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from .case import Case
from .laboratory import Laboratory

#: A few by default, for the suite has to stay quick; always the same ones.
COUNT = int(os.environ.get("RANDOM_PAIRS", "0"))
TYPES: t.Mapping[str, t.Callable[[], t.Any]] = {
    "integer": sa.Integer,
    "big": sa.BigInteger,
    "short text": lambda: sa.String(20),
    "longer text": lambda: sa.String(60),
    "text": sa.Text,
    "number": lambda: sa.Numeric(8, 2),
    "boolean": sa.Boolean,
}
#: What can be read as a value of each type.
VALUES = {"integer": 1, "big": 1, "number": 1, "boolean": True}
TABLES = ("item", "Order", "two words")
COLUMNS = ("a", "b c", "D%")
#: A column: its type, whether it is nullable, its default, whether it is unique or has an index.
Column = tuple[str, bool, bool, str]
#: A table: its columns by name, the table that it refers to and what happens then, whether it has a check.
Table = tuple[dict[str, Column], str | None, str | None, bool]
Models = dict[str, Table]

columns = st.tuples(
    st.sampled_from(list(TYPES)), st.booleans(), st.booleans(), st.sampled_from(["", "", "index", "unique"])
)
tables = st.tuples(
    st.dictionaries(st.sampled_from(COLUMNS), columns, min_size=1),
    st.sampled_from([None, *TABLES]),
    st.sampled_from([None, "CASCADE", "SET NULL"]),
    st.booleans(),
)
models = st.dictionaries(st.sampled_from(TABLES), tables, min_size=1)


def value(kind: str) -> t.Any:
    """The value of every column of a type."""
    return VALUES.get(kind, "1")


def make(given: Models) -> t.Callable[[sa.MetaData], None]:
    """The function that puts the tables into a MetaData."""

    def fill(metadata: sa.MetaData) -> None:
        for name, (members, target, on_delete, has_check) in given.items():
            parts: list[t.Any] = [_column(name, *pair) for pair in members.items()]
            if target in given:
                key = sa.ForeignKey(f"{target}.id", ondelete=on_delete, use_alter=target > name, name=f"fk_{name}")
                parts.append(sa.Column("ref", sa.Integer, key))
            if has_check:
                parts.append(sa.CheckConstraint("1 < 2"))
            sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *parts)

    return fill


def _column(table: str, name: str, given: Column) -> sa.Column[t.Any]:
    kind, is_nullable, has_default, extra = given
    is_text = kind in ("text", "longer text", "short text")
    # A column where no two rows may have the same can't be filled without being asked.
    options: dict[str, t.Any] = {"nullable": is_nullable or extra == "unique", "default": value(kind)}
    if has_default and kind != "text":
        options["server_default"] = "1%" if is_text else sa.true() if kind == "boolean" else sa.text("1")
    if extra and kind not in ("text", "boolean"):  # MariaDB wants a length for an index on a text
        options[extra] = True
    return sa.Column(name, TYPES[kind](), **options)


def kept(old: Models, new: Models) -> dict[str, t.Any]:
    """The values that are the same afterwards; those of another type may be spelled in another way."""
    found: dict[str, t.Any] = {}
    for name in old.keys() & new.keys():
        both = old[name][0].keys() & new[name][0].keys()
        same = {column: value(old[name][0][column][0]) for column in both if _is_same(old, new, name, column)}
        found[name] = [{"id": 1, **same}]
    return found


def _is_same(old: Models, new: Models, table: str, column: str) -> bool:
    return old[table][0][column][0] == new[table][0][column][0]


def pair(old: Models, new: Models) -> Case:
    """The case of a pair."""
    rows = {name: [{"id": 1, **{column: value(one[0]) for column, one in old[name][0].items()}}] for name in old}
    for name in old:
        if old[name][1] in old:
            rows[name][0]["ref"] = None
    return Case(
        name="random",
        before=make(old),
        after=make(new),
        rows=rows,
        filled=kept(old, new),
        reverted=kept(new, old),
        options={"no_renames": True, "allow_drop_all": True},
    )


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")
def test_random_pairs(engine_name: str, laboratory: Laboratory) -> None:
    """What differs is seen, and the script goes both ways."""

    @hypothesis.settings(
        max_examples=COUNT or 3,
        derandomize=not COUNT,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],  # to look for a smaller pair takes minutes
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(models, models)
    def run(old: Models, new: Models) -> None:
        hypothesis.assume(_shown(old) != _shown(new))
        laboratory.run(pair(old, new))

    run()


def _shown(given: Models) -> t.Any:
    """What a database holds of models."""
    found = {}
    for name, (members, target, on_delete, has_check) in given.items():
        parts = {column: _column(name, column, one) for column, one in members.items()}
        shown = {
            column: (members[column][0], one.nullable, one.server_default is None, one.index, one.unique)
            for column, one in parts.items()
        }
        found[name] = (shown, (target, on_delete) if target in given else None, has_check)
    return found
