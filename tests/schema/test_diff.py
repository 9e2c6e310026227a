"""The changes between two schemas: complete, sorted, and in words."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_migrate.schema import Change, Column, Schema, Table, diff, read_schema
from flask_migrate.schema.model import (
    Check,
    Computed,
    Domain,
    Enum,
    ForeignKey,
    Function,
    Identity,
    Index,
    IndexPart,
    Partition,
    PrimaryKey,
    Sequence,
    Trigger,
    UniqueKey,
    View,
)

from .conftest import Run
from .test_model import SCHEMA

USER = Table(
    name="user",
    columns=(Column(name="id", type="INT", nullable=False), Column(name="name", type="VARCHAR(50)")),
    indexes=(Index(name="ix_name", parts=(IndexPart(column="name"),)),),
)


def words(before: Table | None, after: Table | None) -> list[str]:
    """The changes from one table to another in words."""
    return [change.describe() for change in diff(one(before), one(after))]


def one(table: Table | None) -> Schema:
    """A schema with one table, or none."""
    return Schema(dialect="x", schemas=(None,), tables=() if table is None else (table,))


def changed(**fields: t.Any) -> list[str]:
    """What it says when these fields of the table change."""
    return words(USER, dataclasses.replace(USER, **fields))


def column(**fields: t.Any) -> list[str]:
    """What it says when these fields of the column ``name`` change."""
    return changed(columns=(USER.columns[0], dataclasses.replace(USER.columns[1], **fields)))


def test_tables() -> None:
    """A table that is new or gone is one change, whatever is in it; odd and reserved names are quoted."""
    order = Table(name="order", columns=USER.columns)
    assert words(None, order) == ['+ table "order"']
    assert words(USER, None) == ["- table user"]
    assert words(None, Table(schema="My App", name='a"b')) == ['+ table "My App"."a""b"']
    assert changed(comment="people", options=(("engine", "InnoDB"),)) == [
        '~ table user: comment none → "people", engine none → InnoDB'
    ]


def test_columns() -> None:
    """A column's change says what it was and what it is."""
    assert column(type="VARCHAR(80)") == ["~ column user.name: VARCHAR(50) → VARCHAR(80)"]
    assert column(nullable=False, default="'x'") == ["~ column user.name: NULL → NOT NULL, default none → 'x'"]
    assert column(computed=Computed(expression="a + 1", stored=True)) == [
        "~ column user.name: computed none → a + 1 stored"
    ]
    identity = Identity(always=True, start=1, increment=1, minimum=1, maximum=9, cache=1, cycle=True)
    assert column(identity=identity) == [
        "~ column user.name: identity none → always from 1 by 1 (1 to 9, cache 1 cycle)"
    ]
    assert column(autoincrement=True, comment="", on_update="now()") == [
        '~ column user.name: comment none → "", on update none → now(), autoincrement no → yes'
    ]
    assert column(default="x" * 81) == ["~ column user.name: default changed"]
    assert changed(columns=USER.columns[:1]) == ["- column user.name"]
    assert changed(columns=(Column(name="a.b", type="INT"), *USER.columns)) == ['+ column user."a.b"']
    assert changed(columns=USER.columns[::-1]) == ["~ column order of user: id, name → name, id"]


def test_keys_and_checks() -> None:
    """Keys and checks are called by their names, and where they have none by what they are about."""
    foreign = ForeignKey(columns=("a", "b"), referred_schema="app", referred_table="t", referred_columns=("x", "y"))
    assert changed(primary_key=PrimaryKey(columns=("id",))) == ["+ primary key of user"]
    assert changed(foreign_keys=(foreign,)) == ["+ foreign key on user (a, b) to app.t (x, y)"]
    assert changed(unique_keys=(UniqueKey(columns=("name",)),)) == ["+ unique key on user (name)"]
    assert changed(checks=(Check(text="id > 0"), Check(text="id > 0"))) == ["+ check on user (id > 0)"] * 2
    named = dataclasses.replace(foreign, name="fk")
    before = dataclasses.replace(USER, foreign_keys=(named,), checks=(Check(name="ck", text="a"),))
    after = dataclasses.replace(
        USER,
        foreign_keys=(dataclasses.replace(named, on_delete="CASCADE", columns=("a", "c")),),
        checks=(Check(name="ck", text="b"),),
    )
    assert words(before, after) == [
        "~ foreign key fk on user: a, b → a, c, on delete none → CASCADE",
        "~ check ck on user: a → b",
    ]
    primary = dataclasses.replace(USER, primary_key=PrimaryKey(name="pk", columns=("id",)))
    other = dataclasses.replace(USER, primary_key=PrimaryKey(name="pk", columns=("id", "name")))
    assert words(primary, other) == ["~ primary key of user: id → id, name"]


def test_indexes_and_partitions() -> None:
    """Indexes and partitions are called by their names and their table."""
    part = IndexPart(expression="lower(x)", descending=True, nulls_first=False, collation="C", opclass="ops")
    assert changed(indexes=()) == ["- index ix_name on user"]
    assert changed(indexes=(Index(name="ix_name", parts=(part,), unique=True, predicate="a"),)) == [
        "~ index ix_name on user: name → (lower(x)) COLLATE C ops DESC NULLS LAST, unique no → yes, predicate none → a"
    ]
    assert changed(indexes=(Index(name="ix_name", parts=(IndexPart(column="name", length=3),)),)) == [
        "~ index ix_name on user: name → name(3)"
    ]
    assert changed(partitions=(Partition(name="p", bound="DEFAULT"),)) == ["+ partition p of user"]


