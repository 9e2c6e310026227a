"""``flask db downgrade``"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.legacy.old_folders import run_sql
from tests.projects import Project
from tests.scripts import FIRST, LINE, SECOND, THIRD, add_script, described, running, tables, told, version

STEPS = [(THIRD, SECOND, "make three"), (SECOND, FIRST, "make two"), (FIRST, "", "make one")]
ALL = {table for _, table in LINE}


@pytest.fixture
def applied(line: Project) -> Project:
    """A project with the three revisions of ``LINE`` applied."""
    line.ok("db", "upgrade")
    return line


def test_one_step(applied: Project) -> None:
    """Without an argument the last revision is taken back, and told in Alembic's words."""
    result = applied.ok("db", "downgrade")
    assert (tables(applied), version(applied)) == ({"one", "two"}, [SECOND])
    assert result.stdout == ""
    assert told(result) == [f"Database: {described(applied.url)}", *running("downgrade", STEPS[0])]


def test_to_base(applied: Project) -> None:
    """``base`` takes everything back, newest first; an upgrade makes it again."""
    result = applied.ok("db", "downgrade", "base")
    assert (tables(applied), version(applied)) == (set(), [])
    assert told(result)[1:] == running("downgrade", *STEPS)
    applied.ok("db", "upgrade")
    assert (tables(applied), version(applied)) == (ALL, [THIRD])


def test_two_down_two_up(applied: Project) -> None:
    """Two downgrades and two upgrades in a row end where they began, with the rows that were not dropped."""
    applied.sql(applied.url, "INSERT INTO one (id) VALUES (7)")
    for command in (["downgrade"], ["downgrade"], ["upgrade", "+1"], ["upgrade", "+1"]):
        applied.ok("db", *command)
    assert (tables(applied), version(applied)) == (ALL, [THIRD])
    assert applied.sql(applied.url, "SELECT id FROM one") == [(7,)]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("wanted", "end"),
    [("-2", FIRST), (FIRST, FIRST), ("1a", FIRST), (f"{THIRD}-1", SECOND), ("head", THIRD), (f"{SECOND}-1", FIRST)],
)
def test_to_a_revision(applied: Project, wanted: str, end: str) -> None:
    """A revision is named by its id, by the beginning of it, or relative to another one or to the current one."""
    applied.ok("db", "downgrade", wanted)
    assert version(applied) == [end]
    assert tables(applied) == {table for rev, table in LINE if rev <= end}


@pytest.mark.engines("sqlite")
def test_relative_needs_no_separator(applied: Project) -> None:
    """``-2`` is a revision and no option, before options as well as after them."""
    applied.ok("db", "downgrade", "-2", "--tag", "x")
    assert version(applied) == [FIRST]
    applied.ok("db", "upgrade")
    applied.ok("db", "downgrade", "--tag", "x", "-2")
    assert version(applied) == [FIRST]
    applied.ok("db", "downgrade", "-d", "migrations", "--", "-1")
    assert version(applied) == []


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--bogus"], "No such option '--bogus'."),
        (["--bogus", "base"], "No such option '--bogus'."),
        (["-b"], "No such option '-b'."),
        (["base", "--bogus"], "Got unexpected extra argument (--bogus)"),
    ],
)
def test_unknown_option(applied: Project, arguments: list[str], error: str) -> None:
    """Any other dash is an option that does not exist, and wrong usage."""
    assert told(applied.fails("db", "downgrade", *arguments, code=2))[-1] == f"Error: {error}"
    assert version(applied) == [THIRD]


def test_branch(fork: Project) -> None:
    """One of two branches is taken back, the other stays."""
    fork.ok("db", "upgrade", "heads")
    fork.ok("db", "downgrade", "bbbb@aaaa")
    assert tables(fork) == {"aaaa", "cccc"}


