"""Where the work is done: processes of this machine, or any ``concurrent.futures.Executor``."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
import typing as t
import warnings

from ...errors import USAGE, MigrateError

#: How often a worker looks whether the process that started it is still there, in seconds.
HEARTBEAT = 1.0
#: How many seconds a scheduler on another machine may take to answer.
PATIENCE = 10
DASK = "dask://"


@dataclasses.dataclass
class Crew:
    """An executor, and how to get another one when it is broken.

    :param size: how many units it works on at once.
    :param make: makes the executor.
    :param is_local: whether its workers are processes that this one has started.
    """

    size: int
    make: t.Callable[[], concurrent.futures.Executor]
    is_local: bool = True
    _executor: concurrent.futures.Executor | None = None

    def submit(self, function: t.Callable[..., t.Any], *arguments: t.Any) -> concurrent.futures.Future[t.Any]:
        """Let a worker call ``function``; the first time this starts the workers."""
        if self._executor is None:
            with warnings.catch_warnings():
                # Python 3.12 and later warn of threads when a process is copied; ours have ended by then.
                warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")
                self._executor = self.make()
                return self._executor.submit(function, *arguments)
        return self._executor.submit(function, *arguments)

    def replace(self) -> None:
        """Give the executor up, which is broken; the next unit gets another one."""
        if self._executor is not None:
            with contextlib.suppress(Exception):
                self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None

    def close(self, *, at_once: bool = False) -> None:
        """End the workers, when they have ended what they are at; or ``at_once``."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        if at_once and isinstance(executor, concurrent.futures.ProcessPoolExecutor):
            for process in multiprocessing.active_children():
                process.terminate()
        with contextlib.suppress(Exception):
            executor.shutdown(wait=True, cancel_futures=True)


def make_crew(executor: t.Any, jobs: int, before_fork: t.Callable[[], None]) -> Crew:
    """The crew that ``executor`` describes.

    :param executor: ``None`` for processes of this machine, ``"dask://HOST:PORT"``, an ``Executor``, or a callable
        that returns one.
    :param jobs: how many units at once.
    :param before_fork: called in every local worker before its first unit.
    :raises MigrateError: when it is none of these, or can't be reached.
    """
    if executor is None or executor in ("local", "processes"):
        return local_crew(jobs, before_fork)
    if isinstance(executor, str):
        if not executor.startswith(DASK):
            raise MigrateError(
                f"There is no executor {executor!r}.",
                "Write --executor dask://HOST:PORT, or pass a callable: Migrate(executor=…).",
                exit_code=USAGE,
            )
        return _dask_crew("tcp://" + executor.removeprefix(DASK), jobs)
    if isinstance(executor, concurrent.futures.Executor):
        return Crew(jobs, lambda: executor, is_local=False)
    if callable(executor):
        return Crew(jobs, lambda: _called(executor), is_local=False)
    raise MigrateError(
        f"executor={executor!r} is no executor.",
        "Pass a callable that returns a concurrent.futures.Executor.",
        exit_code=USAGE,
    )


def _called(function: t.Callable[[], t.Any]) -> concurrent.futures.Executor:
    try:
        made = function()
    except Exception as error:
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise MigrateError(f"The executor can't be made: {text}", "Correct Migrate(executor=…).") from error
    if not callable(getattr(made, "submit", None)):
        raise MigrateError(
            f"Migrate(executor=…) returned {made!r}, which is no executor.", "Return a concurrent.futures.Executor."
        )
    return t.cast("concurrent.futures.Executor", made)


def local_crew(jobs: int, before_fork: t.Callable[[], None]) -> Crew:
    """Processes of this machine: copies of this one where the system can do that, so that the app is loaded."""
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)

    def make() -> concurrent.futures.Executor:
        initial = (os.getpid(), before_fork if method == "fork" else None)
        return concurrent.futures.ProcessPoolExecutor(jobs, context, _start_worker, initial)

    return Crew(jobs, make)


def _start_worker(parent: int, prepare: t.Callable[[], None] | None) -> None:
    """Begin as a worker: an interrupt from the keyboard is the parent's affair, and the parent's end is the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    quieten()
    if prepare is not None:
        prepare()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(HEARTBEAT)
    os.kill(os.getpid(), signal.SIGTERM)  # every step survives that


def quieten() -> None:
    """A worker tells in its outcome what it has done; the lines of many at once would be of no use."""
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _dask_crew(address: str, jobs: int) -> Crew:
    try:
        distributed: t.Any = importlib.import_module("distributed")  # without types, and rarely there
    except ImportError as error:
        raise MigrateError(
            "The executor dask:// needs the package distributed, which is not installed.",
            'Install it: pip install "Flask-Migrate[dask]"',
        ) from error
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        threads = sum(client.nthreads().values())
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise MigrateError(
            f"There is no Dask scheduler at {address}: {' '.join(str(error).split()) or type(error).__name__}",
            "Start it, or correct --executor dask://HOST:PORT.",
        ) from error
    if not threads:
        client.close()
        raise MigrateError(
            f"The Dask scheduler at {address} has no workers.",
            f"Start one where the app is installed: dask worker {address}",
        )
    # One lost worker shall cost no tenant its turn: what it was at is done again elsewhere.
    return Crew(jobs or threads, lambda: client.get_executor(pure=False, retries=2), is_local=False)
