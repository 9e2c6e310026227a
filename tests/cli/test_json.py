"""With ``--json``, standard output holds the JSON and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.projects import Project

pytestmark = pytest.mark.engines("sqlite")

HOOK = """

[post_write_hooks]
hooks = talk
talk.type = exec
talk.executable = echo
talk.options = the hook talks
"""


@pytest.fixture
def talking(started: Project) -> Project:
    """A project of which the app, env.py, a script and a hook print something."""
    started.append("app.py", "\nprint('the app talks')\n")
    started.append("migrations/env.py", "\nprint('env.py talks')\n")
    started.append("migrations/alembic.ini", HOOK)
    return started


@pytest.mark.parametrize("process", [False, True])
def test_others_talk(talking: Project, process: bool) -> None:
    """What others print goes to standard error; so does what a process prints that is started on the way."""
    written = talking.ok("db", "migrate", "--json", process=process)
    path = json.loads(written.stdout)["revisions"][0]["path"]
    assert "env.py talks" in written.stderr
    if process:
        assert "the app talks" in written.stderr
        assert "the hook talks" in written.stderr
    with open(path, "a", encoding="utf-8") as file:
        file.write("\nprint('the script talks')\n")
    upgraded = talking.ok("db", "upgrade", "--json", process=process)
    assert json.loads(upgraded.stdout)
    assert "the script talks" in upgraded.stderr
    assert json.loads(talking.ok("db", "check", "--json", process=process).stdout) == {"changes": []}
    talking.append("app.py", "\nclass More(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n")
    differing = talking.fails("db", "check", "--json", process=process)
    assert json.loads(differing.stdout)["changes"]


def test_without_json(talking: Project) -> None:
    """Without ``--json`` everything is printed where it was."""
    assert "the app talks" in talking.ok("db", "heads", process=True).stdout
