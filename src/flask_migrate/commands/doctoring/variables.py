"""Database URLs in variables and settings that nobody reads."""

from __future__ import annotations

import difflib
import os
import re
import typing as t

from sqlalchemy import exc
from sqlalchemy.engine import URL, make_url

from ...autogenerate.unimported import words
from ...settings import CONFIG_KEYS
from ...targets.failures import RENAMED_DIALECTS
from .findings import Finding

#: Names of environment variables that may hold a database URL.
LIKELY = re.compile(r"(DATABASE|DB|SQL|POSTGRES|PG|MYSQL|MARIADB).*_?(URL|URI|DSN)$", re.I)
#: Settings that name databases.
KNOWN = (
    "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_BINDS",
    "SQLALCHEMY_ENGINE_OPTIONS",
    "SQLALCHEMY_ENGINES",
    "SQLALCHEMY_ASYNC_ENGINES",
    "SQLALCHEMY_ECHO",
    "SQLALCHEMY_RECORD_QUERIES",
    "SQLALCHEMY_TRACK_MODIFICATIONS",
    *CONFIG_KEYS,
)
#: What Flask-SQLAlchemy of earlier releases read, or what a setting is often taken for.
MISTAKEN = {
    "SQLALCHEMY_DATABASE_URL": "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_URL": "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_URI": "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_BIND": "SQLALCHEMY_BINDS",
}
CLOSE = 0.88


def check_variables(folders: t.Sequence[str], used: t.Sequence[URL]) -> t.Iterator[Finding]:
    """Environment variables that hold a database URL and have no effect, or whose URL SQLAlchemy refuses.

    :param folders: where the app's files are; a variable whose name they hold is read.
    :param used: the URLs of the app's databases.
    """
    known: set[str] | None = None
    for name, value in sorted(os.environ.items()):
        if not LIKELY.search(name):
            continue
        url = _parsed(value)
        if url is None:
            continue
        dialect = url.get_backend_name()
        known = words(folders) if known is None else known
        is_read = name in known or name.removeprefix("FLASK_") in known
        if dialect in RENAMED_DIALECTS and (is_read or not used):
            right = url.set(drivername=url.drivername.replace(dialect, RENAMED_DIALECTS[dialect], 1))
            yield Finding(
                "warning" if used else "broken",
                "variables",
                f"{name} holds a {dialect}:// URL, which SQLAlchemy does not accept.",
                f"Write {right.set(query={}).render_as_string()} instead.",
            )
        elif used and not is_read and all(_same(url, other) is False for other in used):
            yield Finding(
                "warning",
                "variables",
                f"The environment variable {name} holds a database URL, and the app does not read it.",
                f'app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["{name}"]',
            )


def check_keys(config: t.Mapping[str, t.Any], folders: t.Sequence[str]) -> t.Iterator[Finding]:
    """Keys of ``app.config`` that are nearly those that name databases."""
    for key in sorted(config):
        if key in KNOWN or not key.startswith(("SQLALCHEMY_", "MIGRATE_", "SQLALCHMEY_", "SQLALCEMY_")):
            continue
        close = [MISTAKEN[key]] if key in MISTAKEN else difflib.get_close_matches(key, KNOWN, 1, CLOSE)
        if close:
            yield Finding(
                "warning",
                "settings",
                f"The app sets {key}, which nobody reads.",
                f"Call it {close[0]}.",
            )


def from_variable(url: URL) -> str:
    """The environment variable whose value is ``url``; empty when there is none."""
    for name, value in sorted(os.environ.items()):
        if "://" in value and _same(_parsed(value), url):
            return name
    return ""


def _parsed(value: str) -> URL | None:
    try:
        return make_url(value)
    except (exc.ArgumentError, ValueError):
        return None


def _same(first: URL | None, second: URL) -> bool:
    """Whether two URLs name one database; extensions complete the path of an SQLite file."""
    if first is None or first.get_backend_name() != second.get_backend_name():
        return False
    if first.get_backend_name() == "sqlite":
        return os.path.basename(first.database or "") == os.path.basename(second.database or "")
    return (first.host, first.port, first.database) == (second.host, second.port, second.database)
