"""Writing the version table with statements that are compiled once."""

from __future__ import annotations

import functools
import types
import typing as t

import sqlalchemy as sa
from alembic.runtime.migration import HeadMaintainer, MigrationContext
from alembic.util import CommandError


class Prepared:
    """A statement that is sent again and again with other values, and compiled now.

    :param statement: an ``INSERT``, ``UPDATE`` or ``DELETE`` whose parameters have the names of the values to come.
    """

    def __init__(self, statement: t.Any, dialect: sa.Dialect) -> None:
        self._compiled = statement.compile(dialect=dialect)
        processors = {
            name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
            for name, parameter in self._compiled.binds.items()
        }
        self._processors = {name: process for name, process in processors.items() if process is not None}
        self._text = str(self._compiled)
        self._names: t.Sequence[str] = self._compiled.positiontup or () if self._compiled.positional else ()

    def send(self, connection: sa.Connection, values: t.Mapping[str, t.Any]) -> sa.CursorResult[t.Any]:
        """Send it with ``values``, one for each parameter and no other."""
        return connection.exec_driver_sql(self._text, self._parameters(values))

    def send_quietly(self, connection: sa.Connection, values: t.Mapping[str, t.Any]) -> tuple[int, int | None]:
        """The same through the driver's own cursor, in half the time: no event hears of it.

        What the driver refuses is sent again with :meth:`send`, so that errors are SQLAlchemy's.

        :returns: how many rows it has changed, and the id of a new one, as the driver says.
        """
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, self._parameters(values))
            return cursor.rowcount, cursor.lastrowid
        except connection.dialect.loaded_dbapi.Error:
            result = self.send(connection, values)
            return result.rowcount, result.lastrowid
        finally:
            cursor.close()

    def _parameters(self, values: t.Mapping[str, t.Any]) -> t.Any:
        parameters = {**values, **{name: process(values[name]) for name, process in self._processors.items()}}
        return tuple([parameters[name] for name in self._names]) if self._names else parameters


class Companion(t.Protocol):
    """Writes something of its own in the statement that moves the version from one revision to the next."""

    def beside(self, update: sa.Update) -> tuple[Prepared, t.Mapping[str, t.Any]] | None:
        """A statement that does what ``update`` does and more, and its values but ``old`` and ``new``.

        :param update: with the parameters ``old`` and ``new``; the same object each time.
        :returns: ``None`` when there is nothing to write now.
        """

    def is_written(self, count: int) -> bool:
        """Whether the statement has done both, to judge by how many rows it says to have updated."""


def write_versions_fast(context: MigrationContext, companion: Companion | None = None) -> None:
    """Let ``context`` write the version table with statements that are compiled once, not once for each revision.

    Alembic writes the ids into the statements themselves. What ``run_migrations()`` calls ``HeadMaintainer`` is
    another class then, for this context only.
    """
    run = MigrationContext.run_migrations
    is_known = "HeadMaintainer" in run.__code__.co_names and hasattr(HeadMaintainer, "_update_version")
    if is_known and not context.as_sql and hasattr(context, "_version"):
        writer = functools.partial(VersionWriter, companion=companion)
        replaced = types.FunctionType(run.__code__, {**run.__globals__, "HeadMaintainer": writer})
        vars(context)["run_migrations"] = types.MethodType(replaced, context)


class VersionWriter(HeadMaintainer):
    """Writes where a database is; the statements stay the same, and the ids are their parameters."""

    def __init__(self, context: MigrationContext, heads: t.Any, companion: Companion | None = None) -> None:
        super().__init__(context, heads)
        self._companion = companion
        table: t.Any = context._version
        new: t.Any = {"version_num": sa.bindparam("new")}
        is_old = table.c.version_num == sa.bindparam("old")
        self._update, delete = table.update().where(is_old).values(new), table.delete().where(is_old)
        statements = {"insert": table.insert().values(new), "update": self._update, "delete": delete}
        self._prepared = {verb: Prepared(one, context.dialect) for verb, one in statements.items()}

    def _insert_version(self, version: str) -> None:
        self._write("insert", new=version)

    def _delete_version(self, version: str) -> None:
        self._write("delete", old=version)

    def _update_version(self, from_: str, to_: str) -> None:
        found = self._companion.beside(self._update) if self._companion is not None else None
        if self._companion is not None and found is not None:
            statement, values = found
            connection = t.cast("sa.Connection", self.context.connection)
            if self._companion.is_written(statement.send(connection, {**values, "old": from_, "new": to_}).rowcount):
                self.heads.symmetric_difference_update((from_, to_))
                return
        self._write("update", old=from_, new=to_)

    def _write(self, verb: str, **ids: str) -> None:
        self.heads.symmetric_difference_update(ids.values())  # the old one is there, and the new one is not
        count = self._prepared[verb].send(t.cast("sa.Connection", self.context.connection), ids).rowcount
        if verb != "insert" and count != 1 and self.context.dialect.supports_sane_rowcount:
            what = f"{verb[:-1]}ing {' to '.join(map(repr, ids.values()))} in {self.context.version_table!r}"
            raise CommandError(f"Online migration expected to match one row when {what}; {count} found")
