"""Processes that migrate, forked from the test: they start at once and can be killed at any instant."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
import traceback
import typing as t
import warnings
from collections.abc import Callable, Iterable, Iterator

import alembic.autogenerate  # noqa: F401  # loaded here, so that no child spends its time on it

import flask_migrate
import flask_migrate.commands
from flask_migrate.execution.statements import Steering
from tests.execution.histories import History
from tests.execution.steps import contents
from tests.projects import Project

#: How long a child may take before the test gives up on it, in seconds.
LIMIT = 120


class Child:
    """A forked process that calls ``function`` and exits with its result, or with 99 and a traceback."""

    def __init__(self, function: Callable[[], int | None]) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "multi-threaded": the other threads are the test runner's
            self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            self._run(function, writing)
        os.close(writing)
        self.reading = reading
        self._result: tuple[int, str] | None = None

    def _run(self, function: Callable[[], int | None], writing: int) -> t.NoReturn:
        output, code = io.StringIO(), 99
        try:
            with contextlib.redirect_stdout(output):
                code = function() or 0
        except BaseException:
            output.write(traceback.format_exc())
        finally:
            os.write(writing, output.getvalue()[-60_000:].encode())
            os._exit(code)

    def kill(self) -> None:
        """Kill it, as the kernel does when memory is short."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> tuple[int, str]:
        """Its exit code, negative for a signal, and what it printed."""
        if self._result is None:
            with os.fdopen(self.reading, encoding="utf-8") as pipe:
                output = pipe.read()
            _, status = os.waitpid(self.pid, 0)
            self._result = os.waitstatus_to_exitcode(status), output
        return self._result

    def succeed(self) -> str:
        """Wait until it has ended, which has to be with 0, and return what it printed."""
        code, output = self.wait()
        assert code == 0, f"exit code {code}\n{output}"
        return output


@contextlib.contextmanager
def forking(project: Project) -> Iterator[Callable[..., Child]]:
    """Within this block, a function that starts a child which upgrades ``project`` with the given arguments.

    What the command tells is printed by the child, and the revisions that it has run.
    """
    children: list[Child] = []
    with project.context() as app:

        def fork(before: Callable[[], object] = lambda: None, **options: t.Any) -> Child:
            def upgrade() -> int:
                for engine in app.extensions["sqlalchemy"].engines.values():
                    engine.dispose(close=False)  # connections of the test are not the child's
                before()
                try:
                    result = flask_migrate.upgrade(**{"notify": print, **options})
                except flask_migrate.MigrateError as error:
                    print(error)
                    return error.exit_code
                print("ran:", *result.revisions)
                return 0

            children.append(Child(upgrade))
            return children[-1]

        try:
            yield fork
        finally:
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                child.wait()


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` returns something true."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def stop(number: int, place: str) -> Callable[[], None]:
    """What makes a process end at its statement of that number, before or after the database has it."""

    def install() -> None:
        steer = Steering._steer
        count = 0

        def steer_to_the_end(self: Steering, send: Callable[[str], None], *arguments: t.Any) -> bool | None:
            def send_or_end(text: str) -> None:
                nonlocal count
                count += 1
                if count == number and place == "before":
                    os._exit(77)
                try:
                    send(text)
                finally:
                    if count == number:
                        os._exit(77)

            return steer(self, send_or_end, *arguments)

        Steering._steer = steer_to_the_end  # type: ignore[method-assign]  # in the child only

    return install


def end_at_statements(
    history: History, make_url: Callable[[], str], place: str, numbers: Iterable[int], expected: dict[str, object]
) -> int:
    """Upgrade a new database for each number with a process that ends at this statement, and then with another one.

    :returns: how many of the processes have ended so; the script has fewer statements than the number of the next.
    """
    for stopped, number in enumerate(numbers):
        history.project.url = make_url()
        with forking(history.project) as fork:
            code, output = fork(stop(number, place)).wait()
            if code == 0:
                return stopped
            assert code == 77, output
            output = fork().succeed()
        assert contents(history.url) == expected, f"{place} statement {number}\n{output}"
        assert history.sql("SELECT * FROM flask_migrate_log WHERE outcome = 'running'") == []
    raise AssertionError("the upgrade has more statements than there are numbers")
