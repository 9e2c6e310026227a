"""The database user may not do this."""

from __future__ import annotations

import re

from .failure import Failure
from .look import Look
from .sql import last, plain

_DENIED = re.compile(r"(?P<right>[A-Z, ]+) command denied to user '?(?P<user>[^'@]*)'?@'?(?P<host>[^' ]*)'?")


def explain(failure: Failure, look: Look) -> str | None:
    """Which right is missing, who could do it, and how to get it."""
    if failure.has_code("42501"):
        return _postgresql(failure, look)
    if failure.has_code(1142, 1143, 1044, 1227, 1370, 1419):
        return _mysql(failure, look)
    return None


def _postgresql(failure: Failure, look: Look) -> str | None:
    user = look.rows("SELECT current_user, current_schema(), current_database()")
    if not user:
        return None
    name, schema, database = (str(value) for value in user[0])
    found = look.rows(
        "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(:table)", table=failure.action.table
    )
    if found and failure.action.kind != "create_table":
        owner, what = str(found[0][0]), plain(failure.action.table)
        if owner != name:
            return (
                f"Cause: {what} belongs to {owner}, and the migration runs as {name}.\n"
                f"Migrate as {owner}, or let {name} act for it: GRANT {look.quote(owner)} TO {look.quote(name)}"
            )
    what, grant = f"schema {schema}", f"GRANT CREATE, USAGE ON SCHEMA {look.quote(schema)} TO {look.quote(name)}"
    if "schema" not in failure.text:
        what, grant = f"this in {database}", f"GRANT ALL ON DATABASE {look.quote(database)} TO {look.quote(name)}"
    return (
        f"Cause: user {name} has no right to {'create in ' if 'schema' in what else ''}{what}.\nAs the owner: {grant}"
    )


def _mysql(failure: Failure, look: Look) -> str | None:
    found = look.rows("SELECT CURRENT_USER(), DATABASE()")
    if not found:
        return None
    user, _, host = str(found[0][0]).rpartition("@")
    denied = _DENIED.search(failure.text)
    right = denied["right"].strip() if denied else "ALL"
    table = last(failure.action.table)
    what = f"the right {right} on {table or found[0][1]}" if denied else f"a right that this needs on {found[0][1]}"
    return (
        f"Cause: user {user}@{host} lacks {what}.\n"
        f"As an administrator: GRANT {right} ON {look.quote(str(found[0][1]))}.* TO '{user}'@'{host}'"
    )
