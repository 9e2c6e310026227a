"""``--plan`` and ``--sql`` with ``--tenants``: what would be done in each."""

from __future__ import annotations

import pathlib
import typing as t

import click

from ..errors import USAGE, MigrateError
from .sql_files import safe

if t.TYPE_CHECKING:
    from ..execution.fleet import FleetResult


def foreseen(name: str, arguments: dict[str, t.Any]) -> str:
    """What is run in tenants for the command ``name``; the options that say so are taken out of ``arguments``.

    :raises MigrateError: for both of them, and for ``stamp --sql --purge``.
    """
    plan, sql = arguments.pop("plan", False), arguments.pop("sql", False)
    if plan and sql:
        raise MigrateError("--plan and --sql exclude each other with --tenants.", "Leave one out.", exit_code=USAGE)
    if sql and arguments.get("purge"):
        raise MigrateError("--purge needs the tenants themselves.", "Leave out --purge or --sql.", exit_code=USAGE)
    return f"plan_{name}" if plan else f"sql_{name}" if sql else name


def write_sql(result: FleetResult, folder: str | None) -> None:
    """Print the SQL of each tenant below a heading, or write a file for each."""
    taken: dict[str, str] = {}
    for tenant, text in result.values.items():
        if folder is None:
            click.echo(f"-- Tenant {' '.join(tenant.split())}\n\n{text}")
            continue
        name = f"{safe(tenant)}.sql"
        if taken.setdefault(name.lower(), tenant) != tenant:
            raise MigrateError(
                f"The tenants {taken[name.lower()]!r} and {tenant!r} would have one file, {name}.",
                "Write them one by one: --tenants NAME",
            )
        path = pathlib.Path(folder, name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise MigrateError(f"{path} can't be written: {error.strerror}.", "Name another --output-dir.") from error
        click.echo(f"Wrote {path}", err=True)
