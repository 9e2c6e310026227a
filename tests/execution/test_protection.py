"""What has to be said before a downgrade destroys anything."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

import flask_migrate
from tests.execution.histories import History
from tests.projects import Project
from tests.terminals import on_terminal

CREATE = "op.create_table('a', sa.Column('id', sa.Integer, primary_key=True), sa.Column('w', sa.Integer))"
ROWS = "op.execute('INSERT INTO a (id, w) VALUES (1, 1), (2, NULL)')"
REASON = "down_revision = 'r001'\nirreversible = 'the old names are gone'"


def protected(history: History) -> History:
    """The app with ``Migrate(protect=True)``."""
    history.project.replace("app.py", "Migrate(app, db)", "Migrate(app, db, protect=True)")
    return history


def test_irreversible(history: History) -> None:
    """A revision that says so is not taken back, nor is one above it in the same command."""
    history.add(CREATE)
    history.add(ROWS)
    history.edit(2, "down_revision = 'r001'", REASON)
    history.add("op.drop_column('a', 'w')", "raise ValueError('must not run')")
    history.upgrade()
    result = history.project.fails("db", "downgrade", "base", code=5)
    assert "Revision r002 (empty message) can't be taken back: the old names are gone." in result.stderr
    assert history.version() == "r003"
    assert history.project.fails("db", "downgrade", "--sql", "r003:base", code=5).stdout.count("DROP") == 0
    output = history.project.ok("db", "downgrade", "--plan", "base").stdout
    assert "    irreversible: the old names are gone" in output
    assert [row for row in history.log() if row[1] == "downgrade"] == []


def test_irreversible_in_one_of_several(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """When one database would refuse, none is touched: here only the second one has the revision."""
    audit = make_url()
    history = History(make_project(binds={"audit": audit}))
    history.project.ok("db", "init")
    history.add(CREATE)
    history.upgrade()
    history.add("pass")
    history.edit(2, "down_revision = 'r001'", REASON)
    with history.project.context() as app, app.extensions["sqlalchemy"].engines["audit"].begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'r002'")
    history.project.fails("db", "downgrade", "base", code=5)
    assert history.version() == "r001"


def test_protected(history: History) -> None:
    """In a protected app nothing is dropped unless that is allowed; what drops nothing needs no permission."""
    protected(history).add(CREATE, "op.drop_table('a')")
    history.add("pass")
    history.upgrade()
    history.sql(ROWS.removeprefix("op.execute('").removesuffix("')"))
    history.project.ok("db", "downgrade", "r001")
    result = history.project.fails("db", "downgrade", "base", code=5)
    assert 'The downgrade would destroy table "a" (2 rows), and this app is protected.' in result.stderr
    history.project.fails("db", "downgrade", "--yes", "base", code=5)
    assert (history.version(), history.tables()) == ("r001", {"a"})
    with history.project.context(), pytest.raises(flask_migrate.Refused):
        flask_migrate.downgrade()
    history.project.ok("db", "downgrade", "--allow-destructive", "base")
    assert (history.version(), history.tables()) == ("", set())


def test_protected_from_own_code(history: History) -> None:
    """What a script decides by itself may be anything."""
    protected(history).add(CREATE, "op.get_bind().execute(sa.text('SELECT 1')).all()")
    history.upgrade()
    result = history.project.fails("db", "downgrade", code=5)
    assert "would destroy whatever the code of r001 decides" in result.stderr
    with history.project.context():
        assert flask_migrate.downgrade(allow_destructive=True).revisions == ("r001",)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("value", "code"), [("1", 5), ("true", 5), ("0", 0), ("no", 0), ("", 0)])
def test_protected_by_the_environment(history: History, monkeypatch: pytest.MonkeyPatch, value: str, code: int) -> None:
    """``FLASK_MIGRATE_PROTECT`` protects any app."""
    history.add(CREATE, "op.drop_table('a')")
    history.upgrade()
    with history.project.context():
        monkeypatch.setenv("FLASK_MIGRATE_PROTECT", value)
        with pytest.raises(flask_migrate.Refused) if code else contextlib.nullcontext():
            flask_migrate.downgrade()
    assert history.version() == ("r001" if code else "")


@pytest.mark.engines("sqlite")
def test_protected_by_a_setting(history: History) -> None:
    """``MIGRATE_PROTECT`` protects too, and ``--sql`` touches nothing that needs protection."""
    history.project.replace("app.py", "db = SQL", 'app.config["MIGRATE_PROTECT"] = True\ndb = SQL')
    history.add(CREATE, "op.drop_table('a')")
    history.upgrade()
    history.project.fails("db", "downgrade", code=5)
    assert "DROP TABLE a" in history.project.ok("db", "downgrade", "--sql").stdout


def test_confirm(history: History) -> None:
    """From Python, ``confirm`` sees the plan and decides; without rows it is not asked."""
    history.add(CREATE, "op.drop_table('a')")
    history.add(ROWS)
    history.upgrade()
    asked: list[flask_migrate.Plan] = []

    def refuse(plan: flask_migrate.Plan) -> bool:
        asked.append(plan)
        return False

    with history.project.context():
        flask_migrate.downgrade(confirm=refuse)
        assert asked == []
        with pytest.raises(flask_migrate.Refused) as caught:
            flask_migrate.downgrade(confirm=refuse)
        assert caught.value.exit_code == 5
        assert [loss.rows for loss in asked[0].losses] == [2]
        assert history.version() == "r001"
        flask_migrate.downgrade(confirm=lambda plan: True)
    assert (history.version(), history.tables()) == ("", set())


@pytest.mark.engines("sqlite", "mariadb")
def test_terminal(history: History) -> None:
    """On a terminal the command asks before rows are lost; ``--yes`` answers."""
    history.add(CREATE, "op.drop_table('a')")
    history.add(ROWS)
    history.upgrade("r002")
    assert on_terminal(history.project, "downgrade")[0] == 0
    code, output = on_terminal(history.project, "downgrade", answer="n\n")
    assert code == 5
    assert 'table "a" (2 rows)' in output
    assert (history.version(), history.tables()) == ("r001", {"a"})
    assert on_terminal(history.project, "downgrade", answer="y\n")[0] == 0
    assert history.tables() == set()
    history.upgrade()
    code, output = on_terminal(history.project, "downgrade", "--yes", "base")
    assert (code, "destroys" in output, history.tables()) == (0, False, set())


def test_without_a_terminal(history: History) -> None:
    """A script or a container is not asked: it goes on as ever."""
    history.add(CREATE + "\n" + ROWS, "op.drop_table('a')")
    history.upgrade()
    history.project.ok("db", "downgrade")
    assert history.tables() == set()


def test_moved_meanwhile(history: History) -> None:
    """What nobody has agreed to is not taken back when the database moves between question and answer."""
    history.add(CREATE, "op.drop_table('a')")
    history.add(ROWS, "op.execute('DELETE FROM a')")
    history.add("op.create_table('b', sa.Column('id', sa.Integer))", "op.drop_table('b')")
    history.upgrade("r002")

    def move(plan: flask_migrate.Plan) -> bool:
        history.sql("UPDATE alembic_version SET version_num = 'r003'")
        return True

    with history.project.context(), pytest.raises(flask_migrate.Refused) as caught:
        flask_migrate.downgrade(revision="r001", confirm=move)
    assert "r003 would be taken back as well" in str(caught.value)
    assert history.version() == "r003"
