"""Python's garbage collector while a command runs."""

from __future__ import annotations

import atexit
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
    if not 0 < before[0] < THRESHOLDS[0]:  # 0 turns the collector off
        yield
        return
    gc.set_threshold(*THRESHOLDS)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)  # a process that ends would look at all objects once more
    try:
        yield
    finally:
        _forget_the_young()
        gc.set_threshold(*before)


def _forget_the_young() -> None:
    """Count all objects among the old ones: the next allocation would have them all looked at."""
    if gc.get_freeze_count() == 0:  # otherwise the app has put objects aside, which are to stay there
        gc.freeze()
        gc.unfreeze()
