"""docs/configuration.md lists every setting, and its apps work."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing as t
from pathlib import Path

import pytest
from flask import Flask

import flask_migrate
from flask_migrate.settings import CONFIG_KEYS, Settings
from tests.docs.pages import NAMED, read_blocks
from tests.projects import Project
from tests.scripts import tables

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
#: The apps on the page, by the folder that the page puts them in.
APPS = {
    named["name"].removesuffix("/app.py"): block.text
    for block in read_blocks(TEXT)
    if block.lines and (named := NAMED.match(block.lines[0])) and named["name"].endswith("/app.py")
}
WITH_MODELS = sorted(set(APPS) - {"raw"})
#: Apps that need a package which is not installed with this one.
NEEDED = {"lite": "flask_sqlalchemy_lite", "asynchronous": "aiosqlite"}
#: What an app's source says, and what its deployment says instead.
WRITTEN: dict[str, t.Any] = {
    "directory": "written",
    "command": "written",
    "compare_type": False,
    "render_as_batch": False,
    "configure_args": {"version_table": "written"},
    "log_table": "written",
    "lock": False,
    "wait": 1.0,
    "lock_timeout": 2.0,
    "statement_timeout": 3.0,
    "autogenerate": {"order": False},
    "own_all_tables": False,
    "exclude_tables": ["written_*"],
    "schemas": ["written"],
    "verify": False,
    "protect": False,
    "store_schema": False,
    "shadow_url": "sqlite:///written.db",
    "binds": {"logs": False},
    "jobs": 2,
    "executor": "dask://written:1",
}
DEPLOYED: dict[str, t.Any] = {
    "directory": "deployed",
    "command": "deployed",
    "compare_type": True,
    "render_as_batch": True,
    "configure_args": {"version_table": "deployed"},
    "log_table": "deployed",
    "lock": True,
    "wait": 4.0,
    "lock_timeout": 5.0,
    "statement_timeout": 6.0,
    "autogenerate": {"order": True},
    "own_all_tables": True,
    "exclude_tables": ["deployed_*"],
    "schemas": ["deployed"],
    "verify": True,
    "protect": True,
    "store_schema": True,
    "shadow_url": "sqlite:///deployed.db",
    "binds": {"logs": True},
    "jobs": 4,
    "executor": "dask://deployed:1",
}


def rows_of(heading: str) -> list[str]:
    """The first cells of the tables below a heading, in code quotes."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([\w_]+)` \|", section, re.MULTILINE)


def test_arguments_are_those_of_migrate() -> None:
    """Every parameter and every setting is in the table, and nothing else is."""
    parameters = list(inspect.signature(flask_migrate.Migrate).parameters)
    settings = [field.name for field in dataclasses.fields(Settings)]
    known = dict.fromkeys(name for name in [*parameters, *settings] if name not in ("kwargs", "configure_args"))
    assert sorted(rows_of("Arguments of `Migrate`")) == sorted(known)


def test_parameters_by_position_come_first() -> None:
    """The table begins with the parameters that may be given by position, in their order."""
    parameters = inspect.signature(flask_migrate.Migrate).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    assert rows_of("Arguments of `Migrate`")[: len(names)] == names


def test_keys_are_those_of_the_settings() -> None:
    """Every key of app.config that is read is in the table, and nothing else is."""
    assert sorted(rows_of("Keys of `app.config`")) == sorted(CONFIG_KEYS)


@pytest.mark.parametrize("name", WITH_MODELS)
def test_app_on_the_page_is_migrated(name: str, tmp_path: Path) -> None:
    """The models of each app become tables, in each of its databases, and nothing is left to migrate."""
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    project = Project(tmp_path / name, APPS[name], url="sqlite://")
    for arguments in (["init"], ["migrate", "-m", "first"], ["upgrade"], ["check"]):
        project.ok("db", *arguments)
    found = {path.stem: tables(project, f"sqlite:///{path}") for path in project.folder.rglob("*.db")}
    expected = {"shop": {"customer"}, "audit": {"entry"}} if '"audit"' in APPS[name] else {"shop": {"customer"}}
    assert found == expected


def test_binds_can_be_left_out(tmp_path: Path) -> None:
    """With the one-line setting of the page only the default database is migrated."""
    (line,) = re.findall(r"^migrate = Migrate\(app, db, binds=.*$", TEXT, re.MULTILINE)
    source = APPS["shop"].replace("migrate = Migrate(app, db)", line.replace("bigquery", "audit"))
    project = Project(tmp_path / "shop", source, url="sqlite://")
    for arguments in (["init"], ["migrate"], ["upgrade"]):
        project.ok("db", *arguments)
    assert [path.name for path in project.folder.rglob("*.db")] == ["shop.db"]


def test_env_on_the_page_works(tmp_path: Path) -> None:
    """The two env.py files of the page run; the second one limits the comparison to the table that is named."""
    short, limited = [block.text for block in read_blocks(TEXT) if "flask_migrate.environment" in block.text]
    project = Project(tmp_path / "plain", APPS["plain"], url="sqlite://")
    project.ok("db", "init")
    for text, arguments, files in (
        (limited, ["-x", "table=other", "migrate"], 0),
        (limited, ["-x", "table=customer", "migrate"], 1),
        (short, ["upgrade"], 1),
    ):
        project.write("migrations/env.py", text)
        project.ok("db", *arguments)
        assert len(project.versions()) == files
    assert tables(project, f"sqlite:///{project.folder}/shop.db") == {"customer"}


@pytest.mark.parametrize("key", CONFIG_KEYS)
def test_key_wins_over_the_argument(key: str) -> None:
    """What app.config says replaces what Migrate was given."""
    app = Flask("app")
    app.config[key] = DEPLOYED[CONFIG_KEYS[key]]
    arguments = {name: value for name, value in WRITTEN.items() if name != "configure_args"}
    flask_migrate.Migrate(app, **arguments, **WRITTEN["configure_args"])
    settings = app.extensions["migrate"].settings
    found = {name: getattr(settings, name) for name in WRITTEN}
    assert found == {**WRITTEN, CONFIG_KEYS[key]: DEPLOYED[CONFIG_KEYS[key]]}
