"""``flask db upgrade``"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.legacy.old_folders import run_sql
from tests.projects import Project
from tests.scripts import (
    FIRST,
    LINE,
    SECOND,
    THIRD,
    add_script,
    described,
    is_untouched,
    running,
    tables,
    told,
    version,
)
from tests.terminals import on_terminal

STEPS = [("", FIRST, "make one"), (FIRST, SECOND, "make two"), (SECOND, THIRD, "make three")]
ALL = {table for _, table in LINE}


def test_to_the_head(line: Project) -> None:
    """Without an argument every revision is run, and told on standard error in Alembic's words."""
    result = line.ok("db", "upgrade")
    assert tables(line) == ALL
    assert version(line) == [THIRD]
    assert result.stdout == ""
    assert told(result) == [f"Database: {described(line.url)}", *running("upgrade", *STEPS)]


def test_twice(line: Project) -> None:
    """A database that is at the head stays as it is."""
    line.ok("db", "upgrade")
    assert told(line.ok("db", "upgrade")) == [f"Database: {described(line.url)}"]
    assert version(line) == [THIRD]


def test_rows_survive(line: Project) -> None:
    """What is in the tables stays in them."""
    line.ok("db", "upgrade", FIRST)
    line.sql(line.url, "INSERT INTO one (id) VALUES (7)")
    line.ok("db", "upgrade")
    assert line.sql(line.url, "SELECT id FROM one") == [(7,)]


@pytest.mark.parametrize(
    ("start", "wanted", "end"),
    [
        (None, SECOND, SECOND),
        (None, "2b0", SECOND),
        (None, "+1", FIRST),
        (None, "+2", SECOND),
        (FIRST, "+1", SECOND),
        (FIRST, f"{FIRST}+2", THIRD),
        (None, "head", THIRD),
        (None, "heads", THIRD),
        (None, "head-1", SECOND),
        (SECOND, SECOND, SECOND),
    ],
)
@pytest.mark.engines("sqlite")
def test_to_a_revision(line: Project, start: str | None, wanted: str, end: str) -> None:
    """A revision is named by its id, by the beginning of it, or relative to another one or to the current one."""
    if start:
        line.ok("db", "upgrade", start)
    line.ok("db", "upgrade", wanted)
    assert version(line) == [end]
    assert tables(line) == {table for rev, table in LINE if rev <= end}


@pytest.mark.engines("sqlite")
def test_branches(started: Project) -> None:
    """One branch is upgraded by its label, all of them by ``heads``."""
    add_script(started, "aaaa", None, creates="shop", labels="shop")
    add_script(started, "bbbb", None, creates="blog", labels="blog")
    add_script(started, "cccc", "bbbb", creates="comment")
    started.ok("db", "upgrade", "blog@+1")
    assert tables(started) == {"blog"}
    started.ok("db", "upgrade", "blog@head")
    assert tables(started) == {"blog", "comment"}
    started.ok("db", "upgrade", "heads")
    assert (tables(started), version(started)) == ({"blog", "comment", "shop"}, ["aaaa", "cccc"])


def test_dependency(started: Project) -> None:
    """What a revision depends on is run before it."""
    add_script(started, "aaaa", None, creates="shop", labels="shop")
    add_script(started, "bbbb", None, creates="blog", labels="blog", needs="aaaa")
    result = started.ok("db", "upgrade", "blog@head")
    assert tables(started) == {"blog", "shop"}
    assert told(result)[1:] == running("upgrade", ("", "aaaa", "empty message"), ("", "bbbb", "empty message"))


def test_sql(line: Project, make_url: Callable[[], str]) -> None:
    """``--sql`` prints what makes the tables and touches nothing; a client of the database can run it."""
    result = line.ok("db", "upgrade", "--sql")
    assert is_untouched(line.url)
    url = make_url()
    run_sql(url, result.stdout)
    assert (tables(line, url), version(line, url)) == (ALL, [THIRD])
    assert told(result) == [
        f"Database: {described(line.url)}",
        "INFO  [alembic.runtime.migration] Generating static SQL",
        *running("upgrade", *STEPS),
    ]


def test_sql_of_a_range(line: Project) -> None:
    """``--sql a:b`` prints the steps after a, up to b."""
    output = line.ok("db", "upgrade", "--sql", f"{FIRST}:{SECOND}").stdout
    assert re.findall(r"CREATE TABLE \W?(\w+)", output) == ["two"]
    assert f"version_num='{SECOND}'" in output


