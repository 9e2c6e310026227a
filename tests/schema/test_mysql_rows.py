"""What MySQL 8 writes differently from MariaDB in its information_schema.

The rows are those of MySQL's manual: https://dev.mysql.com/doc/refman/8.0/en/information-schema-columns-table.html
"""

from __future__ import annotations

import typing as t

import pytest

from flask_migrate.schema.model import Check, Column, Computed, Index, IndexPart
from flask_migrate.schema.read.mysql_queries import Catalogs, SchemaCondition
from flask_migrate.schema.read.mysql_tables import _check, _column, _index
from flask_migrate.schema.read.scope import Scope

TABLE = {"collation": "utf8mb4_0900_ai_ci"}


def column(**fields: t.Any) -> Column:
    """A column of MySQL, from a row with these fields."""
    row = dict.fromkeys(("name", "default_", "expression", "collation", "comment", "extra"), "")
    usual = {"name": "c", "type": "int", "nullable": "YES", "default_": None, "collation": None}
    return _column({**row, **usual, **fields}, TABLE, is_mariadb=False)


@pytest.mark.parametrize(
    ("default", "extra", "found"),
    [
        (None, "", None),
        ("5", "", "'5'"),
        ("", "", "''"),
        ("it's", "", "'it''s'"),
        ("NULL", "", "'NULL'"),
        ("b'101'", "", "b'101'"),
        ("CURRENT_TIMESTAMP", "", "CURRENT_TIMESTAMP"),
        ("CURRENT_TIMESTAMP(3)", "DEFAULT_GENERATED", "CURRENT_TIMESTAMP(3)"),
        ("uuid()", "DEFAULT_GENERATED", "uuid()"),
    ],
)
def test_defaults(default: str | None, extra: str, found: str | None) -> None:
    """A literal is quoted as SHOW CREATE TABLE quotes it, and an expression stays."""
    assert column(default_=default, extra=extra) == Column(name="c", type="int", default=found)


def test_extras() -> None:
    """What stands in EXTRA beside DEFAULT_GENERATED is understood."""
    extra = "DEFAULT_GENERATED on update CURRENT_TIMESTAMP(3)"
    assert column(default_="CURRENT_TIMESTAMP(3)", extra=extra).on_update == "CURRENT_TIMESTAMP(3)"
    assert column(extra="auto_increment").autoincrement
    assert column(extra="VIRTUAL GENERATED", expression="(`a` * 2)").computed == Computed(expression="(`a` * 2)")
    assert column(extra="STORED GENERATED INVISIBLE", expression="1").options == (("visible", "no"),)


def test_functional_indexes() -> None:
    """A part of an index may be an expression, and an index may be invisible."""
    row = {"name": "i", "non_unique": 1, "method": "BTREE", "comment": "", "hidden": 1, "length": None}
    part = {**row, "column_name": None, "expression": "lower(`a`)", "direction": "D"}
    expected = IndexPart(expression="lower(`a`)", descending=True)
    assert _index([part]) == Index(name="i", parts=(expected,), options=(("visible", "no"),))


def test_checks() -> None:
    """A check says whether it is enforced, and its text stands in parentheses."""
    row = {"name": "ck", "text_": "((`a` > 0) and (`b` < 9))", "level": "Table", "enforced": "NO"}
    text = "(`a` > 0) and (`b` < 9)"
    assert _check(row) == Check(name="ck", text=text, options=(("enforced", "no"),))


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([], None),
        ([("CHECK_CONSTRAINTS", "CHECK_CLAUSE")], "'YES' AS `enforced`"),
        ([("CHECK_CONSTRAINTS", "CHECK_CLAUSE"), ("TABLE_CONSTRAINTS", "ENFORCED")], "ENFORCED AS `enforced`"),
        ([("CHECK_CONSTRAINTS", "TABLE_NAME"), ("CHECK_CONSTRAINTS", "LEVEL")], "LEVEL AS `level`"),
    ],
)
def test_the_statement_about_checks(
    monkeypatch: pytest.MonkeyPatch, features: list[tuple[str, str]], words: str | None
) -> None:
    """Checks are asked for in the way that the release knows, and not where it has none."""
    asked: list[str] = []

    def rows(self: Catalogs, query: str, **given: str) -> list[t.Any]:
        asked.append(query.format(schemas=SchemaCondition(["db"]), **given))
        return []

    monkeypatch.setattr(Catalogs, "rows", rows)
    connection: t.Any = None
    Catalogs(connection, Scope(), "db", ("db",), False, frozenset(features)).checks()
    assert len(asked) == (words is not None)
    assert words is None or words in asked[0]
