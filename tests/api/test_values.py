"""What the functions return."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import flask_migrate
from flask_migrate import DifferencesFound, MigrateError
from tests.projects import Project
from tests.scripts import FIRST, LINE, SECOND, THIRD, add_fork, add_script, described, is_untouched, tables, version

ALL = {table for _, table in LINE}


def test_upgrade(line: Project) -> None:
    """For each database: what it is, from where, to where, and every step."""
    with line.context():
        result = flask_migrate.upgrade()
    (target,) = result.targets
    assert (target.name, target.database) == ("", described(line.url))
    assert (target.before, target.after) == ((), (THIRD,))
    assert [(step.revision, step.message, step.direction) for step in target.steps] == [
        (FIRST, "make one", "upgrade"),
        (SECOND, "make two", "upgrade"),
        (THIRD, "make three", "upgrade"),
    ]
    assert result.revisions == target.revisions == (FIRST, SECOND, THIRD)
    assert result.seconds == target.seconds >= sum(step.seconds for step in target.steps) > 0
    assert (tables(line), version(line)) == (ALL, [THIRD])


def test_upgrade_of_nothing(line: Project) -> None:
    """When there is nothing to do, nothing was run."""
    with line.context():
        flask_migrate.upgrade()
        (target,) = flask_migrate.upgrade().targets
    assert (target.before, target.after, target.steps) == ((THIRD,), (THIRD,), ())


def test_downgrade(line: Project) -> None:
    """The same for the way back."""
    with line.context():
        flask_migrate.upgrade()
        (target,) = flask_migrate.downgrade(revision=FIRST).targets
    assert (target.before, target.after) == ((THIRD,), (FIRST,))
    assert [(step.revision, step.direction) for step in target.steps] == [(THIRD, "downgrade"), (SECOND, "downgrade")]
    assert (tables(line), version(line)) == ({"one"}, [FIRST])


def test_stamp(line: Project) -> None:
    """A stamp is one step to the revision."""
    with line.context():
        (target,) = flask_migrate.stamp(revision=SECOND).targets
        assert flask_migrate.stamp(revision=[FIRST]).targets[0].after == (FIRST,)
        assert flask_migrate.stamp(revision=THIRD, purge=True).targets[0].after == (THIRD,)
    assert (target.before, target.after) == ((), (SECOND,))
    assert [(step.revision, step.direction) for step in target.steps] == [(SECOND, "stamp")]
    assert (tables(line), version(line)) == (set(), [THIRD])


def test_ensure_version(line: Project) -> None:
    """The version table is made; no step is run."""
    with line.context():
        (target,) = flask_migrate.ensure_version().targets
    assert (target.before, target.after, target.steps, version(line)) == ((), (), (), [])


@pytest.mark.parametrize("function", ["upgrade", "stamp"])
def test_sql(line: Project, function: str, capsys: pytest.CaptureFixture[str]) -> None:
    """SQL goes to ``output``, else to standard output; the databases are not touched."""
    output = io.StringIO()
    with line.context():
        getattr(flask_migrate, function)(sql=True, output=output)
        assert capsys.readouterr().out == ""
        getattr(flask_migrate, function)(sql=True)
    assert capsys.readouterr().out == output.getvalue()
    assert f"'{THIRD}'" in output.getvalue()
    assert is_untouched(line.url)


def test_sql_of_a_downgrade(line: Project) -> None:
    """Without a revision the SQL of a downgrade is the step from the head."""
    output = io.StringIO()
    with line.context():
        flask_migrate.downgrade(sql=True, output=output)
    assert "DROP TABLE three" in output.getvalue()
    assert "DROP TABLE two" not in output.getvalue()


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """There is a value for each database, the default one first; a revision that ran in both counts once."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    add_script(project, "aaaa", None, creates="one")
    with project.context():
        result = flask_migrate.upgrade()
        current = flask_migrate.current(quiet=True)
    assert [(target.name, target.after) for target in result.targets] == [("", ("aaaa",)), ("logs", ("aaaa",))]
    assert result.revisions == ("aaaa",)
    assert [(target.name, target.is_at_head) for target in current] == [("", True), ("logs", True)]


def test_migrate(started: Project) -> None:
    """The new revision and its file; the value is false when nothing has changed."""
    with started.context():
        new = flask_migrate.migrate(message="Users", rev_id="aaaa")
        assert new
        assert new.paths == (str(started.folder / "migrations/versions/aaaa_users.py"),)
        assert (new.revisions[0].revision, new.revisions[0].message) == ("aaaa", "Users")
        flask_migrate.upgrade()
        nothing = flask_migrate.migrate()
    assert not nothing
    assert (nothing.revisions, nothing.paths) == ((), ())
    assert [path.name for path in started.versions()] == ["aaaa_users.py"]


