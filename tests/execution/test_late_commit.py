"""Where DDL commits by itself: what is written late, or not at all since the schema says it."""

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Callable

import pytest

from flask_migrate.execution.journal import ScriptChanged
from flask_migrate.execution.statements import Steering, raw
from tests.execution.children import end_at_statements, forking, stop
from tests.execution.histories import History
from tests.execution.steps import contents

pytestmark = pytest.mark.engines("mariadb")
STRIDE = int(os.environ.get("TEST_KILL_STRIDE", "3"))

TABLE = """
op.create_table(
    "Order %s",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40), unique=True),
    sa.Column("parent", sa.Integer, sa.ForeignKey("Order %s.id")),
    sa.Column("W x", sa.Integer),
)
op.create_index("ix name", "Order %s", ["name", "W x"])
op.create_index("ix_w", "Order %s", ["W x"], unique=True)
"""
#: Revisions that begin and end with DDL, so that none of their ends is committed by itself.
DDL = (
    TABLE,
    """
    op.add_column("Order %s", sa.Column("more", sa.Integer))
    op.create_index("ix_more", "Order %s", ["more"])
    """,
    """
    op.create_table("b", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table("c", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer, index=True))
    op.create_index("ix_c", "c", ["x", "id"])
    op.execute("INSERT INTO c VALUES (1, 1)")
    op.create_index("ix_c2", "c", ["x", "id"])
    """,
    'op.drop_column("Order %s", "more")',
    'op.execute("INSERT INTO c SELECT id + 1, x FROM c")',
    'op.create_table("d", sa.Column("id", sa.Integer, primary_key=True))',
)


@pytest.mark.parametrize("place", ["before", "after"])
def test_kill_at_every_statement(history: History, make_url: Callable[[], str], place: str) -> None:
    """A revision whose end was not committed when the next one began is taken up like any other."""
    for body in DDL:
        history.add(body)
    history.upgrade()
    expected = contents(history.url)
    assert end_at_statements(history, make_url, place, range(1, 60, STRIDE), expected) > 2


@pytest.mark.parametrize(
    "body",
    [
        'raise RuntimeError("before any statement")',
        'op.execute("CREATE TABEL nonsense")',
        'op.execute("CREATE TABLE a (id INT)")',
        'op.get_bind().scalar(sa.text("SELECT 1 FROM nowhere"))',
        'op.execute("INSERT INTO nowhere VALUES (1)")',
        'op.execute("SET @a = 1")\nraise RuntimeError("behind a statement of the session")',
        'op.execute("CREATE TEMPORARY TABLE t (id INT)")\nop.execute("INSERT INTO nowhere VALUES (1)")',
    ],
)
def test_failure_behind_ddl(history: History, body: str) -> None:
    """However a revision fails, the one before it is done."""
    history.add('op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))')
    history.add(body)
    history.project.fails("db", "upgrade")
    assert history.version() == "r001"
    assert history.log() == [("r001", "upgrade", "done"), ("r002", "upgrade", "failed")]


