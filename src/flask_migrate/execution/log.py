"""The log table: what was run on a target, when, by whom, and how it ended.

``alembic_version`` alone decides where a target is. A log that is missing, old or lost never stops an upgrade.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import functools
import getpass
import json
import os
import socket
import typing as t
import zlib

import sqlalchemy as sa

from ..alembic_compat import Prepared

#: How long a text in the log may be; longer ones are cut.
TEXT_LENGTH = 4000
#: Journals of more characters than this are compressed.
COMPRESS_FROM = 50_000
COMPRESSED = "zlib:"
#: The column of the schema that the newest step has left; a log of an earlier release gets it when it is next used.
SCHEMA = "schema_left"

RUNNING = "running"
DONE = "done"
FAILED = "failed"
RESUMED = "resumed"


@dataclasses.dataclass(frozen=True)
class LogEntry:
    """One row of the log: one revision that was run, or tried.

    :param revision: its id.
    :param direction: ``"upgrade"``, ``"downgrade"`` or ``"stamp"``.
    :param outcome: ``"running"``, ``"done"``, ``"failed"`` or ``"resumed"`` (failed once, and taken up later).
    :param started: when, in UTC.
    :param finished: when it ended, in UTC; ``None`` when it did not, or was killed.
    :param error: why it failed.
    :param checksum: of the script that was run, without comments and line endings.
    :param who: user, host and process.
    :param release: the release of the app, if it says so.
    :param operations: as JSON, what is done of a revision that is half done, where a part of it is committed.

    .. versionadded:: 5.0
    """

    id: int
    revision: str
    direction: str
    outcome: str
    started: datetime.datetime
    finished: datetime.datetime | None = None
    error: str | None = None
    checksum: str | None = None
    who: str = ""
    release: str | None = None
    operations: str | None = None

    @property
    def is_half_done(self) -> bool:
        """Whether the revision was begun and not finished, and something of it is committed."""
        return self.outcome in (RUNNING, FAILED) and self.operations not in (None, "", "[]")

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold; of the operations only what people want to see."""
        data = dataclasses.asdict(self)
        for name in ("started", "finished"):
            data[name] = data[name].isoformat(sep=" ", timespec="seconds") + " UTC" if data[name] else None
        if self.operations:
            names = ("text", "state", "count")
            operations = json.loads(self.operations)
            data["operations"] = [{name: item[name] for name in names if name in item} for item in operations]
        return data


