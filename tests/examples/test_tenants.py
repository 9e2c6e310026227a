"""The example with tenants: its README, its pages, and customers that come and go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import Player
from tests.projects import Project, clean_environ

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tenants"
APP = "notebook"
#: A request to a page and what it answers, as a command.
ASK = (
    "from notebook import create_app; client = create_app().test_client(); "
    "client.post('/acme/notes', data={'text': 'milk'}); print(client.get('/acme/notes').json, "
    "client.get('/globex/notes').json, client.get('/nobody/notes').status_code)"
)


@pytest.fixture
def notebook(make_project: Callable[..., Project]) -> Iterator[Project]:
    """A copy of the example; what it made on a server is dropped."""
    project = make_project("")
    shutil.copytree(
        EXAMPLE, project.folder, ignore=shutil.ignore_patterns("instance", "__pycache__"), dirs_exist_ok=True
    )
    yield project
    for name in ("acme", "globex"):
        project.invoke("remove-customer", name, "--yes", app=APP)


@pytest.mark.engines("sqlite")
def test_readme(notebook: Project) -> None:
    """Its commands do what it says; the other test goes through them on every engine."""
    player = Player(notebook.folder, {**clean_environ(), "DATABASE_URL": notebook.url})
    player.play((EXAMPLE / "README.md").read_text(encoding="utf-8"))


def test_pages(notebook: Project, engine_name: str) -> None:
    """Each customer has its own notes; a model that changes reaches all of them."""
    notebook.ok("db", "upgrade", app=APP)
    for name in ("acme", "globex"):
        notebook.ok("add-customer", name, app=APP)
    assert "There is a customer acme already." in notebook.fails("add-customer", "acme", app=APP).stderr
    notebook.fails("add-customer", 'a"; DROP', app=APP, code=2)
    assert notebook.run("python", "-c", ASK).stdout == "[{'is_done': False, 'text': 'milk'}] [] 404\n"
    notebook.append("notebook.py", "\n\nNote.color = db.Column(db.String(10))\n")
    notebook.ok("db", "migrate", "-m", "color", app=APP)
    text = max(notebook.versions(), key=lambda path: path.stat().st_mtime).read_text(encoding="utf-8")
    assert "color" in text.partition("def upgrade_customer")[2]
    notebook.ok("db", "upgrade", app=APP)
    notebook.ok("db", "upgrade", "--tenants", "all", app=APP)
    notebook.ok("db", "check", "--tenants", "all", app=APP)
    assert notebook.run("python", "-c", ASK).stdout.count("milk") == 2
