"""Connections to the scratch database of a test, and the statements that were sent on them."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

Run = Callable[[str], None]


@pytest.fixture
def engine(engine_url: str) -> Iterator[sa.Engine]:
    """An engine on an empty database; no connection outlives its use."""
    made = sa.create_engine(engine_url, poolclass=sa.NullPool)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to an empty database."""
    with engine.connect() as opened:
        yield opened


@pytest.fixture
def run(connection: sa.Connection) -> Run:
    """A function that runs a script, statement by statement (a line of its own ends with ``;``), and commits."""

    def run_script(script: str) -> None:
        for statement in script.strip().removesuffix(";").split(";\n"):
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        connection.commit()

    return run_script


@pytest.fixture
def statements(engine: sa.Engine) -> list[str]:
    """The statements that are sent from now on."""
    sent: list[str] = []

    def remember(*arguments: t.Any) -> None:
        sent.append(arguments[2])

    sa.event.listen(engine, "before_cursor_execute", remember)
    return sent
