"""What a database holds, read from its catalog with SQL: a dict of plain values, entry by entry.

The keys are words: ``table "user"``, ``column "user"."name"``, ``index "user"."ix_user_name"`` and so on. Nothing of
the package under test takes part.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from . import mariadb, postgresql, sqlite

Catalog = dict[str, t.Any]

READERS: Mapping[str, Callable[[sa.Connection], Catalog]] = {
    "sqlite": sqlite.read,
    "postgresql": postgresql.read,
    "mariadb": mariadb.read,
}
#: Tables of the tool itself.
OWN = ("alembic_version", "flask_migrate_log")


def read(engine: str, connection: sa.Connection) -> Catalog:
    """All entries but those of the tool's own tables."""
    found = READERS[engine](connection)
    return {key: value for key, value in found.items() if not any(f'"{name}' in key for name in OWN)}


def differences(wanted: Catalog, found: Catalog) -> list[str]:
    """One line for each entry that is not as it should be."""
    lines = [f"missing {key}: {wanted[key]}" for key in wanted.keys() - found.keys()]
    lines += [f"unwanted {key}: {found[key]}" for key in found.keys() - wanted.keys()]
    lines += [
        f"differs {key}: {found[key]} instead of {wanted[key]}"
        for key in wanted.keys() & found.keys()
        if wanted[key] != found[key]
    ]
    return sorted(lines)
