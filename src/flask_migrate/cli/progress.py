"""A run on a terminal: a line for each revision, and Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
import typing as t

import click

from ..execution.interruption import Interrupted, Interruption, Stopped
from ..execution.progress import Progress
from .runner import execution_arguments

#: After how many seconds of a revision the line says what runs, and how often it is written anew.
PATIENCE, INTERVAL = 2.0, 1.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def running(arguments: dict[str, t.Any]) -> t.Iterator[dict[str, t.Any]]:
    """``arguments`` of a command line as the commands take them, with what shows and ends a run, within this block."""
    execution = execution_arguments(arguments)
    with contextlib.ExitStack() as stack:
        execution["interruption"] = stack.enter_context(_signals())
        if sys.stderr.isatty() and not arguments.get("sql"):
            progress = stack.enter_context(TerminalProgress())
            execution["progress"] = progress
            execution["notify"] = progress.tell
        try:
            yield execution
        except Interrupted as error:
            interruption = t.cast("Interruption", execution["interruption"])
            message = f"{interruption.name} ended the command; no revision was running."
            raise Stopped(int(interruption.signal or 0), message, "Run the command again to go on.") from error


class TerminalProgress(Progress):
    """One line for each revision on standard error, in place of Alembic's; long ones say what runs."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._line = self._statement = ""
        self._started = 0.0
        self._is_drawn = False
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> TerminalProgress:
        logging.getLogger("alembic.runtime.migration").addFilter(_is_no_step)
        self._ticker.start()
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger("alembic.runtime.migration").removeFilter(_is_no_step)
        self._ended.set()
        self._ticker.join()
        self.stop()

    def begin(self, number: int, total: int, step: str) -> None:
        """Write the beginning of a line."""
        with self._lock:
            self.stop()
            self._line, self._statement, self._started = f"{number} of {total}: {step}", "", time.monotonic()
            self._draw(self._line)

    def statement(self, text: str) -> None:
        """Keep what runs, to be shown when it takes long."""
        self._statement = text

    def end(self) -> None:
        """Write the line with its seconds."""
        with self._lock:
            if self._line:
                seconds = time.monotonic() - self._started
                self._draw("")
                click.echo(f"{self._line}  {seconds:.1f} s", err=True)
                self._line, self._is_drawn = "", False

    def stop(self) -> None:
        """Leave the line as it is."""
        with self._lock:
            if self._line:
                self._draw("")
                click.echo(self._line, err=True)
            self._line, self._is_drawn = "", False

    def tell(self, text: str) -> None:
        """Write ``text`` on a line of its own."""
        with self._lock:
            self._draw("")
            click.echo(text, err=True)

    def _tick(self) -> None:
        while not self._ended.wait(INTERVAL):
            with self._lock:
                seconds = time.monotonic() - self._started
                if self._line and seconds >= PATIENCE:
                    self._draw(f"{self._line}  {seconds:.0f} s  {' '.join(self._statement.split())}")

    def _draw(self, text: str) -> None:
        """Write ``text`` over what stands on the line now."""
        if text or self._is_drawn:
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            click.echo(f"\r\x1b[K{text[: width - 1]}", nl=False, err=True)
            self._is_drawn = bool(text)


def _is_no_step(record: logging.LogRecord) -> bool:
    """Leaves out ``Running upgrade …``, in whose place the line of the revision stands."""
    return record.msg != "Running %s"


@contextlib.contextmanager
def _signals() -> t.Iterator[Interruption | None]:
    """Within this block, Ctrl-C and SIGTERM cancel the running statement and raise :class:`Interrupted`.

    Python calls a handler when the driver has returned; the file that it writes to at once wakes a thread that
    makes it return.
    """
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    interruption = Interruption()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watcher = threading.Thread(target=_watch, args=(reading, interruption), daemon=True)

    def handle(number: int, frame: object) -> None:
        interruption.signal = number
        raise Interrupted

    caught = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in caught}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    watcher.start()
    try:
        yield interruption
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)
        watcher.join(timeout=10)
        os.close(reading)


def _watch(reading: int, interruption: Interruption) -> None:
    """Cancel what runs when a signal has arrived."""
    while numbers := os.read(reading, 64):
        if any(number in SIGNALS for number in numbers):
            interruption.signal = next(number for number in numbers if number in SIGNALS)
            interruption.cancel()
