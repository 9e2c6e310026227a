"""On engines whose DDL commits by itself, a half-done revision is taken up behind what is done."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import flask_migrate
from flask_migrate.execution import resume
from tests.execution.children import end_at_statements, forking, wait_until
from tests.execution.histories import History, engine_of
from tests.execution.steps import contents

pytestmark = pytest.mark.engines("mariadb")
STRIDE = int(os.environ.get("TEST_KILL_STRIDE", "5"))

TABLES = """
op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, w INT)")
op.execute("CREATE TABLE b (id INT PRIMARY KEY AUTO_INCREMENT, w INT)")
op.execute("INSERT INTO a (id, w) VALUES (1, 1), (2, 2), (3, 3)")
"""

#: Revisions that are hard to take up, by what is in them.
BODIES = {
    "a loop over rows, which the next statement changes": """
        bind = op.get_bind()
        for id, w in bind.execute(sa.text("SELECT id, w FROM a WHERE w < 100 ORDER BY id")).all():
            bind.execute(sa.text("UPDATE a SET w = w + 100 WHERE id = :id"), {"id": id})
            bind.execute(sa.text("INSERT INTO b (w) VALUES (:w)"), {"w": w})
        op.drop_column("a", "w")
        op.execute("ALTER TABLE b ADD COLUMN x INT DEFAULT 1")
        op.execute("UPDATE b SET x = x + 1")
    """,
    "a loop in which each turn reads": """
        bind = op.get_bind()
        for id in (1, 2, 3):
            w = bind.scalar(sa.text("SELECT w FROM a WHERE id = :id"), {"id": id})
            bind.execute(sa.text("UPDATE a SET w = :w WHERE id = :id"), {"w": w * 2, "id": id})
        op.execute("ALTER TABLE a ADD COLUMN x INT DEFAULT 1")
        op.execute("UPDATE a SET x = x + w")
    """,
    "triggers, procedures, functions and events": """
        op.execute("CREATE TRIGGER tr BEFORE INSERT ON a FOR EACH ROW SET NEW.w = NEW.w + 1")
        op.execute("CREATE PROCEDURE pr() INSERT INTO b (w) VALUES (5)")
        op.execute("CREATE FUNCTION fu() RETURNS INT RETURN 7")
        op.execute("INSERT INTO a (w) VALUES (fu())")
        op.execute("CALL pr()")
        op.execute("CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO DELETE FROM b")
        op.execute("DROP TRIGGER tr")
        op.execute("DROP PROCEDURE pr")
        op.execute("INSERT INTO b (w) VALUES (6)")
    """,
    "variables of the session, and prepared statements": """
        op.execute("SET @largest = (SELECT max(w) FROM a)")
        op.execute("INSERT INTO a (w) VALUES (100)")
        op.execute("ALTER TABLE b ADD COLUMN x INT")
        op.execute("INSERT INTO b (w, x) VALUES (@largest, 0)")
        op.execute("SET @sql = IF((SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                   "AND table_name = 'c') = 0, 'CREATE TABLE c (id INT PRIMARY KEY)', 'SELECT 1')")
        op.execute("PREPARE made FROM @sql")
        op.execute("EXECUTE made")
        op.execute("DEALLOCATE PREPARE made")
        op.execute("INSERT INTO c VALUES (4)")
        op.execute("INSERT INTO a (w) VALUES (8)")
        op.execute("INSERT INTO b (w) VALUES (LAST_INSERT_ID() * 0 + @largest)")
    """,
    "locked tables": """
        op.execute("LOCK TABLES a WRITE, b WRITE")
        op.execute("INSERT INTO a (w) VALUES (9)")
        op.execute("ALTER TABLE a ADD COLUMN x INT DEFAULT 3")
        op.execute("UPDATE a SET x = x + 1")
        op.execute("UNLOCK TABLES")
        op.execute("INSERT INTO b (w) VALUES (9)")
    """,
    "errors that the script catches": """
        bind = op.get_bind()
        for statement in (
            "ALTER TABLE a DROP COLUMN nothing", "ALTER TABLE a ADD COLUMN x INT", "ALTER TABLE a ADD COLUMN x INT"
        ):
            try:
                op.execute(statement)
            except sa.exc.OperationalError as error:
                bind.execute(sa.text("INSERT INTO b (w) VALUES (:code)"), {"code": error.orig.args[0]})
        op.execute("UPDATE b SET w = w + 1")
        op.execute("TRUNCATE TABLE a")
        op.execute("INSERT INTO a (w) VALUES (1)")
    """,
    "autocommit blocks": """
        op.execute("INSERT INTO a (w) VALUES (5)")
        with op.get_context().autocommit_block():
            op.execute("INSERT INTO b (w) VALUES (5)")
            op.execute("ALTER TABLE b ADD COLUMN x INT DEFAULT 1")
            op.execute("UPDATE b SET x = x + 1")
        op.execute("UPDATE b SET x = x + 10")
        op.execute("COMMIT")
        op.execute("UPDATE b SET x = x + 100")
    """,
    "another schema, and odd names": """
        name = op.get_bind().scalar(sa.text("SELECT DATABASE()"))
        op.create_table("Odd `%s` ünï", sa.Column("a %b", sa.Integer), sa.Column("select", sa.String(9)), schema=name)
        op.add_column("Odd `%s` ünï", sa.Column("more", sa.Integer), schema=name)
        op.execute(f"ALTER TABLE `{name}`.`Odd ``%s`` ünï` ADD COLUMN `x%%y` INT")
        op.execute(f"INSERT INTO `{name}`.`Odd ``%s`` ünï` (`a %b`) VALUES (1)")
        op.create_index("i%x", "Odd `%s` ünï", ["a %b"], schema=name)
    """,
}


@pytest.mark.parametrize("body", list(BODIES))
@pytest.mark.parametrize("place", ["before", "after"])
def test_kill_at_every_statement(history: History, make_url: Callable[[], str], body: str, place: str) -> None:
    """Whatever a revision is made of, a kill before or after a statement is made good by the next upgrade."""
    history.add(TABLES)
    history.add(BODIES[body])
    history.upgrade()
    expected = contents(history.url)
    start = 5 if place == "before" else 5 + STRIDE // 2
    assert end_at_statements(history, make_url, place, range(start, 60, STRIDE), expected) > 0


GOOD = """
op.execute("INSERT INTO a (w) VALUES (10)")
op.execute("ALTER TABLE a ADD COLUMN x INT")
op.execute("UPDATE a SET x = w")
op.execute("ALTER TABLE a ADD COLUMN y INT")
"""


def half_done(history: History, failure: str = 'op.execute("ALTER TABLE nowhere ADD COLUMN z INT")') -> None:
    """A revision that fails behind four good statements."""
    history.add(TABLES)
    history.add(GOOD.strip() + "\n" + failure + '\nop.execute("UPDATE a SET y = x + 1")')
    history.project.fails("db", "upgrade")
    assert history.version() == "r001"
    assert history.log()[-1] == ("r002", "upgrade", "failed")


def rows(history: History) -> list[tuple[object, ...]]:
    """What the good statements and the last one make."""
    return history.sql("SELECT w, x, y FROM a ORDER BY w")


EXPECTED = [(1, 1, 2), (2, 2, 3), (3, 3, 4), (10, 10, 11)]


def test_mended_script(history: History) -> None:
    """A statement fails, the script is mended, and a plain upgrade reaches the head with each statement once."""
    half_done(history)
    history.edit(2, "nowhere", "b")
    result = history.upgrade()
    assert "Revision r002 goes on behind the 4 statements that are done already." in result.stderr
    assert (history.version(), rows(history)) == ("r002", EXPECTED)
    assert history.log()[-1] == ("r002", "upgrade", "done")


def test_failing_again(history: History) -> None:
    """It may fail as often as it likes; what is done is done once."""
    half_done(history)
    for _ in range(2):
        result = history.project.fails("db", "upgrade")
        assert "Table '" in result.stderr
    history.edit(2, "nowhere", "b")
    history.upgrade()
    assert (history.version(), rows(history)) == ("r002", EXPECTED)


def test_python_error(history: History) -> None:
    """An error of the script itself is like one of a statement, and rows behind the last DDL are rolled back."""
    half_done(history, 'op.execute("INSERT INTO a (w, x, y) VALUES (0, 0, 0)")\nraise ValueError("no")')
    assert history.sql("SELECT w FROM a WHERE w = 0") == []
    history.edit(2, '\n    raise ValueError("no")', "")
    history.upgrade()
    assert rows(history) == [(0, 0, 1), *EXPECTED]


def test_changed_script(history: History) -> None:
    """A script that was edited where it is done stops the upgrade, which shows what is done and what is not."""
    half_done(history)
    history.edit(2, "VALUES (10)", "VALUES (11)")
    result = history.project.fails("db", "upgrade")
    assert result.stderr.splitlines()[-6:] == [
        "Error: Revision r002 is half done, and its script was changed in the part that is done: statement 1 was "
        "'INSERT INTO a (w) VALUES (10)' and is 'INSERT INTO a (w) VALUES (11)' now.",
        "  1. done: INSERT INTO a (w) VALUES (10)",
        "  2. done: ALTER TABLE a ADD COLUMN x INT",
        "  3. done: UPDATE a SET x = w",
        "  4. done: ALTER TABLE a ADD COLUMN y INT",
        "Take the change back and run the command again, or settle it: flask db repair",
    ]
    history.edit(2, "VALUES (11)", "VALUES (10)")
    history.edit(2, "nowhere", "b")
    history.upgrade()
    assert rows(history) == EXPECTED


def test_script_that_does_less(history: History) -> None:
    """A script in which a done statement is missing stops as well."""
    half_done(history)
    history.edit(
        2, 'op.execute("ALTER TABLE a ADD COLUMN y INT")\n    op.execute("ALTER TABLE nowhere', 'return\n    ("'
    )
    result = history.project.fails("db", "upgrade")
    assert "statement 4 was 'ALTER TABLE a ADD COLUMN y INT' and is not there now." in result.stderr


def test_white_space(history: History) -> None:
    """White space and comments of the script do not count."""
    half_done(history)
    history.edit(2, 'op.execute("UPDATE a SET x = w")', '# rows\n    op.execute("UPDATE  a\\n SET x = w")')
    history.edit(2, "nowhere", "b")
    history.upgrade()
    assert rows(history) == EXPECTED


@pytest.mark.parametrize(
    ("option", "result"),
    [
        (["--continue-from", "5"], EXPECTED),
        (["--continue-from", "4"], None),
    ],
)
def test_repair(history: History, option: list[str], result: list[tuple[int, int, int]] | None) -> None:
    """``repair`` lets the next upgrade begin at any statement, whatever the script says before it, or not at all."""
    half_done(history)
    history.edit(2, "VALUES (10)", "VALUES (11)")
    history.edit(2, "nowhere", "b")
    history.project.ok("db", "repair", *option)
    if result is None:
        assert "Duplicate column name 'y'" in history.project.fails("db", "upgrade").stderr
    else:
        history.upgrade()
        assert (history.version(), rows(history)) == ("r002", result)


def test_revision_taken_back_below(history: History) -> None:
    """When the revision below a half-done one is taken back, nobody knows what is left of it: a person is asked."""
    history.add(TABLES, 'op.execute("DROP TABLE a")\nop.execute("DROP TABLE b")')
    history.add(GOOD.strip() + "\nraise ValueError()")
    history.project.fails("db", "upgrade")
    history.project.ok("db", "downgrade")
    result = history.project.fails("db", "upgrade")
    assert "Error: Revision r002 is half done, and a revision was taken back since." in result.stderr
    history.project.ok("db", "repair", "--mark-not-run")
    history.edit(2, "raise ValueError()", "pass")
    history.upgrade()
    assert history.sql("SELECT w, x FROM a ORDER BY w") == [(1, 1), (2, 2), (3, 3), (10, 10)]


def test_temporary_table(history: History) -> None:
    """A temporary table ends with its session, so nothing that needs it can be taken up."""
    history.add(TABLES)
    history.add(
        'op.execute("CREATE TEMPORARY TABLE t AS SELECT w FROM a")\nop.execute("ALTER TABLE b ADD COLUMN x INT")\n'
        'raise ValueError()\nop.execute("INSERT INTO b (w) SELECT w FROM t")'
    )
    history.project.fails("db", "upgrade")
    history.edit(2, "raise ValueError()", "pass")
    result = history.project.fails("db", "upgrade")
    assert (
        "Error: Revision r002 is half done, and a temporary table ended with the session that made it "
        "(CREATE TEMPORARY TABLE t AS SELECT w FROM a)." in result.stderr
    )


def test_downgrade_is_taken_up(history: History) -> None:
    """A downgrade that fails half-way is taken up as well."""
    history.add(
        TABLES,
        'op.execute("DROP TABLE a")\nop.execute("DELETE FROM b")\nop.execute("DROP TABLE b")\nraise ValueError()',
    )
    history.upgrade()
    history.project.fails("db", "downgrade")
    history.edit(1, "raise ValueError()", "pass")
    history.project.ok("db", "downgrade")
    assert (history.version(), history.tables()) == ("", set())


def test_long_loop(history: History) -> None:
    """Thousands of statements in a row are one line of the journal, and are not done again."""
    history.add(TABLES)
    history.add(
        "bind = op.get_bind()\nfor number in range(3000):\n"
        '    bind.execute(sa.text("INSERT INTO b (w) VALUES (:w)"), {"w": number})\n'
        'op.execute("ALTER TABLE b ADD COLUMN x INT")\nraise ValueError()'
    )
    history.project.fails("db", "upgrade")
    [(operations,)] = history.sql("SELECT operations FROM flask_migrate_log WHERE outcome = 'failed'")
    assert len(operations) < 50_000
    history.edit(2, "raise ValueError()", "pass")
    history.upgrade()
    assert history.sql("SELECT count(*), sum(w) FROM b") == [(3000, 3000 * 2999 / 2)]


def test_statement_that_goes_on_in_the_server(history: History, tmp_path: Path) -> None:
    """What a client that is gone has begun goes on in the server; it is waited for, not sent once more."""

    def tell(text: str) -> None:
        print(text)
        (tmp_path / "told").touch()

    history.add(TABLES)
    history.add('op.execute("ALTER TABLE a ADD COLUMN x INT")\nop.execute("INSERT INTO b (w) VALUES (1)")')
    with engine_of(history.url) as engine, engine.connect() as holder, forking(history.project) as fork:
        fork(revision="r001").succeed()
        holder.exec_driver_sql("SELECT * FROM a")
        query = "SELECT id FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE a%'"
        child = fork(lock=False, lock_timeout=60)
        wait_until(lambda: history.sql(query), "the ALTER TABLE")
        os.kill(child.pid, signal.SIGSTOP)  # when it is killed, the server hears of that sooner or later
        second = fork(lambda: setattr(resume, "PATIENCE", 0.1), notify=tell)
        wait_until((tmp_path / "told").exists, "a word about the statement")
        holder.rollback()
        told = second.succeed()
    assert "Revision r002 waits for a statement of an earlier run, which goes on: ALTER TABLE a ADD COLUMN x" in told
    assert history.sql("SELECT x FROM a") == [(None,)] * 3
    assert history.sql("SELECT w FROM b") == [(1,)]


def test_errors_are_values(history: History) -> None:
    """From Python the error carries what is done."""
    half_done(history)
    history.edit(2, "VALUES (10)", "VALUES (11)")
    with pytest.raises(flask_migrate.MigrateError) as caught:
        history.run()
    assert caught.value.entries[0] == "INSERT INTO a (w) VALUES (10)"  # type: ignore[attr-defined]  # ScriptChanged
