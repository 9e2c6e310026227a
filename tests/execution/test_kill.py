"""An upgrade may be killed at any instant: the next one ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest

from tests.execution.children import Child, end_at_statements, forking
from tests.execution.histories import History
from tests.execution.steps import FIRST, contents, everything

#: How many kills at random instants, and of how many statements one is looked at ("1" for all of them).
KILLS = int(os.environ.get("TEST_KILLS", "3"))
STRIDE = int(os.environ.get("TEST_KILL_STRIDE", "7"))
#: More than there are.
STATEMENTS = 80


def write(history: History, engine_name: str) -> dict[str, object]:
    """Write the revisions, and return what a database holds after an upgrade that nobody disturbs."""
    history.add(FIRST)
    history.add(everything(engine_name))
    history.upgrade()
    return contents(history.url)


@pytest.mark.parametrize("place", ["before", "after"])
def test_every_statement(history: History, engine_name: str, make_url: Callable[[], str], place: str) -> None:
    """A process that ends at a statement, before or after the database has it, leaves what the next one finishes."""
    expected = write(history, engine_name)
    start = 1 if place == "before" else 1 + STRIDE // 2
    stopped = end_at_statements(history, make_url, place, range(start, STATEMENTS, STRIDE), expected)
    assert stopped > 2


def test_random_instants(history: History, engine_name: str, make_url: Callable[[], str]) -> None:
    """The same for SIGKILL at any instant, twice in a row."""
    expected = write(history, engine_name)
    chance = random.Random(int(os.environ.get("TEST_SEED", "1")))
    history.project.url = make_url()
    with forking(history.project) as fork:
        started = time.monotonic()
        fork().succeed()
        duration = time.monotonic() - started
    for number in range(KILLS):
        history.project.url = make_url()
        with forking(history.project) as fork:
            for _ in range(2):
                kill_after(fork(), chance.uniform(0, duration))
            output = fork().succeed()
        assert contents(history.url) == expected, f"kill {number}\n{output}"


def kill_after(child: Child, seconds: float) -> None:
    """Kill a process after some time, if it has not ended by itself."""
    time.sleep(seconds)
    child.kill()
    assert child.wait()[0] in (-9, 0), child.wait()[1]