@pytest.mark.parametrize("number", [1, 4, 6, 9, 12, 13])
def test_session_is_ended(history: History, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A session that ends before a statement is made good within the same command, which tells each revision once."""
    for body in DDL:
        history.add(body)
    steer, count = Steering._steer, 0

    def end_session(self: Steering, send: Callable[[str], None], *arguments: t.Any) -> bool | None:
        def end_and_send(text: str) -> None:
            nonlocal count
            count += 1
            if count == number:
                context = arguments[-1]
                session = raw(context.root_connection, "SELECT CONNECTION_ID()")[0][0]
                history.sql(f"KILL {int(session)}")
            send(text)

        return steer(self, end_and_send, *arguments)

    monkeypatch.setattr(Steering, "_steer", end_session)
    result = history.run()
    assert count > number
    (target,) = result.targets
    assert [step.revision for step in target.steps] == [f"r{place:03}" for place in range(1, len(DDL) + 1)]
    assert history.version() == history.head
    assert history.sql("SELECT id FROM c ORDER BY id") == [(1,), (2,)]


def test_rows_are_committed_at_once(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that a revision has written are not held while the next one computes."""
    history.add("""
        op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO a VALUES (1)")
    """)
    history.add("""
        import os
        other = sa.create_engine(os.environ["OTHER_URL"])
        with other.begin() as connection:
            connection.exec_driver_sql("SET innodb_lock_wait_timeout = 1")
            connection.exec_driver_sql("UPDATE a SET id = 2")
        other.dispose()
        op.create_table("b", sa.Column("id", sa.Integer, primary_key=True))
    """)
    monkeypatch.setenv("OTHER_URL", history.url)
    history.upgrade()
    assert history.sql("SELECT id FROM a") == [(2,)]


def end_behind_an_index(history: History, number: int) -> None:
    """A process that ends behind its statement of that number: the third one makes the second index."""
    history.add(TABLE)
    with forking(history.project) as fork:
        assert fork(stop(number, "after")).wait()[0] == 77


def test_indexes_are_not_made_twice(history: History) -> None:
    """The indexes of a table that was just made are found by looking, and counted."""
    end_behind_an_index(history, 2)
    with forking(history.project) as fork:
        output = fork().succeed()
    assert "Revision r001 goes on behind the 2 statements that are done already." in output
    assert "ran: r001" in output


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"ix name", "Order %s", ["name", "W x"]', '"ix name", "Order %s", ["W x"]'),
        ('"ix name", "Order %s", ["name", "W x"]', '"other", "Order %s", ["name", "W x"]'),
        ('op.create_index("ix name", "Order %s", ["name", "W x"])', ""),
        ('op.create_index("ix name", "Order %s", ["name", "W x"])', 'op.execute("SELECT 1")'),
        ('op.create_index("ix name", "Order %s", ["name", "W x"])', 'op.drop_column("Order %s", "W x")'),
        ('["W x"], unique=True', '["W x"]'),
    ],
)
def test_edited_script(history: History, old: str, new: str) -> None:
    """An index that was made before a kill, and that the script makes differently now, stops the upgrade."""
    end_behind_an_index(history, 3)
    before = history.paths[0].read_text()
    history.edit(1, old, new)
    with pytest.raises(ScriptChanged) as caught:
        history.run()
    message = caught.value.format_message()
    assert "Revision r001 is half done, and its script was changed in the part that is done: statement" in message
    assert "CREATE UNIQUE INDEX ix_w ON Order %s (W x)" in message or "CREATE INDEX ix name ON Order %s" in message
    history.project.write(str(history.paths[0].relative_to(history.project.folder)), before)
    history.run()
    assert history.version() == "r001"


def test_failure_behind_an_index(history: History) -> None:
    """What failed, and was not killed, says of every statement that it is done."""
    history.add(f'{TABLE}\nop.execute("INSERT INTO nowhere VALUES (1)")')
    history.project.fails("db", "upgrade")
    (text,) = history.sql("SELECT operations FROM flask_migrate_log")[0]
    assert [entry["state"] for entry in json.loads(text)] == ["done", "done", "done"]


def test_index_that_fails(history: History) -> None:
    """A failure that the script catches is no surprise to the run that takes it up."""
    history.add(
        f'{TABLE}\ntry:\n    op.create_index("ix_w", "Order %s", ["id"])\nexcept sa.exc.OperationalError:\n    pass\n'
        'op.create_index("ix_v", "Order %s", ["id"])\nop.execute("INSERT INTO nowhere VALUES (1)")'
    )
    history.project.fails("db", "upgrade")
    history.project.sql(history.url, "CREATE TABLE nowhere (id INT)")
    history.upgrade()
    assert history.version() == "r001"


def test_table_that_is_there(history: History) -> None:
    """A table that somebody else has made is never taken for the revision's own, however it looks."""
    history.add('op.create_table("first", sa.Column("id", sa.Integer, primary_key=True))')
    history.upgrade()
    history.add('op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))')
    history.sql("CREATE TABLE a (id INT PRIMARY KEY)")
    for _ in range(2):
        assert "already exists" in history.project.fails("db", "upgrade").stderr
    history.sql("DROP TABLE a")
    history.upgrade()
    assert history.log()[-1] == ("r002", "upgrade", "done")
