"""Fleets that are killed, raced and watched."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

import flask_migrate
from flask_migrate.execution.fleet import Crew, Fleet, FleetOptions, Outcome, Unit
from tests.scripts import LINE, THIRD, add_script
from tests.tenants.projects import TenantProject

MakeTenants = Callable[..., TenantProject]
#: How many tenants are upgraded while workers are killed; more of them when the environment says so.
FEW = 12
TENANTS = int(os.environ.get("FLEET_TENANTS", FEW))
STEPS = [(rev, "upgrade") for rev, _ in LINE]


def test_workers_are_killed(make_tenants: MakeTenants) -> None:
    """Workers that die in the middle are replaced; every tenant gets to the head, each step once.

    With ``FLEET_TENANTS=500`` in the environment, a worker is killed every second until all is done.
    """
    names = [f"t{number}" for number in range(TENANTS)]
    project = make_tenants(*names)
    add_script(project.project, "4d04dd", THIRD, "slow", up="import time; time.sleep(0.1)")
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "db", "upgrade", "--tenants", "all", "--jobs", "2"],
        cwd=project.project.folder,
        env=project.project.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killed = 0
    is_full = TENANTS > FEW
    while process.poll() is None and (killed < 3 or is_full):
        workers = children(process.pid)
        if workers:
            time.sleep(1 if is_full else 0.25)
            killed += kill(workers[-1])
        time.sleep(0.01)
    output, error = process.communicate()
    assert (process.returncode == 0 and killed >= 3) or is_full, output + error
    again = project.result("upgrade", "--tenants", "all")
    assert sorted(again["unchanged"] + again["done"]) == sorted(names)
    assert is_full or not again["done"]
    for name in names:
        assert project.version(name) == ["4d04dd"]
        assert project.steps(name) == [*STEPS, ("4d04dd", "upgrade")]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(number) for number in file.read().split()]
    except FileNotFoundError:
        return []


def kill(pid: int) -> int:
    """Kill a process and say whether there was one."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def test_two_at_once(make_tenants: MakeTenants) -> None:
    """Two fleets at the same tenants: both end well, and each step is done once."""
    names = [f"t{number}" for number in range(6)]
    project = make_tenants(*names)
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        command = ("db", "upgrade", "--tenants", "all")
        results = list(executor.map(lambda _: project.project.flask(*command), range(2)))
    assert [result.returncode for result in results] == [0, 0], "\n".join(map(str, results))
    assert all(project.steps(name) == STEPS for name in names)


@pytest.mark.engines("sqlite")
def test_executor_of_the_app(make_tenants: MakeTenants) -> None:
    """Any executor does, here threads of one process."""
    project = make_tenants("acme", "globex")
    project.project.replace("app.py", "import os", "import os\nfrom concurrent.futures import ThreadPoolExecutor")
    project.project.replace("app.py", "Migrate(app, db)", "Migrate(app, db, executor=lambda: ThreadPoolExecutor(2))")
    assert sorted(project.result("upgrade", "--tenants", "all")["done"]) == ["acme", "globex"]
    assert project.steps("globex") == STEPS
    project.project.replace("app.py", "ThreadPoolExecutor(2)", "ThreadPoolExecutor.none()")
    stderr = project.fails("downgrade", "--tenants", "all", "base").stderr
    assert "Error: The executor can't be made: AttributeError" in stderr


@pytest.mark.engines("sqlite")
def test_other_ways_to_yield(make_tenants: MakeTenants) -> None:
    """A tenant may be given by its URL, an engine, a callable, or as a value."""
    project = make_tenants()
    folder = project.project.folder
    project.project.replace(
        "app.py",
        "    yield from json.loads",
        f"""
    from sqlalchemy import create_engine, make_url
    from flask_migrate import Tenant
    yield "sqlite:///{folder}/a.db"
    yield make_url("sqlite:///{folder}/b.db")
    yield create_engine("sqlite:///{folder}/c.db")
    yield "d", lambda: create_engine("sqlite:///{folder}/d.db")
    yield Tenant("e", engine="sqlite:///{folder}/e.db")
    yield ["f", "sqlite:///{folder}/f.db"]
    yield from json.loads""",
    )
    assert sorted(project.result("upgrade", "--tenants", "all")["done"]) == ["a", "b", "c", "d", "e", "f"]
    result = project.result("upgrade", "--tenants", "all")
    assert (sorted(result["unchanged"]), sorted(result["done"])) == (["a", "b", "e", "f"], ["c", "d"])


class Lossy(concurrent.futures.Executor):
    """An executor whose workers are lost some times, and which remembers how much it was given at once."""

    def __init__(self, losses: int) -> None:
        self.losses = losses

    def submit(self, function, /, *arguments, **_):  # type: ignore[no-untyped-def]  # as in the base class
        """Call the function now, or lose the worker."""
        future: concurrent.futures.Future[object] = concurrent.futures.Future()
        if self.losses:
            self.losses -= 1
            future.set_exception(concurrent.futures.BrokenExecutor("gone"))
        else:
            future.set_result(function(*arguments))
        return future


def work(unit: Unit) -> Outcome:
    """Fail for the tenant called bad."""
    return Outcome(unit.name, "it is bad" if unit.name == "bad" else None)


@pytest.mark.parametrize(("losses", "is_done"), [(0, True), (5, True), (1000, False)])
def test_lost_workers(losses: int, is_done: bool) -> None:
    """What a lost worker was at is done again, but not for ever."""
    outcomes: list[Outcome] = []
    executor = Lossy(losses)
    fleet = Fleet(work, Crew(1, lambda: executor), FleetOptions(jobs=1), outcomes.append)
    fleet.run(Unit(str(number), None, False, False, None) for number in range(3))
    if is_done:
        assert sorted(outcome.name for outcome in outcomes if outcome.error is None) == ["0", "1", "2"]
    else:
        assert "Its worker was lost 10 times: gone" in str(outcomes[0].error)


def test_units_are_read_as_needed() -> None:
    """No more units are in hand than workers can use, however many there are."""
    read = done = most = 0

    def units():  # type: ignore[no-untyped-def]  # a local generator
        nonlocal read, most
        for number in range(500):
            read += 1
            most = max(most, read - done)
            yield Unit(str(number), None, False, False, None)

    def report(outcome: Outcome) -> None:
        nonlocal done
        done += 1

    Fleet(work, Crew(2, lambda: Lossy(0)), FleetOptions(jobs=2), report).run(units())
    assert done == 500
    assert most <= 5


@pytest.mark.engines("sqlite")
def test_loading_in_another_process(make_tenants: MakeTenants) -> None:
    """A worker that is no copy of this process loads the app by its name."""
    project = make_tenants("acme")
    project.project.write(
        "spawn.py",
        """
        import concurrent.futures
        import multiprocessing

        from flask_migrate import run_tenants


        def make():
            return concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


        if __name__ == "__main__":
            from app import app

            with app.app_context():
                result = run_tenants("upgrade", executor=make)
                print(result.done, result.failed)
        """,
    )
    result = project.project.run(sys.executable, "spawn.py")
    assert result.stdout == "('acme',) ()\n", str(result)
    assert project.version("acme") == [THIRD]


def test_names_are_public() -> None:
    """What the functions take and return can be imported."""
    assert flask_migrate.Tenant("acme").place == "acme"
    assert flask_migrate.FleetResult().is_complete
