"""What is sent over one connection, seen and steered by SQLAlchemy's public events."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import typing as t

import sqlalchemy as sa
from sqlalchemy import event

#: White space, comments and parentheses before the first word; ``/*!`` and ``/*M!`` are no comments to MariaDB.
_LEAD = re.compile(r"(?:[\s(;]|(?:--|#)[^\n]*(?:\n|$)|/\*(?!M?!).*?(?:\*/|$)|/\*M?!\d*)*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]*")

#: First words of statements that change nothing.
READING = frozenset({"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE"})
#: First words of statements that change the session only, and end with it.
SESSION = frozenset({"SET", "USE", "PRAGMA", "PREPARE", "DEALLOCATE", "LOCK", "UNLOCK", "RESET"})
#: First words of statements that steer transactions.
STEERING = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"})
#: First words of statements that change rows, and belong to a transaction on every engine.
CHANGING_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "MERGE"})
#: First words of statements that commit by themselves what came before, where DDL does.
COMMITTING = frozenset({"CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"})
#: A ``SELECT`` that gives values to variables of the session.
_ASSIGNS = re.compile(r":=|\bINTO\s+@", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement on its way to the driver.

    :param text: the SQL, as the driver gets it.
    :param element: the SQLAlchemy construct it was compiled from; ``None`` for SQL that came as text.
    """

    text: str
    element: t.Any = None

    @functools.cached_property
    def first_word(self) -> str:
        """The first word of the SQL, in capitals, comments left out."""
        return first_word(self.text)

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing, and its result depends on what is in the database."""
        return self.first_word in READING and not self.is_of_session

    @property
    def is_of_session(self) -> bool:
        """Whether its effect ends with the session: a later session has to send it again."""
        if self.first_word == "SELECT":
            return _ASSIGNS.search(self.text) is not None
        return self.first_word in SESSION or self.is_steering

    @property
    def is_steering(self) -> bool:
        """Whether it begins, divides or ends a transaction; ``BEGIN NOT ATOMIC`` is MariaDB's compound statement."""
        return self.first_word in STEERING and "NOT ATOMIC" not in self.text[:40].upper()

    @property
    def commits(self) -> bool:
        """Whether it surely commits what came before it, and itself, where DDL is not transactional.

        https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
        """
        return self.first_word in COMMITTING and " TEMPORARY " not in " ".join(self.text[:80].upper().split())

    @property
    def changes_rows(self) -> bool:
        """Whether it changes rows only; what is none of all these counts as DDL."""
        return self.first_word in CHANGING_ROWS


class Sending:
    """A statement and the means to send it.

    :param cursor: the driver's cursor.
    :param context: SQLAlchemy's execution context, which makes a result out of the cursor.
    """

    def __init__(self, statement: Statement, send: t.Callable[[str], None], cursor: t.Any, context: t.Any) -> None:
        self.statement = statement
        self.cursor = cursor
        self.context = context
        self._send = send

    def send(self, text: str | None = None) -> None:
        """Send the statement, or ``text`` with its parameters."""
        self._send(self.statement.text if text is None else text)

    def sent_by(self, send: t.Callable[[str], None]) -> Sending:
        """The same, sent in another way."""
        return Sending(self.statement, send, self.cursor, self.context)


#: Runs one statement: may send it, or not, or again.
Executor = t.Callable[[Sending], None]


class Steering:
    """Lets an executor decide how each statement of a script is sent.

    The listeners belong to the engine, since no event of a connection can replace what is sent; they leave
    everything alone that goes over another connection, or while :meth:`by` is not entered.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._root: t.Any = None
        self._executor: Executor | None = None

    @contextlib.contextmanager
    def listening(self) -> t.Iterator[None]:
        """Within this block, :meth:`by` works."""
        listeners = (
            ("do_execute", self._execute),
            ("do_executemany", self._executemany),
            ("do_execute_no_params", self._execute_no_params),
        )
        for name, listener in listeners:
            event.listen(self.engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners:
                event.remove(self.engine, name, listener)

    @contextlib.contextmanager
    def by(self, executor: Executor, connection: sa.Connection) -> t.Iterator[None]:
        """Within this block, ``executor`` gets every statement that is sent over ``connection``.

        When it does not send one, the script that wanted it gets an empty result.
        """
        self._root, self._executor = _driver_connection(connection), executor
        try:
            yield
        finally:
            self._root = self._executor = None

    @contextlib.contextmanager
    def paused(self) -> t.Iterator[None]:
        """Within this block, statements are sent as they are."""
        executor, self._executor = self._executor, None
        try:
            yield
        finally:
            self._executor = executor

    def _execute(self, cursor: t.Any, text: str, parameters: t.Any, context: t.Any) -> bool | None:
        def send(text: str) -> None:
            self.engine.dialect.do_execute(cursor, text, parameters, context)

        return self._steer(send, cursor, text, context)

    def _executemany(self, cursor: t.Any, text: str, parameters: t.Any, context: t.Any) -> bool | None:
        def send(text: str) -> None:
            self.engine.dialect.do_executemany(cursor, text, parameters, context)

        return self._steer(send, cursor, text, context)

    def _execute_no_params(self, cursor: t.Any, text: str, context: t.Any) -> bool | None:
        def send(text: str) -> None:
            self.engine.dialect.do_execute_no_params(cursor, text, context)

        return self._steer(send, cursor, text, context)

    def _steer(self, send: t.Callable[[str], None], cursor: t.Any, text: str, context: t.Any) -> bool | None:
        executor = self._executor
        if executor is None or context is None or _driver_connection(context.root_connection) is not self._root:
            return None
        element = getattr(context.compiled, "statement", None)
        with self.paused():
            executor(Sending(Statement(text, element), send, cursor, context))
        return True


@contextlib.contextmanager
def noticed(engines: t.Iterable[sa.Engine]) -> t.Iterator[set[int]]:
    """Within this block, the ids of the driver connections over which ``engines`` have sent a statement."""
    used: set[int] = set()

    def notice(connection: sa.Connection, *_: t.Any) -> None:
        used.add(id(_driver_connection(connection)))

    watched = list({id(engine): engine for engine in engines}.values())
    for engine in watched:
        event.listen(engine, "before_cursor_execute", notice)
    try:
        yield used
    finally:
        for engine in watched:
            event.remove(engine, "before_cursor_execute", notice)


def is_unused(connection: sa.Connection, used: set[int]) -> bool:
    """Whether nothing was sent over ``connection`` while :func:`noticed` looked."""
    return id(_driver_connection(connection)) not in used


def first_word(text: str) -> str:
    """The first word of ``text``, in capitals, behind white space, comments and parentheses."""
    start = t.cast("re.Match[str]", _LEAD.match(text)).end()
    return t.cast("re.Match[str]", _WORD.match(text, start)).group().upper()


def raw(connection: sa.Connection, sql: str, *values: t.Any) -> list[t.Any]:
    """Send ``sql`` through the driver's own cursor: no event hears of it, and no transaction is begun for it.

    :returns: the rows; empty when there are none.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, *((values,) if values else ()))
        return list(cursor.fetchall()) if cursor.description else []
    finally:
        cursor.close()


def quoted(name: str) -> str:
    """``name`` in MariaDB's quotes; percent signs stay single, for no driver looks at them without parameters."""
    return "`" + name.replace("`", "``") + "`"


def _driver_connection(connection: sa.Connection) -> t.Any:
    """The driver's own connection object below ``connection``, by which it is told from others."""
    return connection.connection.dbapi_connection
