"""Triggers and views stay when a table of SQLite is made anew."""

from __future__ import annotations

import pytest

from tests.execution.histories import History
from tests.execution.rebuilding import DROP, TIGHTEN

pytestmark = pytest.mark.engines("sqlite")

TRIGGERS = """
CREATE TABLE t (id INTEGER PRIMARY KEY, w INT);
CREATE TABLE u (what TEXT);
CREATE TRIGGER here AFTER INSERT ON t BEGIN INSERT INTO u VALUES ('here ' || NEW.w); END;
CREATE TRIGGER there AFTER INSERT ON u BEGIN UPDATE t SET w = w + 1; END;
CREATE VIEW v AS SELECT id, w FROM t;
CREATE TRIGGER above INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (NEW.id, NEW.w); END;
"""


def test_triggers_and_views(history: History) -> None:
    """Triggers of the table, triggers elsewhere that use it and views of it are there as before, and work."""
    history.script(TRIGGERS)
    before = history.schema()
    history.add(TIGHTEN)
    history.upgrade()
    after = history.schema()
    assert {name: sql for name, sql in after.items() if name != "t"} == {
        name: sql for name, sql in before.items() if name != "t"
    }
    history.sql("INSERT INTO v VALUES (7, 1)")
    assert history.sql("SELECT id, w FROM v") == [(7, 2)]
    assert history.sql("SELECT what FROM u") == [("here 1",)]


def test_trigger_that_the_script_drops(history: History) -> None:
    """A trigger that the script drops by name does not come back, and one that it makes anew is the new one."""
    history.script(TRIGGERS)
    again = "CREATE TRIGGER here AFTER DELETE ON t BEGIN SELECT 1; END"
    history.add(f'op.execute("DROP TRIGGER above")\n{TIGHTEN.strip()}\nop.execute("{again}")')
    history.upgrade()
    after = history.schema()
    assert "above" not in after
    assert after["here"] == again


def test_trigger_that_would_break(history: History) -> None:
    """A trigger that needs a column which goes stops the revision, which is rolled back."""
    history.script(TRIGGERS)
    before = history.schema()
    history.add(DROP)
    result = history.project.fails("db", "upgrade", code=5)
    assert result.stderr.splitlines()[-2:] == [
        "Error: Revision r001 would break trigger here of table t: no such column: NEW.w.",
        "It was rolled back; nothing is lost. Let the script drop the trigger and make it anew: "
        "op.execute('DROP TRIGGER \"here\"') before the table is changed.",
    ]
    assert history.schema() == before
    assert history.version() == ""


def test_view_that_breaks_is_told(history: History) -> None:
    """A view that needs a column which goes stays, and is named."""
    history.script("CREATE TABLE t (id INTEGER PRIMARY KEY, w INT); CREATE VIEW v AS SELECT w FROM t")
    history.add(DROP)
    result = history.upgrade()
    assert "View v does not work after revision r001: no such column: w." in result.stderr
    assert "v" in history.schema()
