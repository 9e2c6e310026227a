"""Whether ``flask db drift`` takes for a change by hand what an upgrade has made.

With ``DRIFT_AFTER_UPGRADES=1`` in the environment of pytest, every upgrade of the suite that runs in this process is
followed by ``drift`` and by ``drift --replay``; what they find that was not there before fails the test.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from collections.abc import Callable, Iterator

VARIABLE = "DRIFT_AFTER_UPGRADES"
#: Options that say which folder and which databases, and what stands behind each.
WHERE = ("-d", "--directory", "--bind", "--skip-bind", "-x", "--x-arg")

Invoke = Callable[..., t.Any]


@contextlib.contextmanager
def watched(invoke: Invoke, arguments: tuple[str, ...]) -> Iterator[None]:
    """Run a command within this block, and look for false alarms around it if it is an upgrade."""
    if not os.environ.get(VARIABLE) or arguments[:2] != ("db", "upgrade") or "--sql" in arguments:
        yield
        return
    if "--tenants" in arguments or "--plan" in arguments:
        yield
        return
    where = [word for place, word in enumerate(arguments) if word in WHERE or arguments[place - 1] in WHERE]
    before = {how: found(invoke, where, how) for how in ((), ("--replay",))}
    yield
    for how, known in before.items():
        new = found(invoke, where, how) - known
        assert not new, f"drift {' '.join(how)} after {' '.join(arguments)}: {sorted(new)}"


def found(invoke: Invoke, where: list[str], how: tuple[str, ...]) -> set[str]:
    """The sentences of drift; none where it can't tell."""
    done = invoke("db", "drift", "--json", *how, *where)
    try:
        targets = json.loads(done.stdout)["targets"]
    except (ValueError, KeyError):
        return set()
    return {f"{target['name']}: {change['sentence']}" for target in targets for change in target["changes"]}
