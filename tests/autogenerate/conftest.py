"""One laboratory for each engine, kept for the whole session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests import servers

from .laboratory import Laboratory


@pytest.fixture(scope="session")
def open_laboratory(
    open_server: Callable[[str], servers.Networked],
    database_names: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Laboratory]]:
    """A function that gives the laboratory of an engine."""
    opened: dict[str, tuple[Laboratory, servers.Scratch]] = {}

    def open_one(name: str) -> Laboratory:
        if name not in opened:
            folder = tmp_path_factory.mktemp(name)
            server = servers.SQLite(folder) if name == "sqlite" else open_server(name)
            databases = servers.Scratch(server, database_names)
            opened[name] = (Laboratory(name, databases.make_url(), databases.make_url(), folder), databases)
        return opened[name][0]

    yield open_one
    for laboratory, databases in opened.values():
        laboratory.close()
        databases.drop()


@pytest.fixture
def laboratory(engine_name: str, open_laboratory: Callable[[str], Laboratory]) -> Laboratory:
    """The laboratory of the test's engine."""
    return open_laboratory(engine_name)
