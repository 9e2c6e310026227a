"""Why a database can't be used, in one sentence and with the way on.

The rules are the error codes and texts of the engines and drivers themselves: SQLSTATE for PostgreSQL
(https://www.postgresql.org/docs/current/errcodes-appendix.html), error numbers for MariaDB and MySQL
(https://mariadb.com/kb/en/mariadb-error-codes/), and the texts that libpq and SQLite have used for years.
"""

from __future__ import annotations

import re
import types
import typing as t

from sqlalchemy import exc
from sqlalchemy.engine import URL, make_url

from ..errors import TargetError
from .model import describe_url

#: The package to install for each module that a SQLAlchemy dialect imports.
DRIVER_PACKAGES = {
    "MySQLdb": "mysqlclient",
    "aiomysql": "aiomysql",
    "aioodbc": "aioodbc",
    "aiosqlite": "aiosqlite",
    "asyncmy": "asyncmy",
    "asyncpg": "asyncpg",
    "cx_Oracle": "cx_Oracle",
    "greenlet": "greenlet",
    "mariadb": "mariadb",
    "mysql": "mysql-connector-python",
    "oracledb": "oracledb",
    "pg8000": "pg8000",
    "psycopg": "'psycopg[binary]'",
    "psycopg2": "psycopg2-binary",
    "pymssql": "pymssql",
    "pymysql": "PyMySQL",
    "pyodbc": "pyodbc",
    "pysqlcipher3": "sqlcipher3",
    "sqlcipher3": "sqlcipher3",
}

#: Dialect names that were once accepted, and what stands for them today.
RENAMED_DIALECTS = {"postgres": "postgresql", "mysql2": "mysql", "sqlite3": "sqlite", "pgsql": "postgresql"}

_UNKNOWN_DATABASE = re.compile(r'database ".*" does not exist|Unknown database', re.S)
_WRONG_PASSWORD = re.compile(
    r"password authentication failed|no password supplied|Access denied for user|authentication failed"
    r'|role ".*" does not exist|no pg_hba\.conf entry',
    re.S,
)
_UNKNOWN_HOST = re.compile(r"could not translate host name|Name or service not known|getaddrinfo|Unknown .*host")
_SQLITE_FILE = re.compile(r"unable to open database file|file is not a database|readonly database")


class UnknownDatabase(TargetError):
    """The server is there, the database is not."""


def explain(error: BaseException, url: str | URL | None = None) -> TargetError | None:
    """The sentence for ``error``, when it says that a database can't be reached or its driver loaded.

    :param error: what SQLAlchemy, a driver or ``import`` raised.
    :param url: the URL in question; found in the frames of the traceback when it isn't given.
    :returns: ``None`` when ``error`` is about something else.
    """
    if isinstance(error, ImportError):
        return _missing_driver(error)
    if isinstance(error, exc.NoSuchModuleError):
        return _unknown_dialect(error, url or _url_in(error.__traceback__))
    if isinstance(error, exc.ArgumentError):
        return _bad_url(error)
    if isinstance(error, exc.DBAPIError) and (error.statement is None or _SQLITE_FILE.search(str(error.orig))):
        return _no_connection(error, _parsed(url or _url_in(error.__traceback__)))
    if isinstance(error, ValueError) and "greenlet library is required" in str(error):
        return _install("greenlet")
    if isinstance(error, OSError) and error.__traceback__ is not None:  # asyncpg lets socket errors through
        found = _parsed(_url_in(error.__traceback__))
        return None if found is None else _unreachable(found, str(error))
    return None


def no_bind(key: str | None, known: t.Sequence[str]) -> TargetError:
    """The error for a bind that the app does not declare; ``known`` are those that it does."""
    names = ", ".join(repr(name) if name else "the default one" for name in known) or "none"
    wanted = f"no bind {key!r}" if key else "no default database"
    return TargetError(f"The app declares {wanted}.", f"Declared: {names}. Add it to the app's configuration.")


def _missing_driver(error: ImportError) -> TargetError | None:
    module = (error.name or "").partition(".")[0]
    if module not in DRIVER_PACKAGES or not _raised_by_sqlalchemy(error.__traceback__):
        return None
    return _install(module)


def _install(module: str) -> TargetError:
    return TargetError(
        f"The database driver {module} is not installed.",
        f"Install it: pip install {DRIVER_PACKAGES[module]}",
    )


