"""The garbage collector while a command runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.projects import Project

SHOW = """
import gc

@app.cli.command("thresholds")
def thresholds():
    print(*gc.get_threshold()[:2])

print("app", *gc.get_threshold()[:2])
"""


@pytest.fixture(autouse=True)
def _kept_thresholds() -> Iterator[None]:
    """The thresholds of the test run survive."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def thresholds_in(project: Project, *arguments: str) -> tuple[int, ...]:
    """What the app was loaded with, in a process of ``arguments``: two numbers, for Python 3.14 has no third one."""
    line = next(line for line in project.invoke(*arguments).stdout.splitlines() if line.startswith("app "))
    return tuple(map(int, line.split()[1:]))


def test_command(started: Project) -> None:
    """The app is loaded with high thresholds, and those from before are there again at the end."""
    started.append("app.py", SHOW)
    gc.set_threshold(700, 10)
    assert thresholds_in(started, "db", "heads") == (100_000, 20)
    assert gc.get_threshold()[:2] == (700, 10)


def test_failure(started: Project) -> None:
    """The thresholds from before are there again when the command fails."""
    started.append("app.py", SHOW)
    gc.set_threshold(700, 10)
    started.fails("db", "show", "nothing")
    assert gc.get_threshold()[:2] == (700, 10)


@pytest.mark.parametrize("thresholds", [(0, 10), (200_000, 5)])
def test_own_thresholds(started: Project, thresholds: tuple[int, int]) -> None:
    """A collector that was turned off, or made to run even less, is left alone."""
    started.append("app.py", SHOW)
    gc.set_threshold(*thresholds)
    assert thresholds_in(started, "db", "heads") == thresholds
    assert gc.get_threshold()[:2] == thresholds


def test_other_commands(started: Project) -> None:
    """The other commands of an app run with the thresholds that Python has."""
    started.append("app.py", SHOW)
    gc.set_threshold(700, 10)
    assert thresholds_in(started, "thresholds") == (700, 10)
