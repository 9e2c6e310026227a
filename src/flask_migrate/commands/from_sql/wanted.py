"""What a SQL file makes of an empty database, as a schema and as tables that can be compared like models."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import re
import typing as t
import warnings

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ...autogenerate.keys.building import sa_index
from ...autogenerate.whole import complete
from ...environment.replay import scratch
from ...errors import USAGE, MigrateError
from ...execution.kept import own_schema
from ...operations import NamedType
from ...schema import Schema
from ...schema.model import Sequence, Table
from ...sqlfiles import Statement, Verbatim, bind_names, part_of, read_text, split
from ...targets import Databases, Target, choose_binds, failures

if t.TYPE_CHECKING:
    from ...shadow import Shadow
    from ..project import Project

#: What MariaDB and MySQL say about the place of an error.
_LINE = re.compile(r" at line (\d+)")


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What one database shall be like.

    :param schema: all that it shall hold.
    :param metadata: its tables, for the comparison.
    :param named: the schemas that are read, the default one first; ``None`` for that one alone.
    :param extensions: the extensions of PostgreSQL that it makes.
    """

    schema: Schema
    metadata: sa.MetaData
    named: tuple[str, ...] | None = None
    extensions: tuple[str, ...] = ()


class WantedDatabases(Databases):
    """The databases of an app, with what a SQL file makes in the place of the models.

    :param app: the databases of the app.
    :param wanted: by bind.
    """

    def __init__(self, app: Databases, wanted: t.Mapping[str, Wanted]) -> None:
        super().__init__(app.db, app.metadata_source, app.engine_source)
        self.app = app
        self.wanted = wanted

    def engines_by_name(self) -> dict[str, sa.Engine]:
        """The engines of the app."""
        return self.app.engines_by_name()

    def metadata_by_name(self) -> dict[str, sa.MetaData]:
        """What the file makes, by bind."""
        return {**self.app.metadata_by_name(), **{name: one.metadata for name, one in self.wanted.items()}}

    def targets(self) -> tuple[Target, ...]:
        """Those that the file is about."""
        found = [target for target in self.app.targets() if target.name in self.wanted]
        return tuple(dataclasses.replace(one, metadata=self.wanted[one.name].metadata) for one in found)

    def chosen_names(self) -> frozenset[str]:
        """The binds that the file is about."""
        return frozenset(self.wanted)


def read_wanted(project: Project, path: str | os.PathLike[str]) -> dict[str, Wanted]:
    """What the file ``path`` makes, by bind: its statements are run in scratch databases.

    :raises MigrateError: when the file can't be read, or a statement of it can't be run, with its line.
    """
    file = pathlib.Path(path)
    if not file.is_file():
        raise MigrateError(f"There is no file {path}.", "Name a file of SQL: --from-sql schema.sql", exit_code=USAGE)
    text = read_text(file)
    known = {target.name: target for target in project.state.databases.targets()}
    names = bind_names(text)
    choose_binds(project.state.databases, names)  # an unknown one is an error
    statements = {
        name: split(part_of(text, name), known[name].engine.dialect.name, str(path))
        for name in known
        if name in names or (not name and not names)
    }
    if not any(statements.values()):
        raise MigrateError(f"{path} holds no statement.", "It has to make the whole schema that is wanted.")
    with scratch(project.state, {name for name, found in statements.items() if found}) as databases:
        return {
            name: _read(project, databases.shadows[name], statements[name], str(path)) for name in databases.shadows
        }


def _read(project: Project, shadow: Shadow, statements: list[Statement], path: str) -> Wanted:
    try:
        shadow.connect(lambda connection: _run(connection, statements, path))
    except MigrateError:
        if not shadow.borrow():
            raise
        shadow.connect(lambda connection: _run(connection, statements, path))
    names = shadow.connect(lambda connection: _named(connection, shadow.kind))
    tables = ("alembic_version", project.state.settings.log_table)
    schema = shadow.connect(lambda connection: own_schema(connection, names, *tables))
    # The texts of the default schema alone do not name it, so that they are what models would say.
    alone = shadow.connect(lambda connection: own_schema(connection, None, *tables)) if names else schema
    metadata = shadow.connect(lambda connection: _reflected(connection, names, schema, alone))
    return Wanted(schema, metadata, names, shadow.connect(extensions_of))


def _run(connection: sa.Connection, statements: list[Statement], path: str) -> None:
    """Run all, in one transaction where the engine can do that, so that a failure leaves nothing."""
    if connection.dialect.name != "postgresql":
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    for statement in statements:
        try:
            connection.execute(Verbatim(statement.text))
        except sa.exc.DBAPIError as error:
            raise _failure(error, statement, path) from error
    if connection.in_transaction():
        connection.commit()


def _failure(error: sa.exc.DBAPIError, statement: Statement, path: str) -> MigrateError:
    text = " ".join(failures.driver_text(error).split())
    position = getattr(getattr(error.orig, "diag", None), "statement_position", None)
    line = statement.line
    if position:
        line += statement.text[: int(position) - 1].count("\n")
    elif found := _LINE.search(text):
        line += int(found[1]) - 1
        text = text.replace(found[0], "")
    return MigrateError(f"{path}, line {line}: {text}", "The file is run on a scratch database. Nothing was written.")


