"""``flask db stamp``"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.legacy.old_folders import run_sql
from tests.projects import Project
from tests.scripts import FIRST, SECOND, THIRD, add_script, described, is_untouched, tables, told, version

NEXT = "Next: repeat it for every other database of the project; then flask db check"


def stamped(project: Project, rev: str) -> list[str]:
    """What the command tells at its end."""
    return [f"Stamped {rev} in {described(project.url)}; no migration was run.", NEXT]


def test_head(line: Project) -> None:
    """Without an argument the database is said to be at the head, and no table is made."""
    result = line.ok("db", "stamp")
    assert (tables(line), version(line)) == (set(), [THIRD])
    assert told(result) == [
        f"Database: {described(line.url)}",
        f"INFO  [alembic.runtime.migration] Running stamp_revision  -> {THIRD}",
        *stamped(line, THIRD),
    ]
    assert result.stdout == ""


def test_forward_and_back(line: Project) -> None:
    """The version goes anywhere, the tables stay."""
    line.ok("db", "upgrade", SECOND)
    for wanted, found in ((FIRST, [FIRST]), ("3c", [THIRD]), ("base", []), ("head", [THIRD])):
        result = line.ok("db", "stamp", wanted)
        assert version(line) == found
        assert told(result)[-2:] == stamped(line, ", ".join(found) or "base")
    assert tables(line) == {"one", "two"}


def test_heads(fork: Project) -> None:
    """``heads`` stamps every branch."""
    fork.ok("db", "stamp", "heads")
    assert version(fork) == ["bbbb", "cccc"]


def test_purge(line: Project) -> None:
    """``--purge`` forgets first what the version table says, a revision that no script has included."""
    line.ok("db", "stamp", FIRST)
    line.sql(line.url, "UPDATE alembic_version SET version_num = 'gone'")
    line.ok("db", "stamp", "--purge", SECOND)
    assert version(line) == [SECOND]


def test_unknown_revision_in_the_database(line: Project) -> None:
    """Without ``--purge`` a database at a revision that no script has is left alone."""
    line.ok("db", "stamp", FIRST)
    line.sql(line.url, "UPDATE alembic_version SET version_num = 'gone'")
    result = line.fails("db", "stamp", SECOND)
    assert told(result)[-3:] == [
        f"Error: Can't locate revision identified by 'gone': the database ({described(line.url)}) is at it, "
        "and no script in migrations/versions has it.",
        "Bring the script back from version control, or deploy the code that has it. When the schema is known "
        "to be that of another revision: flask db stamp --purge REVISION",
        "The database is newer than this code, or has another app's history.",
    ]
    assert version(line) == ["gone"]


def test_sql(line: Project) -> None:
    """``--sql`` prints the statements and touches nothing; a client of the database can run them."""
    result = line.ok("db", "stamp", "--sql", SECOND)
    assert is_untouched(line.url)
    assert NEXT not in told(result)
    run_sql(line.url, result.stdout)
    assert (tables(line), version(line)) == (set(), [SECOND])


@pytest.mark.engines("sqlite")
def test_tag_reaches_env(line: Project) -> None:
    """``--tag`` is what env.py asks Alembic for."""
    text = line.read("migrations/env.py")
    line.write("migrations/env.py", f"from alembic import context\nprint(context.get_tag_argument())\n{text}")
    assert line.ok("db", "stamp", "--tag", "fast").stdout == "fast\n"


@pytest.mark.engines("sqlite")
def test_json(line: Project) -> None:
    """``--json`` prints where each database was and is."""
    result = line.ok("db", "stamp", "--json", SECOND)
    (target,) = json.loads(result.stdout)["targets"]
    assert (target["before"], target["after"]) == ([], [SECOND])
    assert [step["direction"] for step in target["steps"]] == ["stamp"]
    assert NEXT not in told(result)


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """Every bind is stamped."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    add_script(project, "aaaa", None, creates="one")
    result = project.ok("db", "stamp")
    assert version(project) == version(project, project.binds["logs"]) == ["aaaa"]
    assert told(result)[-3:-1] == [
        f"Stamped aaaa in {described(url)}; no migration was run." for url in (project.url, project.binds["logs"])
    ]
