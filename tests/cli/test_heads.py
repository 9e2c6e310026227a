"""``flask db heads``"""

from __future__ import annotations

import json

import pytest

from tests.projects import Project
from tests.scripts import THIRD, add_script, alembic_text

pytestmark = pytest.mark.engines("sqlite")


def test_one_head(line: Project) -> None:
    """The head is printed; no database is asked."""
    result = line.ok("db", "heads")
    assert (result.stdout, result.stderr) == (f"{THIRD} (head)\n", "")


def test_no_head(started: Project) -> None:
    """A history without revisions has none."""
    assert started.ok("db", "heads").stdout == ""


@pytest.mark.parametrize("flags", [[], ["-v"], ["--verbose"]])
def test_text_is_alembics(fork: Project, flags: list[str]) -> None:
    """The text is Alembic's own for several heads with labels."""
    add_script(fork, "dddd", "cccc", "right again", labels="right")
    assert fork.ok("db", "heads", *flags).stdout == alembic_text(fork, "heads", verbose=bool(flags))
    assert fork.ok("db", "heads").stdout == "bbbb (head)\ndddd (right) (head)\n"


def test_resolve_dependencies(started: Project) -> None:
    """``--resolve-dependencies`` leaves out a head on which another one depends."""
    add_script(started, "aaaa", None, labels="shop")
    add_script(started, "bbbb", None, labels="blog", needs="aaaa")
    assert started.ok("db", "heads").stdout == alembic_text(started, "heads")
    resolved = started.ok("db", "heads", "--resolve-dependencies").stdout
    assert resolved == alembic_text(started, "heads", resolve_dependencies=True) == "bbbb (blog) (head)\n"


def test_json(fork: Project) -> None:
    """``--json`` prints the heads as data."""
    data = json.loads(fork.ok("db", "heads", "--json").stdout)
    assert [(entry["revision"], entry["is_head"]) for entry in data] == [("bbbb", True), ("cccc", True)]
