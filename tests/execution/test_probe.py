"""Which tables a statement is about, whose end has to be settled later."""

from __future__ import annotations

import pytest

from flask_migrate.execution.probe import tables_named_in
from tests.execution.histories import History

A = (None, "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE a ADD COLUMN b int", [A]),
        ("alter table if exists `s`.`t``x` drop b;", [("s", "t`x")]),
        ("/* why */ CREATE TABLE IF NOT EXISTS `copy %%` (id int)", [(None, "copy %")]),
        ("CREATE TABLE a AS SELECT * FROM b", [A]),
        ("DROP TABLE IF EXISTS a, s.b", [A, ("s", "b")]),
        ("RENAME TABLE a TO b, c TO d", [A, (None, "b"), (None, "c"), (None, "d")]),
        ("CREATE UNIQUE INDEX i USING BTREE ON a (b)", [A]),
        ("DROP INDEX i ON a", [A]),
        ("ALTER TABLE a RENAME TO b", None),
        ("ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b", None),
        ("CREATE OR REPLACE TABLE a (id int)", None),
        ("DROP TABLE a RESTRICT", None),
        ("CREATE VIEW v AS SELECT 1", None),
        ("/*!50000 ALTER TABLE a ADD b int */", None),
        ("ALTER TABLE a ADD b int; DROP TABLE c", None),
        ("CALL p()", None),
        ("DROP INDEX i", None),
        ("ALTER TABLE", None),
        ("", None),
    ],
)
def test_tables_named(text: str, expected: list[tuple[str | None, str]] | None) -> None:
    """What is not understood for certain is ``None``: then every table that the text may be about is looked at."""
    assert tables_named_in(text) == expected


@pytest.mark.engines("mariadb")
def test_only_named_tables_are_read(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that came as text costs the reading of its own table, however many there are."""
    from flask_migrate.execution import probe

    for name in ("a", "ab", "b"):
        history.sql(f"CREATE TABLE {name} (id integer)")
    history.add('op.execute("ALTER TABLE a ADD ab integer, ADD b integer")')
    sent: list[str] = []
    raw = probe.raw
    monkeypatch.setattr(
        probe, "raw", lambda connection, sql, *values: sent.append(sql) or raw(connection, sql, *values)
    )
    history.run()
    assert sent == ["SHOW CREATE TABLE `a`"]
