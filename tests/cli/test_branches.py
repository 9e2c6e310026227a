"""``flask db branches``"""

from __future__ import annotations

import json

import pytest

from tests.projects import Project
from tests.scripts import add_script, alembic_text

pytestmark = pytest.mark.engines("sqlite")


def test_no_branches(line: Project) -> None:
    """A history in one line has none."""
    result = line.ok("db", "branches")
    assert (result.stdout, result.stderr) == ("", "")


def test_children_are_listed(fork: Project) -> None:
    """The revision at which the history divides is printed, and below it what follows."""
    result = fork.ok("db", "branches")
    assert result.stdout == "aaaa (branchpoint)\n     -> bbbb (head)\n     -> cccc (head)\n\n"
    assert result.stderr == ""


@pytest.mark.parametrize("flags", [[], ["-v"], ["--verbose"]])
def test_text_is_alembics(fork: Project, flags: list[str]) -> None:
    """The text is Alembic's own; what follows a revision is in the order of its ids, where Alembic has none."""
    add_script(fork, "dddd", ("bbbb", "cccc"), "join")
    add_script(fork, "eeee", "dddd", "again left", labels=["east"])
    add_script(fork, "ffff", "dddd", "again right")
    output = fork.ok("db", "branches", *flags).stdout
    assert sorted(output.splitlines()) == sorted(alembic_text(fork, "branches", verbose=bool(flags)).splitlines())
    children = [line.split()[1].rstrip(",") for line in output.splitlines() if line.startswith("     -> ")]
    assert children == ["eeee", "ffff", "bbbb", "cccc"]


def test_json(fork: Project) -> None:
    """``--json`` prints the same as data."""
    (point,) = json.loads(fork.ok("db", "branches", "--json").stdout)
    assert point["revision"] == "aaaa"
    assert [child["revision"] for child in point["children"]] == ["bbbb", "cccc"]
