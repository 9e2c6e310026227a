"""Another session held what the statement needed."""

from __future__ import annotations

from ..execution.blockers import describe_blockers
from .failure import Failure
from .look import Look
from .sql import last, plain


def explain(failure: Failure, look: Look) -> str | None:
    """Who was in the way."""
    if failure.dialect == "sqlite":
        if "is locked" not in failure.text:
            return None
        return (
            "Cause: another process is writing to the database file, or has a transaction open in it.\n"
            "End that process or its transaction, then run the command again."
        )
    if not failure.has_code("55P03", 1205, 3572):
        return None
    table = failure.action.table
    what = plain(table) or "a table"
    who = describe_blockers(look.connection, last(table) or None) if look.connection is not None else ""
    if not who:
        return f"Cause: another session held {what}; it is gone since.\nRun the command again."
    return f"Cause: another session holds {what}: {who}.\nWait until it ends, or end it, then run the command again."
