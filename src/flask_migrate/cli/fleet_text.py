"""What was done in many tenants, as lines for people."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from ..execution.fleet import FleetResult

#: How many tenants one line names.
SHOWN = 10


def summary(name: str, result: FleetResult) -> t.Iterator[str]:
    """The lines that a command in tenants ends with."""
    if name == "current":
        yield from (_current(tenant, value) for tenant, value in result.values.items())
    elif name == "status":
        yield from _status(result)
    elif name == "log":
        yield from _log(result)
    yield from _counts(name, result)
    for failure in result.failed:
        first, *rest = failure.error.splitlines() or [""]
        yield f"  {failure.tenant}: {first}"
        yield from (f"    {line}" for line in rest)
    if result.skipped:
        yield f"  not begun: {named(result.skipped)}"


def _counts(name: str, result: FleetResult) -> t.Iterator[str]:
    count = len(result.done) + len(result.unchanged) + len(result.failed) + len(result.skipped)
    if not count:
        yield "There are no tenants."
        return
    parts = [
        (len(result.done), {"check": "agree with the models", "drift": "are as migrated"}.get(name, "done")),
        (len(result.unchanged), "up to date already"),
        (len(result.failed), "failed"),
        (len(result.skipped), "not begun"),
    ]
    shown = ", ".join(f"{number} {what}" for number, what in parts if number)
    yield f"{count} {'tenant' if count == 1 else 'tenants'}: {shown} ({result.seconds:.1f} s)"


def _current(tenant: str, value: t.Any) -> str:
    head = " (head)" if value["is_at_head"] else ""
    return f"{tenant}: {', '.join(value['revisions']) or 'no revision'}{head}"


def _status(result: FleetResult) -> t.Iterator[str]:
    """One line for each place in the history, with the tenants that are there."""
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    for tenant, value in result.values.items():
        places[", ".join(value["revisions"]) or "no revision", len(value["pending"])].append(tenant)
        if value["half_done"]:
            yield f"{tenant}: revision {value['half_done']} is half done; the next upgrade goes on behind what is done"
        if value["holder"]:
            yield f"{tenant}: being migrated by {value['holder']}"
    for (place, pending), tenants in sorted(places.items(), key=lambda item: item[0][1]):
        what = f"{pending} pending" if pending else "nothing is pending"
        yield f"at {place}, {what}: {named(tenants)}"


def _log(result: FleetResult) -> t.Iterator[str]:
    for tenant, targets in result.values.items():
        for target in targets:
            for entry in target["entries"]:
                error = f": {entry['error']}" if entry["error"] else ""
                what = f"{entry['direction']} {entry['revision']} {entry['outcome']}"
                yield f"{tenant}: {entry['started']}  {what}{error}"


def named(names: t.Sequence[str]) -> str:
    """Some names, and how many there are besides."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
