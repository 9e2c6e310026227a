"""Waiting between tries: exponential, with jitter."""

from __future__ import annotations

import random
import time
import typing as t


def pauses(
    limit: float,
    *,
    first: float = 0.025,
    longest: float = 1.0,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> t.Iterator[float]:
    """Yield the seconds waited so far, once before each new try, and sleep in between.

    :param limit: stop after about this many seconds; nothing is yielded when it is 0.
    :param first: the first pause in seconds; each one is twice the one before.
    :param longest: no pause is longer than this many seconds.

    The jitter (half to all of a pause) keeps processes that started together from trying together.
    """
    started = clock()
    pause = first
    while (waited := clock() - started) < limit:
        sleep(min(pause * random.uniform(0.5, 1.0), limit - waited))
        yield clock() - started
        pause = min(pause * 2, longest)
