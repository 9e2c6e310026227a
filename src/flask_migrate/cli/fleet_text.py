"""What was done in many tenants, as lines for people."""

from __future__ import annotations

import json
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
    elif name.startswith("plan_"):
        yield from _plans(result)
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
    done = {"plan_upgrade": "would change", "plan_downgrade": "would change", "sql_upgrade": "written"}
    done |= {"sql_downgrade": "written"}
    parts = [
        (len(result.done), {**done, "check": "agree with the models", "drift": "are as migrated"}.get(name, "done")),
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
    for (place, pending), tenants in sorted(places.items(), key=lambda item: (item[0][1], item[0][0])):
        what = f"{pending} pending" if pending else "nothing is pending"
        yield f"at {place}, {what}: {named(tenants)}"


def _plans(result: FleetResult) -> t.Iterator[str]:
    """One plan for all tenants in which the same would be done; the rows that it destroys are those of all of them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for tenant, value in result.values.items():
        groups[json.dumps(_without_rows(value))].append(tenant)
    for tenants in sorted(groups.values(), key=lambda names: names[0]):
        plan = result.values[tenants[0]]
        yield f"{named(tenants)}:"
        for target in plan["targets"]:
            yield f"  at {', '.join(target['before']) or 'no revision'}"
            for revision in target["revisions"]:
                yield from _revision(revision)
        lost = _lost([result.values[tenant] for tenant in tenants])
        if lost:
            yield f"  destroys: {lost}"


def _revision(revision: t.Any) -> t.Iterator[str]:
    message = f" {revision['message']}" if revision["message"] else ""
    yield f"  {revision['direction']} {revision['revision']}{message}"
    if revision["irreversible"]:
        yield f"    irreversible: {revision['irreversible']}"
    yield from (f"    {operation['text']}" for operation in revision["operations"])
    if revision["unknown"]:
        yield f"    {revision['unknown']}"


def _without_rows(value: t.Any) -> t.Any:
    """A plan without the numbers of rows."""
    if isinstance(value, dict):
        return {key: _without_rows(item) for key, item in value.items() if key not in ("rows", "is_more", "sql")}
    return [_without_rows(item) for item in value] if isinstance(value, list | tuple) else value


def _lost(plans: t.Sequence[t.Any]) -> str:
    """What several plans destroy, with the rows of all."""
    found: dict[str, int | None] = {}
    for plan in plans:
        for target in plan["targets"]:
            for loss in (one["loss"] for item in target["revisions"] for one in item["operations"] if one["loss"]):
                rows, known = loss["rows"], found.get(loss["what"], 0)
                found[loss["what"]] = None if rows is None or known is None else known + rows
    shown = {what: "number of rows unknown" if rows is None else f"{rows:,} rows" for what, rows in found.items()}
    return ", ".join(f"{what} ({text})" for what, text in shown.items() if found[what] != 0)


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
