"""A schema is a value: it can be compared, hashed, sorted, stored and read back."""

from __future__ import annotations

import json
import typing as t

import pytest

from flask_migrate.schema import Schema
from flask_migrate.schema.model import (
    Check,
    Column,
    Computed,
    Domain,
    Enum,
    Exclusion,
    ForeignKey,
    Function,
    Identity,
    Index,
    IndexPart,
    NamedType,
    Note,
    Partition,
    PrimaryKey,
    Sequence,
    Table,
    Trigger,
    UniqueKey,
    View,
)

COLUMNS = (
    Column(name="id", type="bigint", nullable=False, autoincrement=True),
    Column(
        name='we"ird é',
        type="text",
        default="''",
        on_update="now()",
        identity=Identity(always=True, start=1, increment=2, minimum=-3, maximum=2**63 - 1, cache=1, cycle=True),
        computed=Computed(expression="a + b", stored=True),
        collation="C",
        comment="",
        options=(("storage", "PLAIN"),),
    ),
)
TABLE = Table(
    name="everything",
    columns=COLUMNS,
    primary_key=PrimaryKey(name="pk", columns=("id",), include=('we"ird é',)),
    foreign_keys=(
        ForeignKey(
            columns=("id",),
            referred_schema="other",
            referred_table="t",
            referred_columns=("x",),
            on_delete="CASCADE",
            match="FULL",
            deferrable=True,
            initially_deferred=True,
        ),
    ),
    unique_keys=(UniqueKey(name="u", columns=("id",), nulls_distinct=False),),
    checks=(Check(text="id > 0"), Check(name="named", text="id < 9")),
    exclusions=(Exclusion(name="e", definition="EXCLUDE USING gist (r WITH &&)"),),
    indexes=(
        Index(
            name="i",
            unique=True,
            method="gin",
            parts=(
                IndexPart(column="id", descending=True, nulls_first=False, length=3, opclass="o"),
                IndexPart(expression="lower(x)", collation="C"),
            ),
            include=("id",),
            predicate="id > 0",
            nulls_distinct=False,
        ),
    ),
    partition_by="RANGE (id)",
    partitions=(Partition(name="p", bound="DEFAULT", partition_by="HASH (id)", parent="everything"),),
)
SCHEMA = Schema(
    dialect="postgresql",
    version="15.2",
    schemas=(None, "app"),
    tables=(TABLE, Table(schema="app", name="everything")),
    views=(View(name="v", definition="SELECT 1", materialized=True),),
    triggers=(Trigger(name="tr", table="everything", definition="BEFORE UPDATE"),),
    functions=(Function(name="f(integer)", definition="SELECT 1"),),
    sequences=(Sequence(name="s", type="bigint", maximum=2**63 - 1, owned_by=("everything", "id")),),
    enums=(Enum(name="mood", values=("sad", "")),),
    domains=(Domain(name="d", type="text", checks=(Check(name="c", text="VALUE <> ''"),)),),
    types=(NamedType(name="pair", kind="composite", definition="(a integer)"),),
    notes=(Note(kind="table", name="tmp", reason="is temporary: skipped"),),
)


def test_a_schema_survives_json() -> None:
    """What is written as JSON and read back is the same value, notes and version included."""
    restored = Schema.from_dict(json.loads(json.dumps(SCHEMA.to_dict())))
    assert restored == SCHEMA
    assert (restored.notes, restored.version) == (SCHEMA.notes, SCHEMA.version)
    assert hash(restored) == hash(SCHEMA)


def test_defaults_are_not_stored() -> None:
    """A stored schema holds only what differs from the defaults, and the number of its layout."""
    schema = Schema(dialect="sqlite", tables=(Table(name="t", columns=(Column(name="a", type="INT"),)),))
    stored = {"format": 1, "dialect": "sqlite", "tables": [{"name": "t", "columns": [{"name": "a", "type": "INT"}]}]}
    assert schema.to_dict() == stored


def test_notes_and_version_do_not_count() -> None:
    """Two readings that differ only in notes or in the server's version are equal."""
    assert Schema(dialect="sqlite", version="3.40", notes=SCHEMA.notes) == Schema(dialect="sqlite")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "This schema has the layout None, and 1 is known."),
        ({"format": 2, "dialect": "sqlite"}, "This schema has the layout 2, and 1 is known."),
        ({"format": 1, "dialect": "sqlite", "colour": 1, "age": 2}, "Schema has no age, colour."),
        ({"format": 1, "dialect": 7}, "This is not a Schema: 7 is not of type str"),
        ({"format": 1, "dialect": "x", "tables": [{}]}, "required keyword-only argument: 'name'"),
        ({"format": 1, "dialect": "x", "tables": [3]}, "This is not a Schema: 'int' object has no attribute 'keys'"),
    ],
)
def test_other_data_is_refused(data: dict[str, t.Any], message: str) -> None:
    """What is no stored schema is a ValueError that says why, never half a schema."""
    with pytest.raises(ValueError) as caught:
        Schema.from_dict(data)
    assert str(caught.value).endswith(message)


def test_values_sort_without_comparing_none() -> None:
    """Values of one class can be sorted whatever fields are None; those of two classes can't."""
    checks = [Check(text="b"), Check(name="z", text="a"), Check(text="a"), Check(name="a", text="c")]
    assert [check.text for check in sorted(checks)] == ["a", "b", "c", "a"]
    same = [Check(text="a", comment="b"), Check(text="a", comment="a")]
    assert [check.comment for check in sorted(same)] == ["a", "b"]
    with pytest.raises(TypeError):
        sorted([Check(text="a"), Enum(name="a")])  # type: ignore[type-var]  # the point of the test


def test_tables_and_columns_are_found_by_name() -> None:
    """A table is found by its name and schema, a column by its name."""
    assert SCHEMA.table("everything") is TABLE
    assert SCHEMA.table("everything", "app") == Table(schema="app", name="everything")
    assert SCHEMA.table("nothing") is None
    assert TABLE.column("id") is COLUMNS[0]
    assert TABLE.column("ID") is None
