"""Figures that only the measured process knows, written to the file that ``BENCH_FIGURES`` names."""

from __future__ import annotations

import atexit
import json
import os
import time
from typing import Any, NoReturn

from sqlalchemy import Engine, event

figures: dict[str, float] = {"statements": 0}


def app_is_loaded() -> None:
    """Note the CPU seconds that the process has used when the app, models included, is there."""
    figures["app"] = time.process_time()


def stop_at_first_step() -> None:
    """End the process, successfully, where the first step would run; only when ``BENCH_STOP`` is set."""
    if "BENCH_STOP" in os.environ:
        figures["planning"] = time.process_time() - figures["app"]
        _stop()


def _stop() -> NoReturn:
    _write()
    os._exit(0)


@event.listens_for(Engine, "connect")
def _do_not_wait_for_the_disk(connection: Any, record: Any) -> None:
    """Thousands of commits would measure the disk, whose pace is neither package's."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF").close()


@event.listens_for(Engine, "before_cursor_execute")
def _count(*arguments: Any) -> None:
    figures["statements"] += 1


@atexit.register
def _write() -> None:
    if "BENCH_FIGURES" in os.environ:
        with open(os.environ["BENCH_FIGURES"], "w", encoding="utf-8") as file:
            json.dump(figures, file)