@pytest.mark.engines("sqlite")
def test_revision(line: Project) -> None:
    """The new revision, with its parent and its dependencies."""
    with line.context():
        (new,) = flask_migrate.revision(message="More", rev_id="ffff", depends_on=FIRST).revisions
    assert (new.down_revisions, new.dependencies, new.is_head, new.is_base) == ((THIRD,), (FIRST,), True, False)
    assert Path(new.path).name == "ffff_more.py"


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("revisions", ["", [], "heads", ["bbbb", "cccc"], ("bb", "cc")])
def test_merge(started: Project, revisions: object) -> None:
    """The new revision, with all its parents; a string or a sequence of them."""
    add_fork(started)
    with started.context():
        (new,) = flask_migrate.merge(revisions=revisions, rev_id="dddd").revisions  # type: ignore[arg-type]  # all sorts
    assert (new.down_revisions, new.is_merge_point) == (("bbbb", "cccc"), True)


@pytest.mark.engines("sqlite")
def test_edit(line: Project) -> None:
    """The paths of the files that were opened; by default of where the database is."""
    line.env["EDITOR"] = "true"
    with line.context():
        flask_migrate.upgrade(revision=SECOND)
        assert flask_migrate.edit() == (str(line.versions()[1]),)
        assert flask_migrate.edit(revision="head") == (str(line.versions()[2]),)


@pytest.mark.engines("sqlite")
def test_read_functions(line: Project) -> None:
    """The functions that only look return values, the newest revision first."""
    with line.context():
        flask_migrate.upgrade(revision=SECOND)
        history = flask_migrate.history(quiet=True)
        marked = flask_migrate.history(indicate_current=True, quiet=True)
        heads = flask_migrate.heads(quiet=True)
        shown = flask_migrate.show(revision=FIRST, quiet=True)
        (current,) = flask_migrate.current(quiet=True)
        branches = flask_migrate.branches(quiet=True)
    assert [revision.revision for revision in history] == [THIRD, SECOND, FIRST]
    assert [revision.is_current for revision in history] == [None] * 3
    assert [revision.is_current for revision in marked] == [False, True, False]
    assert [revision.revision for revision in heads] == [THIRD]
    assert [(revision.revision, revision.is_base) for revision in shown] == [(FIRST, True)]
    assert ([revision.revision for revision in current.revisions], current.is_at_head) == ([SECOND], False)
    assert branches == ()


@pytest.mark.engines("sqlite")
def test_branches(started: Project) -> None:
    """A branch point and what follows it."""
    add_fork(started)
    with started.context():
        (point,) = flask_migrate.branches(quiet=True)
    assert point.revision.revision == "aaaa"
    assert [child.revision for child in point.children] == ["bbbb", "cccc"]


def test_check(started: Project) -> None:
    """Nothing when models and databases agree, else an error that holds the differences."""
    with started.context():
        with pytest.raises(DifferencesFound) as caught:
            flask_migrate.check()
        assert caught.value.changes == ('+ table "user"',)
        assert isinstance(caught.value, MigrateError)
        flask_migrate.migrate()
        flask_migrate.upgrade()
        flask_migrate.check()


@pytest.mark.engines("sqlite")
def test_init_and_templates(project: Project) -> None:
    """The folder and its files; the names of the templates."""
    with project.context():
        folder = flask_migrate.init(directory=Path("a") / "b")
        names = [template.name for template in flask_migrate.list_templates()]
    assert folder.directory == str(project.folder / "a/b")
    assert [Path(path).name for path in folder.files] == ["README", "alembic.ini", "env.py", "script.py.mako"]
    assert names == ["flask", "flask-multidb"]


@pytest.mark.engines("sqlite")
def test_positional_arguments(line: Project) -> None:
    """Everything can be passed by position, as old launch scripts do."""
    with line.context():
        flask_migrate.upgrade("migrations", "head", False, None, None)
        flask_migrate.downgrade("migrations", "-1", False, None, ["a=1"])
        flask_migrate.stamp("migrations", "head", False, None, False)
        flask_migrate.revision("migrations", "More", False, False, "head", False, None, None, "ffff")
        flask_migrate.history("migrations", "base:head", True, False)
    assert line.versions()[-1].name == "ffff_more.py"


@pytest.mark.engines("sqlite")
def test_values_are_frozen_and_json(line: Project) -> None:
    """What is returned can't be edited, and can be written as JSON."""
    with line.context():
        result = flask_migrate.upgrade()
        values = [
            result,
            *flask_migrate.current(quiet=True),
            *flask_migrate.history(quiet=True),
            flask_migrate.revision(),
            *flask_migrate.list_templates(),
            flask_migrate.init("other"),
        ]
    for value in values:
        assert json.loads(json.dumps(value.to_dict())) is not None
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.targets = ()  # type: ignore[misc]  # it must fail
