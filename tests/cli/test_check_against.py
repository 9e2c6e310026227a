"""``flask db check --against``: would merging another branch give several heads?"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.projects import Project
from tests.scripts import FIRST, SECOND, add_line, add_script, told

pytestmark = pytest.mark.engines("sqlite")


def git(folder: Path, *arguments: str) -> str:
    """What git prints in ``folder``."""
    command = ["git", "-c", "user.name=joe", "-c", "user.email=joe@localhost", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> None:
    """Commit all that has changed."""
    git(folder, "add", "-A", ".")
    git(folder, "commit", "-q", "-m", message)


@pytest.fixture
def branched(project: Project) -> Project:
    """A project in a folder of a repository: ``main`` and ``feature`` each have a revision of their own."""
    project.ok("db", "init")
    add_line(project)
    top = project.folder.parent
    git(top, "init", "-q", "-b", "main")
    commit(top, "three revisions")
    git(top, "checkout", "-q", "-b", "feature")
    add_script(project, "fea0", "3c03cc", "feature", creates="feature")
    commit(top, "feature")
    git(top, "checkout", "-q", "main")
    add_script(project, "aaa0", "3c03cc", "main", creates="main")
    commit(top, "main")
    git(top, "checkout", "-q", "feature")
    return project


def test_two_heads(branched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heads, where they are from and what to do are told; nothing is checked out."""
    monkeypatch.chdir(branched.folder)
    before = git(branched.folder, "status", "--porcelain"), branched.versions()
    result = branched.fails("db", "check", "--against", "main")
    assert result.stderr == (
        "Error: With main merged, the history has 2 heads: fea0 (feature) of this branch, aaa0 (main) of main.\n"
        "Merge it here and join them: git merge main, then flask db merge heads\n"
    )
    data = json.loads(branched.fails("db", "check", "--against", "main", "--json").stdout)
    assert data["merged"]["against"] == "main"
    assert [(one["revision"], one["is_theirs"], one["path"]) for one in data["merged"]["heads"]] == [
        ("fea0", False, "migrations/versions/fea0_feature.py"),
        ("aaa0", True, "migrations/versions/aaa0_main.py"),
    ]
    assert (git(branched.folder, "status", "--porcelain"), branched.versions()) == before


def test_one_head(branched: Project) -> None:
    """Without a new revision on the other side there is one head; a merged branch and itself have one as well."""
    git(branched.folder, "branch", "-q", "before", "main~1")
    assert branched.ok("db", "check", "--against", "before").stdout == (
        "With before merged, the history has one head: fea0.\n"
    )
    branched.ok("db", "check", "--against", "HEAD")
    git(branched.folder, "checkout", "-q", "main")
    branched.ok("db", "check", "--against", "before")
    git(branched.folder, "checkout", "-q", "feature")
    git(branched.folder, "merge", "-q", "main")
    branched.fails("db", "check", "--against", "main")
    add_script(branched, "eeee", ("fea0", "aaa0"), "joined")
    branched.ok("db", "check", "--against", "main")


def test_file_that_one_side_has_removed(branched: Project) -> None:
    """A file that is gone on one side is gone after the merge; so is one that was replaced."""
    next(path for path in branched.versions() if "fea0" in path.name).unlink()
    assert "one head: aaa0" in branched.ok("db", "check", "--against", "main").stdout
    add_script(branched, "fea1", "3c03cc", "later", creates="later")
    assert "2 heads: fea1" in branched.fails("db", "check", "--against", "main").stderr


def test_parent_that_the_other_side_has_removed(branched: Project) -> None:
    """A revision whose parent is removed there has no place any more."""
    git(branched.folder, "checkout", "-q", "main")
    for path in branched.versions():
        if path.name.startswith(("aaa0", "3c03cc")):
            path.unlink()
    commit(branched.folder, "fewer")
    git(branched.folder, "checkout", "-q", "feature")
    line = told(branched.fails("db", "check", "--against", "main"))[-2]
    assert line == (
        "Error: Revision fea0 of this branch follows 3c03cc, which is not there after main is merged: "
        "main has removed it."
    )


def test_changed_parent(branched: Project) -> None:
    """A parent that is changed on the other side counts: main puts its revision after the feature's."""
    git(branched.folder, "checkout", "-q", "-b", "rebased", "feature")
    add_script(branched, "aaa0", "fea0", "main", creates="main")
    commit(branched.folder, "main, rebased")
    git(branched.folder, "checkout", "-q", "feature")
    assert "one head: aaa0" in branched.ok("db", "check", "--against", "rebased").stdout


