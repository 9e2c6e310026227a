"""Databases that are missing on their servers."""

from __future__ import annotations

import os
import typing as t

import sqlalchemy as sa

from ..errors import TargetError
from ..extension import current_state
from ..shadow.base import quoted, run_on
from ..targets import connect, describe_url, failures

if t.TYPE_CHECKING:
    from ..targets import Target

#: Where each engine creates from: a database that is always there, or none at all.
SERVERS = {"postgresql": ("postgres", "template1"), "mysql": ("",), "mariadb": ("",)}
#: What is said behind the name: on MariaDB and MySQL the server's default may not hold every character.
OPTIONS = {"mysql": " CHARACTER SET utf8mb4", "mariadb": " CHARACTER SET utf8mb4"}


def create_missing() -> tuple[str, ...]:
    """Create the databases of the current application that are not there, and the folders of SQLite files.

    :returns: what was created, in words.
    :raises TargetError: when a server can't be reached, or does not allow it.
    """
    return tuple(target.describe() for target in current_state().databases.targets() if _create(target))


def _create(target: Target) -> bool:
    """Create the database of ``target`` unless it is there; says whether it did."""
    url = target.engine.url
    dialect = url.get_backend_name()
    if dialect == "sqlite":
        return _make_folder(url)
    known = _why_not(target)
    if known is None:
        return False
    if not isinstance(known, failures.UnknownDatabase) or dialect not in SERVERS:
        raise known
    try:
        _run(target.engine, f"CREATE DATABASE {quoted(target.engine, url.database or '')}{OPTIONS.get(dialect, '')}")
    except sa.exc.DBAPIError as error:
        if _why_not(target) is None:  # somebody else has created it meanwhile
            return False
        text = " ".join(failures.driver_text(error).split())
        raise TargetError(
            f"The database {url.database!r} can't be created ({describe_url(url)}): {text}",
            "Let somebody who may create it, or give this user the right.",
        ) from error
    return True


def _why_not(target: Target) -> TargetError | None:
    """Why ``target`` can't be reached; ``None`` when it can."""
    try:
        connect(target, lambda connection: None)
    except Exception as error:
        known = failures.explain(error, target.engine.url)
        if known is None:
            raise
        return known
    return None


def _run(engine: sa.Engine, statement: str) -> None:
    """Run ``statement`` on the server of ``engine``, outside of any database of the app."""
    first, *others = SERVERS[engine.url.get_backend_name()]
    for place in (first, *others):
        try:
            run_on(engine, lambda connection: connection.exec_driver_sql(statement).close(), database=place)
        except sa.exc.DBAPIError as error:
            known = failures.explain(error, engine.url.set(database=place))
            if place == (others or [first])[-1] or not isinstance(known, failures.UnknownDatabase):
                raise
        else:
            return


def _make_folder(url: sa.URL) -> bool:
    """Make the folder of an SQLite file; SQLite makes the file itself."""
    path = url.database or ""
    folder = os.path.dirname(path)
    if not folder or path.startswith("file:") or os.path.isdir(folder):
        return False
    try:
        os.makedirs(folder)
    except OSError as error:
        raise TargetError(f"The folder {folder} can't be made: {error.strerror}.") from error
    return True
