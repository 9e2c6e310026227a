"""Revisions on SQLite: real transactions, and table rebuilds that cost nothing.

SQLite's DDL is transactional; Python's driver only begins a transaction before DML.
"""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa
from sqlalchemy import event

from ..schema.read.sqlite_tokens import Cursor, NotUnderstood, tokenize
from .foreign_keys import ForeignKeyGuard
from .journal import is_autocommit
from .options import ExecutionOptions
from .rebuild import Objects, Rebuilt, complete_batches
from .scripts import may_rebuild
from .statements import Sending, raw

if t.TYPE_CHECKING:
    import types

    from alembic.ddl.impl import DefaultImpl

#: What Alembic calls the new table of a rebuild, until it has the name of the old one.
TEMPORARY = "_alembic_tmp_"


class SqliteRun:
    """What SQLite needs around the revisions of one run.

    :param connection: where they run.
    :param impl: Alembic's side of the dialect.
    :param owns_transactions: whether each revision has a transaction of its own; otherwise there is one for all,
        which is the caller's own when ``is_external``.
    """

    def __init__(
        self,
        connection: sa.Connection,
        impl: DefaultImpl,
        options: ExecutionOptions,
        *,
        owns_transactions: bool,
        is_external: bool,
    ) -> None:
        self.connection = connection
        self.impl = impl
        self.options = options
        self.owns_transactions = owns_transactions
        self.is_external = is_external
        self.guard = ForeignKeyGuard(connection)
        self._forced: set[str] = set()
        self._revision = ""
        self._objects: Objects | None = None

    @contextlib.contextmanager
    def prepared(self, modules: t.Callable[[], t.Iterable[types.ModuleType]]) -> t.Iterator[None]:
        """Within this block, revisions can run.

        :param modules: the scripts that will.
        """
        if not self.owns_transactions and not self.is_external:
            self.guard.begin(any(may_rebuild(module) for module in modules()))
        if self.connection.in_transaction():
            begin(self.connection)
        transactions = real_transactions(self.connection) if not self.is_external else contextlib.nullcontext()
        try:
            journal = kept_journal(self.connection) if self.owns_transactions else contextlib.nullcontext()
            with journal, transactions, complete_batches(self.impl, self.connection, self._note_batch):
                yield
        finally:
            with contextlib.suppress(self.connection.dialect.loaded_dbapi.Error):
                self.guard.restore()

    def before_step(self, revision: str, module: types.ModuleType) -> None:
        """Prepare for one revision."""
        self._revision, self._objects = revision, None
        if self.owns_transactions:
            self.guard.begin(revision in self._forced or may_rebuild(module))

    def send(self, sending: Sending, is_divided: bool) -> None:
        """Send a statement of the script.

        :param is_divided: whether a part of the revision is committed already.
        :raises ForeignKeysInTheWay: when the revision has to be run again with foreign keys off.
        :raises Refused: when it would cost what the script does not name.
        """
        self.guard.note(sending.statement)
        word = sending.statement.first_word
        if word == "DROP":
            self._before_drop(sending.statement.text, is_divided)
        if word != "ALTER":
            sending.send()
            return
        old, new = renamed_table(sending.statement.text)
        if old and new:
            self._seen_objects.note_rename(old, new)
        if old and new and old.startswith(TEMPORARY):
            self._send_rename(sending, new)
        else:
            sending.send()

    def check(self) -> None:
        """Look at what the revision has cost, before it is committed, and put back what can be.

        :raises Refused: when rows, references or constraints would be lost.
        """
        if self._objects is not None:
            self._objects.restore(self.options)
        self.guard.check(self._revision)

    @property
    def _seen_objects(self) -> Objects:
        """The objects as they were before the first of them is destroyed."""
        if self._objects is None:
            self._objects = Objects(self.connection, self._revision)
        return self._objects

    def _note_batch(self, rebuilt: Rebuilt) -> None:
        self._seen_objects.note_batch(rebuilt)

    def _before_drop(self, text: str, is_divided: bool) -> None:
        kind, name = dropped_object(text)
        if kind == "TABLE":
            self._seen_objects  # noqa: B018  # reading them is what it is for
            may_restart = self.owns_transactions and not is_divided and self._revision not in self._forced
            if may_restart:
                self._forced.add(self._revision)
            self.guard.before_drop(name, self._revision, may_restart)
        elif kind and self._objects is not None:
            self._objects.note_drop(name)

    def _send_rename(self, sending: Sending, table: str) -> None:
        """Give the new table its name without looking at views and triggers, which miss the old one just now."""
        before = raw(self.connection, "PRAGMA legacy_alter_table")
        raw(self.connection, "PRAGMA legacy_alter_table=ON")
        try:
            sending.send()
        finally:
            raw(self.connection, f"PRAGMA legacy_alter_table={before[0][0] if before else 'OFF'}")
        self._seen_objects.check_batch(table)


@contextlib.contextmanager
def real_transactions(connection: sa.Connection) -> t.Iterator[None]:
    """Within this block, every transaction on ``connection`` begins with ``BEGIN IMMEDIATE``.

    The listener belongs to the engine, since those of a connection are heard first: an app that begins by itself, as
    SQLAlchemy's manual says, comes before it.
    """

    def begin_ours(begun: sa.Connection) -> None:
        if begun is connection:
            begin(begun)

    event.listen(connection.engine, "begin", begin_ours)
    try:
        yield
    finally:
        event.remove(connection.engine, "begin", begin_ours)


@contextlib.contextmanager
def kept_journal(connection: sa.Connection) -> t.Iterator[None]:
    """Within this block, SQLite does not remove its rollback journal at every commit, but empties it.

    That is as safe, and spares each revision a change of the folder that has to reach the disk as well
    (https://www.sqlite.org/pragma.html#pragma_journal_mode). Other modes stay as they are.
    """
    if connection.in_transaction() or raw(connection, "PRAGMA journal_mode")[0][0] != "delete":
        yield
        return
    raw(connection, "PRAGMA journal_mode=TRUNCATE")
    try:
        yield
    finally:
        with contextlib.suppress(connection.dialect.loaded_dbapi.Error):  # the connection may be closed, or busy
            raw(connection, "PRAGMA journal_mode=DELETE")


def begin(connection: sa.Connection) -> None:
    """Begin a transaction in the database, where the driver has not and the app does not by itself."""
    in_transaction = getattr(connection.connection.dbapi_connection, "in_transaction", False)
    if not is_autocommit(connection) and not in_transaction:
        raw(connection, "BEGIN IMMEDIATE")


def dropped_object(text: str) -> tuple[str, str]:
    """The kind and the name of what a ``DROP`` statement drops; empty when it is not known."""
    cursor = Cursor(tokenize(text))
    try:
        cursor.expect("DROP")
        kind = cursor.take().keyword
        cursor.accept("IF", "EXISTS")
        return kind, _name(cursor)
    except NotUnderstood:
        return "", ""


def renamed_table(text: str) -> tuple[str, str]:
    """The old and the new name in an ``ALTER TABLE … RENAME TO``; empty when it is something else."""
    cursor = Cursor(tokenize(text))
    try:
        cursor.expect("ALTER", "TABLE")
        old = _name(cursor)
        cursor.expect("RENAME", "TO")
        return old, cursor.take().name
    except NotUnderstood:
        return "", ""


def _name(cursor: Cursor) -> str:
    name = cursor.take().name
    return cursor.take().name if cursor.accept(".") else name