def test_below_base(applied: Project) -> None:
    """More steps than there are is an error, and nothing is taken back."""
    result = applied.fails("db", "downgrade", "-4")
    assert told(result)[-2:] == [
        "Error: Relative revision -4 didn't produce 4 migrations: there are not that many revisions on that side.",
        "'flask db current' tells where the database is, 'flask db history' what comes before and after it.",
    ]
    assert (tables(applied), version(applied)) == (ALL, [THIRD])


def test_sql(applied: Project) -> None:
    """``--sql a:b`` prints what takes the steps back; a client of the database can run it."""
    output = applied.ok("db", "downgrade", "--sql", f"{THIRD}:{FIRST}").stdout
    assert (tables(applied), version(applied)) == (ALL, [THIRD])
    run_sql(applied.url, output)
    assert (tables(applied), version(applied)) == ({"one"}, [FIRST])


def test_sql_of_one_step(applied: Project) -> None:
    """``--sql`` alone is the step from the head."""
    output = applied.ok("db", "downgrade", "--sql").stdout
    assert re.findall(r"DROP TABLE \W?(\w+)", output) == ["three"]


@pytest.mark.engines("sqlite")
def test_sql_without_a_start(applied: Project) -> None:
    """``--sql`` can't ask the database where it is, so a single revision is not enough."""
    assert told(applied.fails("db", "downgrade", "--sql", FIRST, code=2))[1:] == [
        "Error: downgrade with --sql requires <fromrev>:<torev>.",
        "For example: flask db downgrade --sql head:base",
    ]


@pytest.mark.engines("sqlite")
def test_tag_and_x_arguments_reach_env(applied: Project) -> None:
    """``--tag`` and ``-x`` are what env.py asks Alembic for."""
    text = applied.read("migrations/env.py")
    ask = "print(context.get_tag_argument(), context.get_x_argument())"
    applied.write("migrations/env.py", f"from alembic import context\n{ask}\n{text}")
    assert applied.ok("db", "downgrade", "--tag", "fast", "-x", "b=2").stdout == "fast ['b=2']\n"


@pytest.mark.engines("sqlite")
def test_json(applied: Project) -> None:
    """``--json`` prints for each database what was run."""
    (target,) = json.loads(applied.ok("db", "downgrade", "--json").stdout)["targets"]
    assert (target["before"], target["after"]) == ([THIRD], [SECOND])
    assert [(step["revision"], step["direction"]) for step in target["steps"]] == [(THIRD, "downgrade")]


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """Every bind is taken back; a bind for which a script has no function has nothing to do."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    add_script(project, "aaaa", None, "one", creates="one")
    path = add_script(project, "bbbb", "aaaa", "logs", creates="two")
    up, down = "op.execute('CREATE TABLE entry (id INTEGER)')", "op.drop_table('entry')"
    path.write_text(f"{path.read_text()}\n\ndef upgrade_logs():\n    {up}\n\n\ndef downgrade_logs():\n    {down}\n")
    project.ok("db", "upgrade")
    assert tables(project, project.binds["logs"]) == {"entry"}
    project.ok("db", "downgrade")
    assert (tables(project), tables(project, project.binds["logs"])) == ({"one"}, set())
    project.ok("db", "downgrade")
    assert (tables(project), version(project), version(project, project.binds["logs"])) == (set(), [], [])


def test_failing_step(applied: Project) -> None:
    """A downgrade that the database refuses is told with the revision; what is older stays applied."""
    path = add_script(applied, "4d04dd", THIRD, "one way", down="op.execute('DROP TABLE nowhere')")
    applied.ok("db", "upgrade")
    result = applied.fails("db", "downgrade", "base")
    error, statement, script, cause, _ = told(result)[-5:]
    assert error.startswith(f"Error: The downgrade of revision 4d04dd (one way) failed on {described(applied.url)}: ")
    assert statement == "Statement: DROP TABLE nowhere"
    assert script.startswith(f"Script: {path}, line ")
    assert cause.startswith("Cause: ")
    assert (tables(applied), version(applied)) == (ALL, ["4d04dd"])
