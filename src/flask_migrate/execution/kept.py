"""The schema that the history makes, kept in the log: what drift is measured against without a scratch database."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t
import zlib

import sqlalchemy as sa

from ..schema import Schema, read_schema
from ..schema.select import carried_over, without
from ..shadow.base import MARK
from .log import LogTable

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

#: An object by its kind, its schema and its name.
Place = tuple[str, str | None, str]


@dataclasses.dataclass(frozen=True)
class Kept:
    """What the log keeps.

    :param heads: the revisions at which the database was.
    :param schema: what they make; objects that were there before the history are a part of it.
    :param foreign: objects that no revision makes, and that were there when the database was adopted.
    """

    heads: tuple[str, ...]
    schema: Schema
    foreign: tuple[Place, ...] = ()

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas that were read beside the default one."""
        return tuple(name for name in self.schema.schemas if name is not None)

    def to_text(self) -> str:
        """The same as a text that a column can hold."""
        data = {"heads": self.heads, "foreign": self.foreign, "schema": self.schema.to_dict()}
        return base64.b64encode(zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 6)).decode()

    @classmethod
    def from_text(cls, text: str) -> Kept | None:
        """What ``to_text`` wrote; ``None`` when another release did so, or when it is damaged."""
        try:
            data = json.loads(zlib.decompress(base64.b64decode(text)))
            foreign = tuple((kind, schema, name) for kind, schema, name in data["foreign"])
            return cls(tuple(data["heads"]), Schema.from_dict(data["schema"]), foreign)
        except (ValueError, KeyError, TypeError, zlib.error):
            return None


def kept_schema(log: LogTable, connection: sa.Connection, heads: t.Iterable[str]) -> Kept | None:
    """What the log keeps; ``None`` when it was kept for other revisions than ``heads``, at which the database is."""
    text = log.schema_text(connection)
    found = Kept.from_text(text) if text else None
    return found if found is not None and set(found.heads) == set(heads) else None


def named_schemas(context: MigrationContext, more: t.Iterable[str] = ()) -> tuple[str, ...] | None:
    """The schemas to read for the target of ``context``: those of its models, and ``more``, beside the default one."""
    connection = context.connection
    if connection is None or connection.dialect.name != "postgresql":
        return None  # elsewhere another schema is another database
    given = context.opts.get("target_metadata")
    metadatas = given if isinstance(given, (list, tuple)) else [given]
    named = {table.schema for one in metadatas if one is not None for table in one.tables.values() if table.schema}
    named |= set(more)
    default = sa.inspect(connection).default_schema_name
    return (str(default), *sorted(named - {default})) if named and default else None


def own_schema(
    connection: sa.Connection, schemas: t.Sequence[str] | None, version_table: str, log_table: str | None
) -> Schema:
    """What the database holds, without what belongs to migrations themselves."""
    own = {version_table, log_table, MARK}

    def is_ours(kind: str, schema: str | None, name: str) -> bool:
        return kind == "table" and name in own

    return without(read_schema(connection, schemas=schemas, exclude=is_ours), is_ours)


def _schema_names(connection: sa.Connection) -> set[str]:
    """The schemas of a PostgreSQL; elsewhere another schema is another database."""
    return set(sa.inspect(connection).get_schema_names()) if connection.dialect.name == "postgresql" else set()


class Keeper:
    """Keeps the schema that a run leaves, if it is known what the history made before it.

    A change by hand that was there before the run is not taken for the history's. Whatever fails here is no failure
    of the run: then nothing is kept, and drift replays the history.

    :param context: of the target.
    :param log_table: the name of the log table.
    :param is_baseline: take what the database holds for what the history makes, as far as it is not foreign.
    :param foreign: the objects that no revision makes.
    :param schemas: the schemas to read beside the default one and those of the models.
    """

    def __init__(
        self,
        context: MigrationContext,
        log_table: str,
        *,
        is_baseline: bool = False,
        foreign: tuple[Place, ...] = (),
        schemas: tuple[str, ...] = (),
    ) -> None:
        assert context.connection is not None
        self.context = context
        self.connection: sa.Connection = context.connection
        self.log = LogTable(log_table, context.version_table_schema)
        self.is_baseline = is_baseline
        self._schemas = named_schemas(context, schemas)
        self._foreign = foreign
        self._expected: Schema | None = None
        self._before: Schema | None = None
        self._known: set[str] | None = None
        self._is_first = is_baseline  # then all that the run leaves is taken for what the history makes
        self._has_stamped = False

    def stamped(self) -> None:
        """Note that a version was written which nothing was run for: then the history's own word is to be asked."""
        self._has_stamped = True

    def begin(self) -> None:
        """Read what is there before the run."""
        if self.is_baseline:
            return
        try:
            self._known = _schema_names(self.connection)
            heads = self.context.get_current_heads()
            kept = self._kept(heads)
            self._is_first = kept is None and not heads
            if kept is None:
                return
            if kept.schemas:
                self._schemas = named_schemas(self.context, kept.schemas)
            self._before, self._expected, self._foreign = self._read(), kept.schema, kept.foreign
        except sa.exc.SQLAlchemyError:
            self._before = self._expected = None
        finally:
            self.connection.rollback()

    def end(self) -> None:
        """Keep what the run has left."""
        is_known = self._is_first or (self._before is not None and self._expected is not None)
        if not is_known or (self._has_stamped and not self.is_baseline):
            return
        try:
            self._take_new_schemas()
            after = self._read()
            schema = after
            if self._before is not None and self._expected is not None:
                merged = carried_over(self._expected, self._before, after)
                if merged is None:
                    return
                schema = merged
            kept = Kept(tuple(self.context.get_current_heads()), schema, self._foreign)
            self.connection.rollback()
            with self.connection.begin():
                self.log.store_schema(self.connection, kept.to_text())
        except sa.exc.SQLAlchemyError:
            pass  # then drift replays the history
        finally:
            self.connection.rollback()

    def _kept(self, heads: tuple[str, ...]) -> Kept | None:
        if not self.log.exists(self.connection):
            return None
        return kept_schema(self.log, self.connection, heads)

    def _take_new_schemas(self) -> None:
        """What lies in a schema that this run has made is the history's, whether models know the schema or not."""
        made = _schema_names(self.connection) - self._known if self._known is not None else set()
        if made:
            self._schemas = named_schemas(self.context, (*(self._schemas or ())[1:], *made))

    def _read(self) -> Schema:
        return own_schema(self.connection, self._schemas, self.context.version_table, self.log.name)