@pytest.mark.engines("sqlite")
def test_sql_needs_no_server(make_project: Callable[..., Project]) -> None:
    """``--sql`` connects to nothing: a database that does not answer is no obstacle."""
    project = make_project(url="postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing")
    project.ok("db", "init")
    add_script(project, "aaaa", None, up="op.execute(\"INSERT INTO rate VALUES ('5%')\")")
    output = project.ok("db", "upgrade", "--sql").stdout
    assert "INSERT INTO rate VALUES ('5%');" in output


@pytest.mark.engines("sqlite")
def test_range_without_sql(line: Project) -> None:
    """A range is for ``--sql``; without it the command refuses."""
    result = line.fails("db", "upgrade", f"{FIRST}:{SECOND}", code=2)
    assert told(result)[1:] == [
        f"Error: Range revision not allowed: '{FIRST}:{SECOND}'.",
        "Give the revision to upgrade to; a range is for --sql.",
    ]
    assert is_untouched(line.url)


@pytest.mark.engines("sqlite")
def test_tag_and_x_arguments_reach_env(line: Project) -> None:
    """``--tag`` and every ``-x``, at the command and at the group, are what env.py asks Alembic for."""
    text = line.read("migrations/env.py")
    ask = "print(context.get_tag_argument(), context.get_x_argument(), context.get_x_argument(as_dictionary=True))"
    line.write("migrations/env.py", f"from alembic import context\n{ask}\n{text}")
    result = line.ok("db", "-x", "a=1", "upgrade", "--tag", "fast", "-x", "b=2", "--x-arg", "c")
    assert result.stdout == "fast ['a=1', 'b=2', 'c'] {'a': '1', 'b': '2', 'c': ''}\n"
    assert line.ok("db", "upgrade").stdout == "None [] {}\n"


def test_json(line: Project) -> None:
    """``--json`` prints for each database what was run."""
    line.ok("db", "upgrade", FIRST)
    data = json.loads(line.ok("db", "upgrade", "--json").stdout)
    (target,) = data["targets"]
    assert target.pop("seconds") >= sum(step.pop("seconds") for step in target["steps"]) > 0
    assert target == {
        "name": "",
        "database": described(line.url),
        "before": [FIRST],
        "after": [THIRD],
        "steps": [
            {"revision": SECOND, "message": "make two", "direction": "upgrade"},
            {"revision": THIRD, "message": "make three", "direction": "upgrade"},
        ],
    }


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """One history serves all binds: ``upgrade()`` is the default one's, ``upgrade_<bind>()`` that of the bind."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    path = add_script(project, "aaaa", None, "both", creates="one")
    path.write_text(path.read_text() + "\n\ndef upgrade_logs():\n    op.execute('CREATE TABLE entry (id INTEGER)')\n")
    add_script(project, "bbbb", "aaaa", "only the first", creates="two")
    result = project.ok("db", "upgrade")
    assert tables(project) == {"one", "two"}
    assert tables(project, project.binds["logs"]) == {"entry"}
    assert version(project) == version(project, project.binds["logs"]) == ["bbbb"]
    steps = running("upgrade", ("", "aaaa", "both"), ("aaaa", "bbbb", "only the first"))
    assert told(result) == [
        f"Database default: {described(project.url)}",
        f"Database logs: {described(project.binds['logs'])}",
        *steps,
        *steps,
    ]


@pytest.mark.engines("sqlite")
def test_sql_of_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """The SQL of each database stands below its name."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    add_script(project, "aaaa", None, creates="one")
    comments = [line for line in project.ok("db", "upgrade", "--sql").stdout.splitlines() if line[:3] == "-- "]
    assert comments == [
        f"-- Database default: {described(project.url)}",
        "-- Running upgrade  -> aaaa",
        f"-- Database logs: {described(project.binds['logs'])}",
        "-- Running upgrade  -> aaaa",
    ]


def test_failing_statement(line: Project) -> None:
    """What the database refuses is told with the revision, the statement and the place; earlier steps are kept
    where the engine can't take them back.
    """
    path = add_script(line, "4d04dd", THIRD, "bad idea", up="op.execute('INSERT INTO  nowhere VALUES (1)')")
    result = line.fails("db", "upgrade")
    lines = [text for text in told(result) if text.startswith(("Error:", "Statement:", "Script:"))]
    assert lines[0].startswith(f"Error: The upgrade of revision 4d04dd (bad idea) failed on {described(line.url)}: ")
    assert lines[1:] == [
        "Statement: INSERT INTO nowhere VALUES (1)",
        f"Script: {path}, line {line_of(path, 'nowhere')}",
    ]
    assert any("nowhere" in text for text in told(result)[-2:]), "the cause comes behind"
    if "version_num" in columns(line.url):
        assert version(line) != ["4d04dd"]
    path.write_text(path.read_text().replace("INSERT INTO  nowhere VALUES (1)", "INSERT INTO one VALUES (1)"))
    line.ok("db", "upgrade")
    assert (tables(line), version(line)) == (ALL, ["4d04dd"])


