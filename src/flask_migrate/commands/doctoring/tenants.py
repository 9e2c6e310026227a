"""The tenants of the app, in one line."""

from __future__ import annotations

from ..project import Directory
from ..tenants.whereabouts import ask_tenants
from .findings import Finding, broken, one_line

#: How many tenants a finding names.
SHOWN = 3


def check_tenants(directory: Directory, app: str | None) -> Finding:
    """How many there are, how many are behind, and which can't be used."""
    try:
        result = ask_tenants(directory, app)
    except Exception as error:  # the function of the app may raise anything
        return broken("tenants", error)
    number = len(result.values) + len(result.failed)
    count = f"{number} tenant{'' if number == 1 else 's'}"
    if not number:
        return Finding("note", "tenants", "@migrate.tenants yields no tenant.", "flask db create-tenant NAME")
    if result.failed:
        first = result.failed[0]
        names = _listed([failure.tenant for failure in result.failed])
        sentence = f"{count}; {names} can't be used: {one_line(first.error.partition(chr(10))[0])}"
        return Finding("broken", "tenants", sentence, "flask db status --tenants all")
    behind = [name for name, value in result.values.items() if not value["is_at_head"]]
    if behind:
        sentence = f"{count}, of which {len(behind)} {'is' if len(behind) == 1 else 'are'} behind: {_listed(behind)}."
        return Finding("warning", "tenants", sentence, "flask db upgrade --tenants all")
    return Finding("ok", "tenants", f"{count}, {'it is' if number == 1 else 'all'} at the head.")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