def test_objects_beside_tables() -> None:
    """Types, views, sequences, routines and triggers have changes of their own; long texts are not quoted."""
    base = Schema(
        dialect="x",
        enums=(Enum(name="mood", values=("sad", "so so")),),
        views=(View(name="v", definition="SELECT 1"),),
        sequences=(Sequence(name="s"),),
        functions=(Function(name="f(integer)", definition="a\nb"),),
        triggers=(Trigger(name="tr", table="user", definition="BEFORE"),),
        domains=(Domain(name="d", type="text"),),
    )
    after = Schema(
        dialect="x",
        schemas=("app",),
        enums=(Enum(name="mood", values=("sad", "so so", "ok")),),
        views=(View(name="v", definition="SELECT 2", indexes=USER.indexes),),
        sequences=(Sequence(schema="app", name="s"),),
        functions=(Function(name="f(integer)", definition="a\nc"),),
        triggers=(Trigger(name="tr", table="user", definition="AFTER"),),
        domains=(Domain(name="d", type="text", checks=(Check(name="c", text="x"), Check(text="y"))),),
    )
    assert [change.describe() for change in diff(base, after)] == [
        "~ enum mood: sad, so so → sad, so so, ok",
        "~ domain d: checks none → c (x), (y)",
        "- sequence s",
        "+ index ix_name on v",
        "~ view v: definition SELECT 1 → SELECT 2",
        '~ function "f(integer)": definition changed',
        "~ trigger tr on user: definition BEFORE → AFTER",
        "+ schema app",
        "+ sequence app.s",
    ]


def test_a_change_is_a_value() -> None:
    """A change carries both sides, so that it can be judged without its words."""
    (change,) = diff(one(USER), one(dataclasses.replace(USER, columns=USER.columns[:1])))
    assert change == Change("removed", "column", None, "user", "name", USER.columns[1], None)


def test_other_engines_can_not_be_compared() -> None:
    """Schemas of two engines have no changes, since even equal texts mean different things."""
    with pytest.raises(ValueError, match=r"^A schema of x can't be compared with one of sqlite\.$"):
        diff(one(None), Schema(dialect="sqlite"))


NAMES = st.one_of(st.none(), st.sampled_from(["a", "b"]))
CHECKS = st.lists(st.builds(Check, name=NAMES, text=st.sampled_from(["x", "y"])), max_size=3)
COLUMNS = st.lists(
    st.builds(Column, name=st.sampled_from("abc"), type=st.sampled_from(["INT", "TEXT"]), nullable=st.booleans()),
    unique_by=lambda column: column.name,
)
TABLES = st.lists(
    st.builds(
        Table,
        name=st.sampled_from("st"),
        schema=st.sampled_from([None, "app"]),
        columns=COLUMNS.map(tuple),
        checks=CHECKS.map(sorted).map(tuple),
        primary_key=st.one_of(st.none(), st.builds(PrimaryKey, columns=st.just(("a",)))),
        comment=NAMES,
    ),
    unique_by=lambda table: (table.schema, table.name),
)
SCHEMAS = TABLES.map(lambda tables: Schema(dialect="x", tables=tuple(sorted(tables))))


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_no_difference_is_lost(before: Schema, after: Schema) -> None:
    """There are changes exactly when two schemas differ, and the way back has the same ones turned round."""
    there, back = diff(before, after), diff(after, before)
    assert (not there) == (before == after)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    mirrored = [dataclasses.replace(c, kind=turned[c.kind], before=c.after, after=c.before) for c in back]
    assert sorted(there, key=repr) == sorted(mirrored, key=repr)
    assert all(change.describe() for change in there)


def other(name: str, value: t.Any) -> t.Any:
    """Another value for a field."""
    parts = {"indexes": USER.indexes, "checks": (Check(text="z"),), "options": (("word", "text"),)}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, PrimaryKey):
        return None
    if value:
        return value + value[:1]
    return parts.get(name, "other" if value is None else ("other",))


OBJECTS = ("tables", "views", "triggers", "functions", "sequences", "enums", "domains", "types")


@pytest.mark.parametrize("field", OBJECTS)
def test_every_field_counts(field: str) -> None:
    """A change of any field of any object in a schema leads to a change."""
    item, *rest = getattr(SCHEMA, field)
    assert diff(SCHEMA, dataclasses.replace(SCHEMA, **{field: tuple(rest)}))
    for inner in dataclasses.fields(item):
        different = dataclasses.replace(item, **{inner.name: other(inner.name, getattr(item, inner.name))})
        changes = diff(SCHEMA, dataclasses.replace(SCHEMA, **{field: (different, *rest)}))
        assert changes, inner.name
        assert all(change.describe() for change in changes)


def test_changes_of_a_database(connection: sa.Connection, run: Run) -> None:
    """What statements do to a database is what the readings before and after differ in."""
    run("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);\nCREATE INDEX ix_a ON t (a);\nCREATE TABLE u (a INTEGER)")
    before = read_schema(connection)
    run(
        """
        ALTER TABLE t ADD COLUMN b INTEGER;
        DROP TABLE u;
        CREATE TABLE "order" (id INTEGER);
        CREATE INDEX ix_b ON t (b);
        CREATE VIEW v AS SELECT a FROM t""".replace('"', "`" if connection.dialect.name == "mysql" else '"')
    )
    assert [change.describe() for change in diff(before, read_schema(connection))] == [
        '+ table "order"',
        "+ column t.b",
        "+ index ix_b on t",
        "- table u",
        "+ view v",
    ]