def test_same_id(branched: Project) -> None:
    """Two files with one id are told, though they make one head."""
    git(branched.folder, "checkout", "-q", "main")
    add_script(branched, "fea0", "aaa0", "another", creates="another")
    commit(branched.folder, "another")
    git(branched.folder, "checkout", "-q", "feature")
    line = told(branched.fails("db", "check", "--against", "main"))[-2]
    assert line.startswith("Error: Merging main would bring two files with the revision fea0: ")


def test_several_locations(branched: Project) -> None:
    """Every version location of the repository is read; one outside of it stays as it is."""
    ini = branched.read("migrations/alembic.ini")
    places = f"version_locations = {os.pathsep.join(['migrations/versions', 'elsewhere', '../../outside'])}\n"
    branched.write("migrations/alembic.ini", ini.replace("[alembic]\n", f"[alembic]\n{places}"))
    branched.write("elsewhere/.keep", "")
    (branched.folder.parent.parent / "outside").mkdir(exist_ok=True)
    commit(branched.folder, "two places")
    git(branched.folder, "checkout", "-q", "-b", "other")
    add_script(branched, "bbb0", "fea0", "elsewhere", creates="b", folder="elsewhere")
    commit(branched.folder, "elsewhere")
    git(branched.folder, "checkout", "-q", "feature")
    add_script(branched, "ccc0", "fea0", "here", creates="c")
    error = told(branched.fails("db", "check", "--against", "other"))[-2]
    assert "2 heads: ccc0 (here) of this branch, bbb0 (elsewhere) of other." in error


def test_unknown_branch(branched: Project) -> None:
    """What git does not know is told in a sentence, with what to fetch."""
    assert told(branched.fails("db", "check", "--against", "nope"))[-2:] == [
        "Error: git knows no branch, tag or commit 'nope'.",
        "These are known: git branch --all",
    ]
    for name in ("", "--output=x", "main..feature"):
        assert "git knows no branch" in branched.fails("db", "check", f"--against={name}").stderr


def test_shallow_clone(branched: Project, tmp_path: Path) -> None:
    """A clone without the commit at which the branches parted can't tell, and says how it can."""
    top = branched.folder.parent
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=feature", top.as_uri(), "clone")
    clone = Project(tmp_path / "clone" / branched.folder.name, branched.read("app.py"), url=branched.url)
    assert told(clone.fails("db", "check", "--against", "origin/main"))[-2:] == [
        "Error: git knows no branch, tag or commit 'origin/main', and the clone is shallow.",
        "Fetch it: git fetch origin main",
    ]
    git(clone.folder, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert told(clone.fails("db", "check", "--against", "main"))[-1] == "Write origin/main."
    assert told(clone.fails("db", "check", "--against", "origin/main"))[-2:] == [
        "Error: The clone is shallow, so git does not know where this branch and origin/main parted.",
        "Fetch the whole history: git fetch --unshallow (in GitHub Actions, fetch-depth: 0 for checkout)",
    ]
    git(clone.folder, "fetch", "-q", "--unshallow", "origin")
    assert "2 heads" in clone.fails("db", "check", "--against", "origin/main").stderr


@pytest.mark.parametrize("path", [None, "/nowhere"])
def test_without_git(project: Project, path: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git or a repository a sentence says so."""
    project.ok("db", "init")
    if path is not None:
        monkeypatch.setenv("PATH", path)
    line = told(project.fails("db", "check", "--against", "main"))[-2]
    why = "git is needed to read main" if path else "git can't compare "
    assert line.startswith(f"Error: {why}")


def test_file_that_has_to_run(branched: Project) -> None:
    """A file of the other branch is not run, and that is said."""
    git(branched.folder, "checkout", "-q", "main")
    name = "migrations/versions/aaa0_main.py"
    branched.write(name, branched.read(name).replace("revision = 'aaa0'", "revision = 'aaa' + str(0)", 1))
    commit(branched.folder, "computed")
    git(branched.folder, "checkout", "-q", "feature")
    line = told(branched.fails("db", "check", "--against", "main"))[-2]
    assert line.endswith("aaa0_main.py of main can't be read without running it.")
    assert SECOND in branched.ok("db", "history").stdout
    assert FIRST in branched.ok("db", "history").stdout