def _named(connection: sa.Connection, kind: str) -> tuple[str, ...] | None:
    """The schemas that have tables or anything else, when there is another than the default one."""
    if connection.dialect.name != "postgresql" or kind == "a scratch schema":
        return None
    default = str(sa.inspect(connection).default_schema_name)
    query = (
        "SELECT DISTINCT n.nspname FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
        "AND (EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid) "
        "OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid) "
        "OR EXISTS (SELECT FROM pg_type y WHERE y.typnamespace = n.oid))"
    )
    others = sorted(set(connection.scalars(sa.text(query))) - {default})
    return (default, *others) if others else None


def extensions_of(connection: sa.Connection) -> tuple[str, ...]:
    """The extensions of a database."""
    if connection.dialect.name != "postgresql":
        return ()
    return tuple(connection.scalars(sa.text("SELECT extname FROM pg_extension ORDER BY oid")))


def _reflected(connection: sa.Connection, names: tuple[str, ...] | None, schema: Schema, alone: Schema) -> sa.MetaData:
    """The tables as models would describe them.

    :param alone: the default schema, in texts that do not name it.
    """
    metadata = sa.MetaData()
    tables = (*alone.tables, *(table for table in schema.tables if table.schema is not None))
    wanted = {(table.schema, table.name): table for table in tables if table.kind == "table"}
    with warnings.catch_warnings(), _owned_sequences(schema):
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # what reflection does not know is added below
        for name in [None, *(names or ())[1:]]:
            own = [place for at, place in wanted if at == name]
            if own:
                metadata.reflect(connection, schema=name, only=own, views=False)
    for (at, name), found in wanted.items():
        table = metadata.tables.get(f"{at}.{name}" if at else name)
        if table is None:
            continue
        _settle(table, found, connection.dialect, {one.name for one in schema.domains})
        complete(table, found, connection.dialect)
        if dict(found.options).get("rowid") == "without":
            table.dialect_options["sqlite"]["with_rowid"] = False  # which older releases of SQLAlchemy don't read
        there = {tuple(one.columns.keys()) for one in table.constraints if isinstance(one, sa.UniqueConstraint)}
        for key in found.unique_keys:
            if key.columns not in there:  # MariaDB's are indexes for SQLAlchemy
                table.append_constraint(sa.UniqueConstraint(*key.columns, name=key.name))
        table.indexes.clear()
        for index in found.indexes:
            sa_index(index, table, connection.dialect.name)
    return metadata


@contextlib.contextmanager
def _owned_sequences(schema: Schema) -> t.Iterator[None]:
    """Take a column with a sequence of its own for one that numbers its rows, as Alembic does."""
    numbered = {(one.schema, *one.owned_by) for one in schema.sequences if is_serial(one, schema)}

    def look(inspector: t.Any, table: sa.Table, column: t.Any) -> None:
        default = str(column.get("default") or "")
        if default.startswith("nextval(") and (table.schema, table.name, column["name"]) in numbered:
            column["default"] = None

    sa.event.listen(sa.Table, "column_reflect", look)
    try:
        yield
    finally:
        sa.event.remove(sa.Table, "column_reflect", look)


def is_serial(sequence: Sequence, schema: Schema) -> bool:
    """Whether a sequence is what PostgreSQL makes of a ``SERIAL`` primary key: it comes and goes with the column."""
    if not sequence.owned_by or (sequence.start, sequence.increment, sequence.cycle) != (1, 1, False):
        return False
    name, column = sequence.owned_by
    table = schema.table(name, sequence.schema)
    key = table.primary_key if table is not None else None
    return key is not None and key.columns == (column,) and sequence.name == f"{name}_{column}_seq"


def _settle(table: sa.Table, found: Table, dialect: sa.Dialect, domains: t.Container[str]) -> None:
    """Let columns name types that SQLAlchemy does not know."""
    for column in table.columns:
        known = found.column(column.name)
        if known is None:
            continue
        is_unknown = isinstance(column.type, sa.types.NullType) or _would_be_made(column.type)
        is_of_domain = known.type.rpartition(".")[2].strip('"') in domains
        is_unknown |= is_of_domain
        if not is_unknown and dialect.name == "sqlite":  # which keeps any spelling
            is_unknown = same_type(column.type.compile(dialect)) != same_type(known.type)
        if is_of_domain and known.default is None:
            column.server_default = None  # it is the domain's
        if is_unknown and known.type:
            column.type = NamedType(known.type)


def is_domain(type_: sa.types.TypeEngine[t.Any]) -> bool:
    """Whether a reflected type is a domain of PostgreSQL, which a column only names."""
    return isinstance(type_, postgresql.DOMAIN)


def _would_be_made(type_: sa.types.TypeEngine[t.Any]) -> bool:
    """Whether a reflected enumeration type is written down without saying that it is there, as SQLAlchemy 2.0 does."""
    inner = getattr(type_, "item_type", type_)
    return isinstance(inner, postgresql.ENUM) and "create_type" not in repr(inner)


def same_type(text: str) -> str:
    """A type, the same for spellings that mean the same."""
    return re.sub(r"\s+", "", text).upper()
