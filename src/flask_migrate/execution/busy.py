"""Busy tables and lost connections: what may be tried again, and how long a statement waits.

The codes are those of the engines: SQLSTATE 55P03, 40P01 and 40001 (PostgreSQL), error 1205 and 1213 (MariaDB and
MySQL), SQLITE_BUSY and SQLITE_LOCKED.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

import sqlalchemy as sa
from sqlalchemy import event, exc

from .options import ExecutionOptions
from .statements import Statement, raw

POSTGRESQL_LOCK_TIMEOUT = "55P03"
POSTGRESQL_STATES = frozenset({POSTGRESQL_LOCK_TIMEOUT, "40P01", "40001"})
MYSQL_LOCK_TIMEOUT = 1205
MYSQL_DEADLOCK = 1213
#: A table was asked for while another session is making it.
MYSQL_BEING_MADE = 1684
SQLITE_WORDS = ("database is locked", "database table is locked", "database schema is locked")

_More = t.Callable[[], t.Mapping[str, str]]
#: Ends a transaction and begins the next one, or says that it can't.
Chain = t.Callable[[], bool]
#: ``PQTRANS_INTRANS`` of libpq, which both drivers tell.
_INTRANS = 2


def is_busy(error: BaseException) -> bool:
    """Whether ``error`` says that another session was in the way, and the work may be tried again."""
    if not isinstance(error, exc.DBAPIError):
        return False
    original = error.orig
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if state in POSTGRESQL_STATES:
        return True
    return error_number(error) in (MYSQL_LOCK_TIMEOUT, MYSQL_DEADLOCK, MYSQL_BEING_MADE) or any(
        words in str(original) for words in SQLITE_WORDS
    )


def error_number(error: exc.DBAPIError) -> int | None:
    """The number that MariaDB and MySQL drivers put first."""
    args: tuple[t.Any, ...] = getattr(error.orig, "args", ())
    return args[0] if args and isinstance(args[0], int) else None


def is_table_busy(error: BaseException) -> bool:
    """Whether the driver's own ``error`` says that a lock was not to be had in time; the transaction goes on."""
    args: tuple[t.Any, ...] = getattr(error, "args", ())
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return state == POSTGRESQL_LOCK_TIMEOUT or (bool(args) and args[0] == MYSQL_LOCK_TIMEOUT)


def rolls_back_on_timeout(connection: sa.Connection) -> bool:
    """Whether the server rolls the whole transaction back when one statement of it waits too long for a row."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        return False
    return bool(raw(connection, "SELECT @@innodb_rollback_on_timeout")[0][0])


@contextlib.contextmanager
def limited(
    connection: sa.Connection,
    options: ExecutionOptions,
    may_retry: bool,
    more: _More = dict,
) -> t.Iterator[Chain | None]:
    """Within this block, statements on ``connection`` wait for locks only as long as ``options`` say.

    :param may_retry: whether what waited too long is tried again; if not, it waits as long as the engine does.
    :param more: other settings of the transaction that begins, on PostgreSQL.
    :returns: what ends a transaction and begins the next one in one journey, where that can be.
    """
    if not may_retry:
        options = dataclasses.replace(options, lock_timeout=None)
    limit = _LIMITS.get(connection.dialect.name)
    with limit(connection, options, more) if limit else contextlib.nullcontext() as chain:
        yield chain


@contextlib.contextmanager
def without_waiting_long(
    connection: sa.Connection, statement: Statement, options: ExecutionOptions
) -> t.Iterator[None]:
    """The same for one statement that is its own transaction on PostgreSQL, where ``SET LOCAL`` does not reach it.

    What is done ``CONCURRENTLY`` waits for old transactions by its nature, and holds nobody up meanwhile.
    """
    timeout = options.lock_timeout
    is_concerned = connection.dialect.name == "postgresql" and "concurrently" not in statement.text.lower()
    if timeout is None or not is_concerned:
        yield
        return
    raw(connection, f"SET lock_timeout = {_milliseconds(timeout)}")
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # a connection that is lost needs nothing set back
            raw(connection, "RESET lock_timeout")


@contextlib.contextmanager
def _limited_postgresql(connection: sa.Connection, options: ExecutionOptions, more: _More) -> t.Iterator[Chain | None]:
    """Settings that end with their transaction, as ``SET LOCAL`` does, and so never leak into the app's pool."""
    timeouts = {"lock_timeout": options.lock_timeout, "statement_timeout": options.statement_timeout}
    settings = {name: str(_milliseconds(seconds)) for name, seconds in timeouts.items() if seconds is not None}

    def begin(conn: sa.Connection) -> None:
        if conn.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            return
        wanted = {**settings, **more()}
        if wanted:
            _set_local(conn, wanted)

    def chain() -> bool:
        if not _is_in_transaction(connection):
            return False
        calls = [f"set_config('{name}', {_literal(value)}, true)" for name, value in {**settings, **more()}.items()]
        text = f"COMMIT AND CHAIN; SELECT {', '.join(calls)}" if calls else "COMMIT AND CHAIN"
        connection.exec_driver_sql(text, execution_options={"no_parameters": True})
        return True

    if connection.in_transaction():
        begin(connection)
    event.listen(connection, "begin", begin)
    try:
        yield chain if _may_chain(connection.dialect) else None
    finally:
        event.remove(connection, "begin", begin)