def _unknown_dialect(error: exc.NoSuchModuleError, url: str | URL | None) -> TargetError:
    name = str(error).rpartition(":")[2].split(".")[0]
    renamed = RENAMED_DIALECTS.get(name)
    if renamed is None:
        return TargetError(f"SQLAlchemy knows no database called {name!r}.", "Correct the scheme of the database URL.")
    parsed = _parsed(url)
    if parsed is None:
        corrected = f"{renamed}://…"
    else:
        corrected = parsed.set(drivername=parsed.drivername.replace(name, renamed, 1)).render_as_string()
    return TargetError(f"SQLAlchemy does not accept {name}:// URLs.", f"Write {corrected} instead.")


def _bad_url(error: exc.ArgumentError) -> TargetError | None:
    if "parse SQLAlchemy URL" not in str(error) and "Expected string or URL object" not in str(error):
        return None
    return TargetError(
        "The database URL can't be parsed.",
        "Write dialect+driver://user:password@host:port/database, with special characters of the password "
        "percent-encoded (urllib.parse.quote_plus).",
    )


def _no_connection(error: exc.DBAPIError, url: URL | None) -> TargetError:
    text = _first_line(error, url)
    if url is None:
        return TargetError(f"The database can't be reached: {text}", "Check its URL and that the server runs.")
    if _SQLITE_FILE.search(text):
        return TargetError(
            f"The database file {url.database} can't be used: {text}",
            "Check that its folder exists and that this user may write there.",
        )
    if _UNKNOWN_DATABASE.search(text):
        return UnknownDatabase(
            f"The server has no database {url.database!r} ({describe_url(url)}).",
            f"Create it: flask db upgrade --create-database, or {_create_statement(url)}",
        )
    if _WRONG_PASSWORD.search(text):
        return TargetError(
            f"The server refused user {url.username!r} ({describe_url(url)}): {text}",
            "Correct the user or the password in the database URL.",
        )
    if _UNKNOWN_HOST.search(text):
        return TargetError(f"The host {url.host!r} is not known.", "Correct the host in the database URL.")
    return _unreachable(url, text)


def _unreachable(url: URL, text: str) -> TargetError:
    return TargetError(
        f"The database can't be reached ({describe_url(url)}): {text}",
        "Check that the server runs and that host and port in the database URL are right.",
    )


def _create_statement(url: URL) -> str:
    quote = "`" if url.get_backend_name() in ("mysql", "mariadb") else '"'
    name = (url.database or "").replace(quote, quote * 2)
    return f"CREATE DATABASE {quote}{name}{quote}"


def driver_text(error: exc.DBAPIError) -> str:
    """The driver's own words, without the error number that PyMySQL and others put before them."""
    args: tuple[t.Any, ...] = getattr(error.orig, "args", ())
    return str(args[1]) if len(args) > 1 and isinstance(args[0], int) else str(error.orig)


def _first_line(error: exc.DBAPIError, url: URL | None) -> str:
    """The driver's own words on one line, without a password that a driver may repeat."""
    text = driver_text(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # psycopg announces that several attempts failed and puts the causes below, one on a line.
    causes = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    first = (causes or lines or [type(error.orig).__name__])[0]
    if url is not None and url.password:
        first = first.replace(str(url.password), "***")
    return first.rstrip(".") + "."


def _raised_by_sqlalchemy(traceback: types.TracebackType | None) -> bool:
    """Whether a frame of SQLAlchemy is on the way: else somebody's own import failed."""
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__", "").startswith("sqlalchemy."):
            return True
        traceback = traceback.tb_next
    return False


def _url_in(traceback: types.TracebackType | None) -> URL | str | None:
    """The database URL in the frames of SQLAlchemy: a driver's error does not carry it."""
    found: URL | str | None = None
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__", "").startswith("sqlalchemy."):
            found = _url_of_frame(frame) or found
        traceback = traceback.tb_next
    return found


def _url_of_frame(frame: types.FrameType) -> URL | str | None:
    for name in ("u", "url", "name_or_url"):
        value = frame.f_locals.get(name)
        if isinstance(value, str | URL):
            return value
    engine = getattr(frame.f_locals.get("self"), "engine", frame.f_locals.get("self"))
    url = getattr(engine, "url", None)
    return url if isinstance(url, URL) else None


def _parsed(url: str | URL | None) -> URL | None:
    try:
        return None if url is None else make_url(url)
    except exc.ArgumentError:
        return None
