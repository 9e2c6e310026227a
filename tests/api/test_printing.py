"""Calls from Python print nothing, but for the five read functions that old scripts read from standard output."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest

import flask_migrate
from tests.projects import Project
from tests.scripts import SECOND, alembic_text

pytestmark = pytest.mark.engines("sqlite")

Call = Callable[[], t.Any]
CALLS: dict[str, Call] = {
    "init": lambda: flask_migrate.init("other"),
    "list_templates": flask_migrate.list_templates,
    "revision": flask_migrate.revision,
    "upgrade": flask_migrate.upgrade,
    "downgrade": lambda: flask_migrate.downgrade(revision="base"),
    "migrate": lambda: (flask_migrate.upgrade(), flask_migrate.migrate(allow_drop_all=True)),
    "merge": lambda: (flask_migrate.revision(head="base"), flask_migrate.merge()),
    "stamp": flask_migrate.stamp,
    "ensure_version": flask_migrate.ensure_version,
    "edit": lambda: flask_migrate.edit(revision="head"),
    "history": lambda: flask_migrate.history(quiet=True),
    "heads": lambda: flask_migrate.heads(quiet=True),
    "branches": lambda: flask_migrate.branches(quiet=True),
    "show": lambda: flask_migrate.show(quiet=True),
    "current": lambda: flask_migrate.current(quiet=True),
}


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_printed(any_env: Project, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither standard output nor standard error gets a byte, whatever env.py and alembic.ini say of logging."""
    any_env.env["EDITOR"] = "true"
    with any_env.context():
        CALLS[name]()
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("history", {}),
        ("history", {"verbose": True, "rev_range": f":{SECOND}"}),
        ("heads", {}),
        ("heads", {"verbose": True}),
        ("branches", {}),
        ("show", {"revision": SECOND}),
    ],
)
def test_classic_functions_print(
    line: Project, function: str, arguments: dict[str, t.Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """They print what Alembic prints."""
    with line.context():
        getattr(flask_migrate, function)(**arguments)
    positional = [arguments.pop("revision")] if "revision" in arguments else []
    assert tuple(capfd.readouterr()) == (alembic_text(line, function, *positional, **arguments), "")


def test_current_prints(line: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """``current`` prints the revisions, and with ``verbose`` the database."""
    with line.context():
        flask_migrate.upgrade(revision=SECOND)
        flask_migrate.current()
        assert tuple(capfd.readouterr()) == (f"{SECOND}\n", "")
        flask_migrate.current(verbose=True)
    assert capfd.readouterr().out.startswith(f"Current revision(s) for {line.url}:\nRev: {SECOND}\n")
