"""Errors that say nothing about a script: what a scratch database may not do, or has not."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ...shadow import OutOfReach

#: SQLSTATE classes and codes of PostgreSQL: no right to, no room, an administrator's doing.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL = ("42501", "53", "57", "58")
#: No right to, no room. https://mariadb.com/kb/en/mariadb-error-code-reference/
MYSQL = frozenset((1021, 1044, 1045, 1142, 1143, 1227, 1370, 1419))
#: Files that were attached in a way that is not known here, and modules that only the app loads.
SQLITE = ("unknown database", "no such module", "disk is full", "no such function")


def is_weakness(error: BaseException) -> bool:
    """Whether ``error``, or what it comes from, is no fault of the script."""
    return any(_says_nothing(one) for one in _chain(error))


def _chain(error: BaseException | None) -> t.Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _says_nothing(error: BaseException) -> bool:
    if isinstance(error, (OutOfReach, NotImplementedError)):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    driver: t.Any = error.orig
    code = str(getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None) or "")
    number = driver.args[0] if getattr(driver, "args", ()) else None
    text = str(driver)
    return code.startswith(POSTGRESQL) or number in MYSQL or any(words in text for words in SQLITE)