def _may_chain(dialect: sa.Dialect) -> bool:
    """Whether server and driver take ``COMMIT AND CHAIN`` and a statement behind it, without parameters, at once.

    https://www.postgresql.org/docs/current/sql-commit.html
    """
    version = getattr(dialect, "server_version_info", None) or (0,)
    return dialect.driver in ("psycopg", "psycopg2") and not dialect.is_async and version >= (12,)


def _is_in_transaction(connection: sa.Connection) -> bool:
    """Whether the server has a transaction open that goes well: a script may have sent ``COMMIT``."""
    info: t.Any = getattr(connection.connection.dbapi_connection, "info", None)
    return getattr(info, "transaction_status", None) == _INTRANS


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def _set_local(connection: sa.Connection, settings: dict[str, str]) -> None:
    """Set all ``settings`` in one journey."""
    connection.execute(_setting(tuple(settings)), settings)


@functools.cache
def _setting(names: tuple[str, ...]) -> sa.TextClause:
    """The statement, made once: it is sent for every revision."""
    return sa.text("SELECT " + ", ".join(f"set_config('{name}', :{name}, true)" for name in names))


@contextlib.contextmanager
def _limited_mysql(connection: sa.Connection, options: ExecutionOptions, _: _More) -> t.Iterator[Chain | None]:
    """Session variables, set back at the end; the engine counts in whole seconds, at least one."""
    wanted: dict[str, float] = {}
    if options.lock_timeout is not None:
        wanted["lock_wait_timeout"] = max(1, round(options.lock_timeout))
    if options.statement_timeout is not None:
        name = "max_statement_time" if getattr(connection.dialect, "is_mariadb", False) else "max_execution_time"
        wanted[name] = options.statement_timeout if name == "max_statement_time" else options.statement_timeout * 1000
    before = {name: raw(connection, f"SELECT @@{name}")[0][0] for name in wanted}
    for name, value in wanted.items():
        raw(connection, f"SET SESSION {name} = {value}")
    try:
        yield None
    finally:
        with contextlib.suppress(Exception):  # a connection that is lost needs nothing set back
            for name, value in before.items():
                raw(connection, f"SET SESSION {name} = {value}")


@contextlib.contextmanager
def _limited_sqlite(connection: sa.Connection, options: ExecutionOptions, _: _More) -> t.Iterator[Chain | None]:
    """``busy_timeout``: while a commit waits for readers to end, new ones can't begin."""
    if options.lock_timeout is None:
        yield None
        return
    before = raw(connection, "PRAGMA busy_timeout")[0][0]
    raw(connection, f"PRAGMA busy_timeout = {_milliseconds(options.lock_timeout)}")
    try:
        yield None
    finally:
        with contextlib.suppress(Exception):  # a connection that is closed needs nothing set back
            raw(connection, f"PRAGMA busy_timeout = {before}")


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


_Limit = t.Callable[[sa.Connection, ExecutionOptions, _More], contextlib.AbstractContextManager[Chain | None]]
_LIMITS: dict[str, _Limit] = {
    "postgresql": _limited_postgresql,
    "mysql": _limited_mysql,
    "mariadb": _limited_mysql,
    "sqlite": _limited_sqlite,
}
