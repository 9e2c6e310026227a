"""The databases: where each URL came from, and whether it can be reached."""

from __future__ import annotations

import os
import typing as t

import sqlalchemy as sa

from ...errors import MigrateError
from ...targets import connect, describe_url, failures
from .findings import Finding, broken
from .variables import from_variable

if t.TYPE_CHECKING:
    from ...extension import AppState
    from ...targets import Target


def check_database(target: Target, state: AppState, is_named: bool) -> t.Iterator[Finding]:
    """Where the URL of ``target`` is from, and whether the database answers."""
    name = (target.name or "default") if is_named else ""
    yield Finding("ok", "url", f"{_described(target)}, from {_origin(target, state)}.", target=name)
    url = target.engine.url
    if is_in_memory(target):
        yield Finding(
            "warning",
            "database",
            "The database is in memory: what a command does there is gone when it ends.",
            'app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///app.db"',
            name,
        )
    elif _is_missing_file(target):
        folder = os.path.dirname(os.path.abspath(str(url.database)))
        if os.path.isdir(folder):
            yield Finding("note", "database", f"The file {url.database} does not exist yet.", "flask db upgrade", name)
        else:
            yield Finding(
                "broken", "database", f"The folder {folder} does not exist.", "flask db upgrade --create-database", name
            )
    else:
        try:
            version = connect(target, _version)
        except Exception as error:  # drivers raise what they like
            yield broken("database", failures.explain(error, url) or _plain(error, target), name)
        else:
            yield Finding("ok", "database", f"The database answers: {target.engine.dialect.name} {version}.", "", name)


def is_usable(target: Target) -> bool:
    """Whether ``target`` can be asked without making it."""
    if is_in_memory(target) or _is_missing_file(target):
        return False
    try:
        connect(target, _version)
    except Exception:  # it was told when the database was checked
        return False
    return True


def is_in_memory(target: Target) -> bool:
    """Whether ``target`` keeps nothing."""
    is_file = target.engine.url.get_backend_name() == "sqlite"
    return is_file and describe_url(target.engine.url).startswith("sqlite, in memory (")


def _described(target: Target) -> str:
    return f"{target.describe()} (driver {target.engine.dialect.driver})"


def _is_missing_file(target: Target) -> bool:
    url = target.engine.url
    path = url.database or ""
    return url.get_backend_name() == "sqlite" and not path.startswith("file:") and not os.path.exists(path)


def _version(connection: sa.Connection) -> str:
    connection.execute(sa.select(1))
    return ".".join(str(part) for part in connection.dialect.server_version_info or ())


def _origin(target: Target, state: AppState) -> str:
    """The setting that the URL of ``target`` stands in, and the variable with the same value."""
    if state.settings.engine is not None:
        place = "Migrate(engine=…)"
    elif getattr(state.given_db, "metadatas", None) is not None:  # Flask-SQLAlchemy
        place = f"SQLALCHEMY_BINDS[{target.name!r}]" if target.name else "SQLALCHEMY_DATABASE_URI"
    else:
        place = f"SQLALCHEMY_ENGINES[{target.name or 'default'!r}]"
    variable = from_variable(target.engine.url)
    return f"{place}, as the environment variable {variable} says" if variable else place


def _plain(error: Exception, target: Target) -> MigrateError:
    text = str(error).replace(str(target.engine.url.password or "\0"), "***")
    return MigrateError(f"The database can't be used ({target.describe()}): {type(error).__name__}: {text}")
