"""Fixtures of the whole suite: scratch databases on every engine, and projects in temporary folders."""

from __future__ import annotations

import itertools
import os
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.projects", "tests.legacy.old_folders", "tests.docs.pages")

from tests import plugin, projects, servers  # noqa: E402  # the helpers' asserts are rewritten first


def pytest_configure(config: pytest.Config) -> None:
    """Look for the engines, once per session."""
    config.addinivalue_line("markers", "engines(*names): run the test on these engines only, not on all")
    config.pluginmanager.register(plugin.make_plugin(config), "engines")


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on: 'sqlite', 'postgresql' or 'mariadb'."""
    request.node.user_properties.append(("engine", request.param))
    return str(request.param)


@pytest.fixture(scope="session")
def open_server(pytestconfig: pytest.Config) -> Iterator[Callable[[str], servers.Networked]]:
    """A function that connects to the server of an engine; the connection is kept until the session ends."""
    found = t.cast(plugin.EnginePlugin, pytestconfig.pluginmanager.get_plugin("engines")).found
    opened: dict[str, servers.Networked] = {}

    def open_one(name: str) -> servers.Networked:
        if name not in opened:
            opened[name] = servers.CLASSES[name](str(found[name].url))
        return opened[name]

    yield open_one
    for server in opened.values():
        server.close()


@pytest.fixture(scope="session")
def database_names(pytestconfig: pytest.Config) -> Callable[[], str]:
    """A function that returns a name for a database that no other worker, session or call uses."""
    run_id = t.cast(plugin.EnginePlugin, pytestconfig.pluginmanager.get_plugin("engines")).run_id
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    numbers = itertools.count(1)
    return lambda: f"{servers.PREFIX}{run_id}_{worker}_{next(numbers)}"


@pytest.fixture
def scratch(
    engine_name: str,
    open_server: Callable[[str], servers.Networked],
    database_names: Callable[[], str],
    tmp_path: Path,
) -> Iterator[servers.Scratch]:
    """The databases of one test, dropped at its end whoever is still connected to them."""
    server = servers.SQLite(tmp_path) if engine_name == "sqlite" else open_server(engine_name)
    databases = servers.Scratch(server, database_names)
    yield databases
    databases.drop()


@pytest.fixture
def make_url(scratch: servers.Scratch) -> Callable[[], str]:
    """A function that makes an empty database on the test's engine and returns its URL, password included."""
    return scratch.make_url


@pytest.fixture
def engine_url(make_url: Callable[[], str]) -> str:
    """The URL of an empty database on the test's engine."""
    return make_url()


@pytest.fixture
def second_url(engine_url: str, make_url: Callable[[], str]) -> str:
    """The URL of another empty database on the same engine."""
    return make_url()


@pytest.fixture
def make_project(tmp_path: Path, engine_url: str) -> Callable[..., projects.Project]:
    """A function that makes a project in a folder of its own: ``make_project(source, name=…, binds=…)``.

    The project's ``DATABASE_URL`` is ``engine_url`` unless ``url`` says otherwise.
    """
    numbers = itertools.count(1)

    def make(source: str = projects.APP, *, url: str = engine_url, **options: t.Any) -> projects.Project:
        name = options.pop("name", f"project{next(numbers)}")
        return projects.Project(tmp_path / name, source, url=url, **options)

    return make


@pytest.fixture
def project(make_project: Callable[..., projects.Project]) -> projects.Project:
    """A project with the app ``projects.APP``; the test runs on all engines, or on those of its mark."""
    return make_project()
