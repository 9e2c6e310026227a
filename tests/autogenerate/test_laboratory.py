"""The battery notices what is wrong."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from . import rows
from .case import Case, identity
from .laboratory import Failed, Laboratory


def named(metadata: sa.MetaData, name: str) -> sa.Table:
    """A table with one column of that name."""
    return sa.Table("user", metadata, identity(), sa.Column(name, sa.String(20)))


def test_lost_rows(laboratory: Laboratory) -> None:
    """Rows that should have moved and did not are named."""
    case = Case(
        name="lost",
        before=lambda m: named(m, "name"),
        after=lambda m: named(m, "age"),
        rows={"user": [{"id": 1, "name": "Ann"}]},
        filled={"user": [{"id": 1, "age": "Ann"}]},
        options={"no_renames": True},
    )
    with pytest.raises(Failed, match="rows of user"):
        laboratory.run(case)


def test_wrong_schema(laboratory: Laboratory) -> None:
    """What the new models don't describe is named."""
    case = Case(name="wrong", before=lambda m: named(m, "name"), after=lambda m: named(m, "name"))
    with pytest.raises(Failed, match="migrate found nothing"):
        laboratory.run(case)


def test_comparison_of_rows() -> None:
    """Columns are followed under their new names, and rows are counted."""
    before = {"user": [{"id": 1, "name": "Ann"}]}
    after = {"account": [{"id": 1, "full_name": "Ann"}]}
    same = {"user": "account", "user.name": "account.full_name"}
    assert rows.lost(before, after, same, {}) == []
    after["account"][0]["full_name"] = "Bob"
    assert len(rows.lost(before, after, same, {})) == 1
    assert rows.lost(before, {"account": []}, same, {}) == ["table user had 1 rows and has 0"]
