"""What an upgrade, a downgrade or a stamp would do in a tenant: the plan, and the SQL."""

from __future__ import annotations

import io
import typing as t

from ... import commands
from ...errors import USAGE, MigrateError
from ...targets.tenants import SharedDatabases, TenantDatabases, leading_statement
from ..project import open_project

#: What is foreseen, and the command that would do it.
FORESEEING: t.Mapping[str, str] = {
    "plan_upgrade": "upgrade",
    "plan_downgrade": "downgrade",
    "sql_upgrade": "upgrade",
    "sql_downgrade": "downgrade",
    "sql_stamp": "stamp",
}


def foresee(command: str, arguments: t.Mapping[str, t.Any], databases: TenantDatabases | SharedDatabases) -> t.Any:
    """The plan of a tenant as a dict, or its SQL as a text.

    :param command: one of :data:`FORESEEING`.
    :param databases: the tenant's, which commands work on already.
    """
    if command.startswith("plan_"):
        return _plan(getattr(commands, command)(**arguments))
    output = io.StringIO()
    start = leading_statement(databases) if isinstance(databases, TenantDatabases) else ""
    options = {**arguments, "revision": _range(arguments), "sql": True, "output": output}
    getattr(commands, FORESEEING[command])(**options)
    return f"{start};\n\n{output.getvalue()}" if start else output.getvalue()


def _plan(plan: t.Any) -> t.Any:
    """A plan without the name of the database, so that tenants with the same one can be put together."""
    data = plan.to_dict()
    for target in data["targets"]:
        target.pop("database")
    return data


def _range(arguments: t.Mapping[str, t.Any]) -> str:
    """From where the tenant is to where it shall be, unless the caller has said from where."""
    revision = str(arguments["revision"])
    if ":" in revision:
        return revision
    heads = open_project(arguments.get("directory")).current_heads()
    if len(heads) > 1:
        raise MigrateError(
            f"The tenant is at {len(heads)} revisions: {', '.join(heads)}.",
            "Say from where the SQL shall go: flask db … --sql FROM:TO",
            exit_code=USAGE,
        )
    return f"{heads[0]}:{revision}" if heads else revision
