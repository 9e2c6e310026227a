"""Running the functions of a script without a database, to see what they would do there.

Alembic's operations run in its offline mode, in a context of their own; whoever asks for the connection gets a
stand-in, which takes statements that change something and has no answer to questions. A script that asks one decides
by what it finds in the database: what it does then is not known before it runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import logging
import threading
import typing as t

import sqlalchemy as sa
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.engine.mock import MockConnection

from ..autogenerate.words import describe_operation
from .destruction import Victim, victims_in, victims_of
from .plan import OWN_CODE
from .statements import READING, first_word

#: How much of a statement is shown among the operations.
TEXT_LENGTH = 100


@dataclasses.dataclass
class Recorded:
    """One operation as it was recorded."""

    text: str
    operation: ops.MigrateOperation | None = None
    sql: list[str] = dataclasses.field(default_factory=list)
    victims: list[Victim] = dataclasses.field(default_factory=list)


class OwnCode(BaseException):
    """The script wants an answer from the database; no ``except Exception`` of it may go on without one."""


class Rehearsal:
    """The stage on which scripts of one target run.

    :param connection: of the target; nothing is sent over it.
    :param options: arguments of ``context.configure()`` that scripts may look at.
    """

    def __init__(self, connection: sa.Connection, options: t.Mapping[str, t.Any]) -> None:
        self.operations: list[Recorded] = []
        self._dialect = _offline_dialect(connection.dialect)
        self._options = {name: options[name] for name in ("version_table", "version_table_schema") if name in options}
        self._environment = options.get("environment_context")
        self._depth = 0

    def play(self, script: t.Callable[[], None]) -> tuple[list[Recorded], str | None, str | None]:
        """Let ``script`` run.

        :returns: its operations, why there may be more of them, and why it refuses to run at all.
        """
        self.operations = []
        unknown = refused = None
        try:
            with self._stage():
                script()
        except OwnCode:
            unknown = OWN_CODE
        except NotImplementedError as error:
            refused = " ".join(str(error).split()) or "its script raises NotImplementedError"
        except Exception as error:
            # Beyond an answer that it did not get, or in code that has nothing to do with operations.
            unknown = f"{OWN_CODE} ({type(error).__name__}: {' '.join(str(error).split())[:TEXT_LENGTH]})"
        return self.operations, unknown, refused

    @contextlib.contextmanager
    def _stage(self) -> t.Iterator[None]:
        with _quiet(), _no_database():
            opts = {**self._options, "as_sql": True, "literal_binds": True, "output_buffer": io.StringIO()}
            environment: t.Any = self._environment
            context = MigrationContext(self._dialect, None, opts, environment)
            vars(context.impl).update(static_output=self._note_sql, connection=StandIn(self._dialect, self._send))
            vars(context).update(connection=context.impl.connection, autocommit_block=contextlib.nullcontext)
            with Operations.context(context) as op:
                stock = op.invoke
                vars(op).update(
                    invoke=lambda operation: self._invoke(operation, stock),
                    batch_alter_table=lambda *args, **options: self._batch(op, *args, **options),
                )
                try:
                    yield
                except BaseException as error:  # Alembic's context would leave its proxy behind
                    failure: BaseException | None = error
                else:
                    failure = None
            if failure is not None:
                raise failure

    def _invoke(self, operation: ops.MigrateOperation, stock: t.Callable[[t.Any], t.Any]) -> t.Any:
        """Note ``operation``, with the statements that it would send."""
        if self._depth:
            return stock(operation)
        recorded = Recorded("", operation, victims=victims_of(operation))
        recorded.text = "; ".join(describe_operation(operation))
        self.operations.append(recorded)
        if isinstance(operation, ops.ExecuteSQLOp):
            text = str(operation.sqltext)
            recorded.text, recorded.victims = _sql_words(text), victims_in(text)
        self._depth += 1
        try:
            return stock(operation)
        except (sa.exc.CompileError, CommandError, TypeError) as error:
            recorded.sql.append(f"-- can't be written as SQL: {' '.join(str(error).split())[:TEXT_LENGTH]}")
            return None
        finally:
            self._depth -= 1

    @contextlib.contextmanager
    def _batch(self, op: Operations, table_name: str, *args: t.Any, **options: t.Any) -> t.Iterator[t.Any]:
        """``batch_alter_table()``, where SQLite's rebuild can't be told before the table is read."""
        with contextlib.ExitStack() as stack:
            batch = stack.enter_context(Operations.batch_alter_table(op, table_name, *args, **options))
            stock, impl = batch.invoke, t.cast("t.Any", batch.impl)
            flush = impl.flush

            def flush_or_tell() -> None:
                self._depth += 1
                try:
                    flush()
                except (CommandError, sa.exc.CompileError):
                    self._note_sql(f"-- the table {table_name} is rebuilt, which depends on what it is like then")
                finally:
                    self._depth -= 1

            vars(impl).update(flush=flush_or_tell)
            vars(batch).update(invoke=lambda operation: self._invoke(operation, stock))
            yield batch

    def _note_sql(self, text: str) -> None:
        text = text.strip()
        if self._depth and self.operations:
            self.operations[-1].sql.append(text)
        else:
            self.operations.append(Recorded(_sql_words(text), sql=[text], victims=victims_in(text)))

    def _send(self, statement: t.Any, parameters: t.Any = None) -> Answer:
        """Take a statement that a script sends over the stand-in."""
        text = _compiled(statement, self._dialect)
        if first_word(text) in READING or isinstance(statement, sa.Select):
            raise OwnCode
        self.operations.append(Recorded(_sql_words(text), sql=[f"{text.strip().rstrip(';')};"]))
        self.operations[-1].victims = victims_in(text)
        return Answer()


class Answer:
    """The result of a statement that was not sent; there is nothing to be known from it."""

    def __getattr__(self, name: str) -> t.Any:
        raise OwnCode


class StandIn(MockConnection):
    """What a script gets for a connection."""

    def exec_driver_sql(self, statement: str, parameters: t.Any = None, **_: t.Any) -> t.Any:
        """Take a statement."""
        return self.execute(sa.text(statement.replace(":", r"\:")), parameters)

    def scalar(self, statement: t.Any, parameters: t.Any = None, **_: t.Any) -> t.Any:
        """There is no answer."""
        raise OwnCode

    def in_transaction(self) -> bool:
        """As on the connection that is stood in for."""
        return True

    def begin(self) -> contextlib.AbstractContextManager[t.Any]:
        """Nothing to begin."""
        return contextlib.nullcontext(self)

    begin_nested = begin

    def commit(self) -> None:
        """Nothing to commit."""

    rollback = close = commit

    def __getattr__(self, name: str) -> t.Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise OwnCode


def _compiled(statement: t.Any, dialect: sa.Dialect) -> str:
    """The text of a statement, with its values in it as far as they can be written."""
    if isinstance(statement, str):
        return statement
    literal = {"compile_kwargs": {"literal_binds": True}} if not isinstance(statement, sa.DDLElement) else {}
    try:
        return str(statement.compile(dialect=dialect, **literal))
    except (sa.exc.CompileError, TypeError, NotImplementedError):
        try:
            return str(statement.compile(dialect=dialect))
        except sa.exc.CompileError as error:
            raise OwnCode from error


def _sql_words(text: str) -> str:
    line = " ".join(text.split()).rstrip(";")
    return f"~ SQL: {line if len(line) <= TEXT_LENGTH else f'{line[:TEXT_LENGTH]}…'}"


def _offline_dialect(live: sa.Dialect) -> sa.Dialect:
    """A dialect that writes what ``live`` would send; with its own style of parameters, percent signs would double."""
    made: t.Any = type(live)(paramstyle="named")  # type: ignore[call-arg]  # what every DefaultDialect takes
    for name in ("server_version_info", "is_mariadb", "default_schema_name"):
        if hasattr(live, name):
            setattr(made, name, getattr(live, name))
    return t.cast("sa.Dialect", made)


@contextlib.contextmanager
def _quiet() -> t.Iterator[None]:
    """Within this block, Alembic does not tell this thread's contexts."""
    logger = logging.getLogger("alembic.runtime.migration")
    this = threading.get_ident()

    def is_wanted(record: logging.LogRecord) -> bool:
        return record.thread != this

    logger.addFilter(is_wanted)
    try:
        yield
    finally:
        logger.removeFilter(is_wanted)


@contextlib.contextmanager
def _no_database() -> t.Iterator[None]:
    """Within this block, nothing reaches any database from this thread: a script may have an engine of its own."""
    this = threading.get_ident()

    def refuse(*_: t.Any) -> None:
        if threading.get_ident() == this:
            raise OwnCode

    event.listen(sa.Engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(sa.Engine, "before_cursor_execute", refuse)
