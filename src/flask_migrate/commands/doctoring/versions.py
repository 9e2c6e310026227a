"""The versions of everything that takes part."""

from __future__ import annotations

import platform
import typing as t
from importlib import metadata

from .findings import Finding

#: What takes part, and is told when it is installed.
PACKAGES = ("Flask-Migrate", "Flask", "Flask-SQLAlchemy", "Flask-SQLAlchemy-Lite", "SQLAlchemy", "Alembic")
#: Packages of drivers.
DRIVERS = ("psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "PyMySQL", "mysqlclient", "mariadb", "aiosqlite")


def check_versions() -> t.Iterator[Finding]:
    """One line with all versions."""
    found = [f"Python {platform.python_version()}"]
    for name in (*PACKAGES, *DRIVERS):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    yield Finding("ok", "versions", ", ".join(found) + ".")