class LogTable:
    """The log of one target.

    :param name: of the table.
    :param schema: where the version table is.
    """

    def __init__(self, name: str, schema: str | None = None) -> None:
        self.name = name
        self.schema = schema
        long_text = sa.Text(2**24 - 1).with_variant(sa.Text(), "sqlite", "postgresql")
        self.table = sa.Table(
            name,
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("revision", sa.String(255), nullable=False),
            sa.Column("direction", sa.String(16), nullable=False),
            sa.Column("outcome", sa.String(16), nullable=False),
            sa.Column("started", sa.DateTime, nullable=False),
            sa.Column("finished", sa.DateTime),
            sa.Column("error", sa.Text),
            sa.Column("checksum", sa.String(64)),
            sa.Column("who", sa.String(255), nullable=False),
            sa.Column("release", sa.String(255)),
            sa.Column("operations", long_text),
            sa.Column(SCHEMA, long_text),
            schema=schema,
            mysql_engine="InnoDB",  # the journal is written in the transaction of the rows that it is about
            mysql_charset="utf8mb4",
        )
        # Statements with the same parameters each time: they are compiled once for all revisions of a run.
        self._prepared: dict[t.Any, Prepared] = {}
        self._empty = dict.fromkeys(column.name for column in self.table.columns if column.name != "id")
        self._release = release()

    def exists(self, connection: sa.Connection) -> bool:
        """Whether the table is there."""
        return sa.inspect(connection).has_table(self.name, schema=self.schema)

    def columns_missing(self, connection: sa.Connection) -> list[str]:
        """The columns that a table of this name lacks: then it is another one, or from another release."""
        found = {column["name"] for column in sa.inspect(connection).get_columns(self.name, schema=self.schema)}
        return [column.name for column in self.table.columns if column.name not in found and column.name != SCHEMA]

    def create(self, connection: sa.Connection) -> bool:
        """Make the table if it is missing, and the column of the schema if it lacks only that.

        :returns: whether the table was missing.
        """
        if not self.exists(connection):
            self.table.create(connection, checkfirst=False)
            return True
        if not self.has_schema(connection) and not self.columns_missing(connection):
            kind = self.table.c[SCHEMA].type.compile(connection.dialect)
            preparer = connection.dialect.identifier_preparer
            connection.exec_driver_sql(f"ALTER TABLE {preparer.format_table(self.table)} ADD COLUMN {SCHEMA} {kind}")
        return False

    def has_schema(self, connection: sa.Connection) -> bool:
        """Whether the table has the column of the schema."""
        found = sa.inspect(connection).get_columns(self.name, schema=self.schema)
        return any(column["name"] == SCHEMA for column in found)

    def schema_text(self, connection: sa.Connection) -> str | None:
        """The schema that is kept with the newest row of a step that was done."""
        if not self.has_schema(connection):
            return None
        query = sa.select(self.table.c[SCHEMA]).where(self.table.c.outcome == DONE)
        return t.cast("str | None", connection.scalar(query.order_by(self.table.c.id.desc()).limit(1)))

    def store_schema(self, connection: sa.Connection, text: str) -> None:
        """Keep a schema with the newest row of a step that was done, and no other one.

        :raises sqlalchemy.exc.SQLAlchemyError: there is no log, or one of another layout.
        """
        columns = self.table.c
        newest = connection.scalar(sa.select(sa.func.max(columns.id)).where(columns.outcome == DONE))
        if newest is None:
            return
        connection.execute(self.table.update().where(columns[SCHEMA].is_not(None)).values({SCHEMA: None}))
        connection.execute(self.table.update().where(columns.id == newest).values({SCHEMA: text}))

    @property
    def _read_columns(self) -> list[sa.Column[t.Any]]:
        return [column for column in self.table.columns if column.name != SCHEMA]

    def add(self, connection: sa.Connection, **values: t.Any) -> int:
        """Write a row about a revision that this process runs; returns its id."""
        if _is_quiet(connection, ("mysql", "mariadb")):
            statement = self._once("insert", self._new_row, connection.dialect)
            return int(statement.send_quietly(connection, self._row(values))[1] or 0)
        result = connection.execute(self.table.insert(), self._row(values))
        key = result.inserted_primary_key
        assert key is not None
        return int(key[0])

    def append(self, connection: sa.Connection, **values: t.Any) -> None:
        """The same for a row that will not change."""
        statement = self._once("insert", self._new_row, connection.dialect)
        if _is_quiet(connection, ("sqlite", "mysql", "mariadb")):
            statement.send_quietly(connection, self._row(values))
        else:
            statement.send(connection, self._row(values))

    def append_beside(
        self, update: sa.Update, dialect: sa.Dialect, **values: t.Any
    ) -> tuple[Prepared, dict[str, t.Any]]:
        """The statement that does ``update`` of another table and appends a row, and its values, on PostgreSQL.

        https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
        """

        def make() -> sa.Update:
            return update.add_cte(self._new_row().cte(f"{self.name}_row"))

        return self._once((update, "append"), make, dialect), self._row(values)

    def change(self, connection: sa.Connection, key: int, **values: t.Any) -> bool:
        """Change columns of row ``key``, and say whether it is there."""

        def make() -> sa.Update:
            changes: t.Any = {name: sa.bindparam(name) for name in values}
            return self.table.update().where(self.table.c.id == sa.bindparam("row_id")).values(changes)

        statement, parameters = self._once(tuple(values), make, connection.dialect), {**_encoded(values), "row_id": key}
        if _is_quiet(connection, ("mysql", "mariadb")):
            return bool(statement.send_quietly(connection, parameters)[0])
        return bool(statement.send(connection, parameters).rowcount)

    def _new_row(self) -> sa.Insert:
        return self.table.insert().values({name: sa.bindparam(name) for name in self._empty}).inline()

    def _once(self, key: t.Any, make: t.Callable[[], sa.Insert | sa.Update], dialect: sa.Dialect) -> Prepared:
        """What ``make`` returns, compiled the first time that it is asked for by ``key``."""
        found = self._prepared.get(key)
        if found is None:
            found = self._prepared[key] = Prepared(make(), dialect)
        return found

    def _row(self, values: dict[str, t.Any]) -> dict[str, t.Any]:
        """All columns but the id, as they are stored."""
        return {**self._empty, "who": who()[:255], "release": self._release, **_encoded(values)}

    def last(
        self, connection: sa.Connection, count: int | None = None, *, revision: str | None = None
    ) -> list[LogEntry]:
        """The newest rows, newest first; all of them without ``count``; of one revision with ``revision``."""
        query = sa.select(*self._read_columns).order_by(self.table.c.id.desc())
        if revision is not None:
            query = query.where(self.table.c.revision == revision)
        if count is not None:
            query = query.limit(count)
        return [LogEntry(**_decoded(row._asdict())) for row in connection.execute(query)]

    def half_done(self, connection: sa.Connection) -> LogEntry | None:
        """The newest row of a revision that was begun and not finished, and of which something is committed."""
        columns = self.table.c
        query = (
            sa.select(*self._read_columns)
            .where(columns.outcome.in_((RUNNING, FAILED)), columns.operations.is_not(None))
            .order_by(columns.id.desc())
            .limit(1)
        )
        row = connection.execute(query).first()
        entry = LogEntry(**_decoded(row._asdict())) if row is not None else None
        return entry if entry is not None and entry.is_half_done else None

    def running(self, connection: sa.Connection) -> LogEntry | None:
        """The newest row, if what it is about is running."""
        newest = self.last(connection, 1)
        return newest[0] if newest and newest[0].outcome == RUNNING else None

    def close_dead(self, connection: sa.Connection) -> None:
        """Write into rows that say "running" that this has ended, for who asks holds the lock; but not where a part
        is committed, which is to be taken up."""
        columns = self.table.c
        dead = self.table.update().where(columns.outcome == RUNNING, columns.operations.is_(None))
        connection.execute(dead.values(outcome=FAILED, error="its process ended"))

    def is_followed(self, connection: sa.Connection, entry: LogEntry, *directions: str) -> bool:
        """Whether anything was done after ``entry``: its own revision, or any in one of ``directions``."""
        columns = self.table.c
        newer = sa.select(columns.id).where(columns.id > entry.id, columns.outcome == DONE)
        concerned = sa.or_(columns.revision == entry.revision, columns.direction.in_(directions))
        return connection.execute(newer.where(concerned).limit(1)).first() is not None