@pytest.mark.engines("sqlite")
def test_failing_script(line: Project) -> None:
    """An error of the script itself is told in one sentence, with the place."""
    path = add_script(line, "4d04dd", THIRD, up="raise ValueError('five  per cent\\nare  missing')")
    assert told(line.fails("db", "upgrade"))[-2:] == [
        "Error: The upgrade of revision 4d04dd (empty message) raised ValueError: five per cent are missing",
        f"Script: {path}, line {line_of(path, 'ValueError')}",
    ]


@pytest.mark.engines("sqlite")
def test_steps_are_told_by_a_process(line: Project) -> None:
    """A process of its own, without any logging set up, tells the steps as well."""
    result = line.ok("db", "upgrade", process=True)
    assert told(result) == [f"Database: {described(line.url)}", *running("upgrade", *STEPS)]
    assert result.stdout == ""


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("text", ["", "[loggers]\nkeys = root\n", "[loggers]\nkeys=a\n[handlers]\n[formatters]\n"])
def test_alembic_ini_without_logging(line: Project, text: str) -> None:
    """Without logging sections in alembic.ini, or with broken ones, the steps are told all the same."""
    line.write("migrations/alembic.ini", f"[alembic]\n{text}")
    result = line.ok("db", "upgrade", process=True)
    assert told(result) == [f"Database: {described(line.url)}", *running("upgrade", *STEPS)]


def line_of(path: Path, text: str) -> int:
    """The number of the line that holds a text."""
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def columns(url: str) -> set[str]:
    """The columns of the version table; none when there is no such table."""
    inspector = sa.inspect(sa.create_engine(url, poolclass=sa.NullPool))
    if not inspector.has_table("alembic_version"):
        return set()
    return {column["name"] for column in inspector.get_columns("alembic_version")}


def test_log_of_a_script_that_is_gone(line: Project) -> None:
    """The log may speak of revisions that no script has any more; it never stops an upgrade."""
    path = add_script(line, "4d04dd", THIRD, creates="four")
    line.ok("db", "upgrade")
    line.ok("db", "downgrade")
    path.unlink()
    add_script(line, "4d04ddee", THIRD, creates="five")
    line.ok("db", "upgrade")
    assert (tables(line), version(line)) == (ALL | {"five"}, ["4d04ddee"])


@pytest.mark.engines("sqlite")
def test_script_edited_between_runs(line: Project) -> None:
    """A script that was taken back, edited and run again is not one that was edited after it was applied."""
    path = add_script(line, "4d04dd", THIRD, creates="four")
    line.ok("db", "upgrade")
    line.ok("db", "downgrade")
    path.write_text(path.read_text().replace("'four'", "'five'"))
    assert told(line.ok("db", "upgrade"))[1:] == running("upgrade", (THIRD, "4d04dd", "empty message"))
    path.write_text(path.read_text().replace("'five'", "'six'"))
    add_script(line, "5e05ee", "4d04dd", creates="seven")
    assert told(line.ok("db", "upgrade"))[-1] == (
        "Edited after they were applied here: 4d04dd. The database has what was run, not what they say now."
    )


@pytest.mark.engines("sqlite")
def test_nothing_to_do_on_a_terminal(line: Project) -> None:
    """Silence looks like a mistake there; in a pipe there is none to be mistaken."""
    ended, text = on_terminal(line, "upgrade")
    assert (ended, "Nothing to upgrade" in text) == (0, False)
    assert on_terminal(line, "upgrade")[1].splitlines()[-1] == (
        f"Nothing to upgrade: the database is already at the head, {THIRD}."
    )
    assert on_terminal(line, "upgrade", THIRD)[1].splitlines()[-1].endswith(f" is already at {THIRD}.")
    assert "Nothing" not in line.ok("db", "upgrade", process=True).output
    assert "Nothing" not in on_terminal(line, "upgrade", "--json")[1]
    for path in line.versions():
        path.unlink()
    line.sql(line.url, "DELETE FROM alembic_version")
    assert on_terminal(line, "upgrade")[1].splitlines()[-2:] == [
        "Nothing to upgrade: the history has no revision yet.",
        "Next: flask db migrate",
    ]
