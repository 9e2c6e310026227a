"""Python's garbage collector while a command runs."""

from __future__ import annotations

import contextlib
import gc
import typing as t

#: Allocations before the youngest objects are looked at, and how often that happens before older ones are.
THRESHOLDS = (100_000, 20, 20)


@contextlib.contextmanager
def relaxed() -> t.Iterator[None]:
    """Within this block the garbage collector looks at all objects far less often.

    A command loads an app, its models and the history, and almost none of that is garbage before the process ends:
    with Python's own thresholds the collector takes a third of the time that ``check`` of a thousand tables needs,
    and finds nothing. It is not turned off, since a migration of data may run for hours. Thresholds that somebody
    has raised further stay as they are.
    """
    if not hasattr(gc, "set_threshold"):  # pragma: no cover - PyPy collects in another way
        yield
        return
    before = gc.get_threshold()
    if 0 < before[0] < THRESHOLDS[0]:  # 0 turns the collector off
        gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