def now() -> datetime.datetime:
    """The time in UTC, as engines without time zones store it."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def who() -> str:
    """User, host and process."""
    return f"{_user_and_host()} ({os.getpid()})"


@functools.cache
def _user_and_host() -> str:
    return f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a user id without a name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def release() -> str | None:
    """The release of the app: the first environment variable that deployments commonly set for it."""
    names = ("FLASK_MIGRATE_RELEASE", "RELEASE_VERSION", "HEROKU_RELEASE_VERSION", "GIT_COMMIT", "SOURCE_VERSION")
    return next((os.environ[name][:255] for name in names if os.environ.get(name)), None)


def _is_quiet(connection: sa.Connection, dialects: tuple[str, ...]) -> bool:
    """Whether SQLAlchemy need not see a statement: it has begun the transaction already, and will end it."""
    return connection.dialect.name in dialects and connection.in_transaction()


def _encoded(values: dict[str, t.Any]) -> dict[str, t.Any]:
    """``values`` as the columns hold them: a long journal is compressed, a long error is cut."""
    operations, error = values.get("operations"), values.get("error")
    if operations is not None and len(operations) > COMPRESS_FROM:
        packed = base64.b64encode(zlib.compress(operations.encode(), 1)).decode()
        values = {**values, "operations": COMPRESSED + packed}
    return {**values, "error": error[:TEXT_LENGTH].replace("\0", "")} if error else values


def _decoded(row: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    operations = row["operations"]
    if operations is None or not operations.startswith(COMPRESSED):
        return dict(row)
    text = zlib.decompress(base64.b64decode(operations.removeprefix(COMPRESSED))).decode()
    return {**row, "operations": text}
