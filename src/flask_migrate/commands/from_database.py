"""The first revision of a database that leads: its schema, exactly, as statements of its engine."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import pathlib
import re
import typing as t
import warnings

import sqlalchemy as sa

from ..errors import USAGE, MigrateError
from ..schema import Schema
from ..schema.ddl import Step, can_write, write
from ..schema.ddl.postgresql import PostgreSQLWriter
from ..schema.select import without
from ..shadow.postgresql import EXTENSIONS, SCHEMAS
from ..targets import DEFAULT, Target, connect, identifier
from .drifting import Measured
from .project import Project
from .sql_script import Body, write_sql_revision

if t.TYPE_CHECKING:
    from sqlalchemy import Connection

#: What SQLAlchemy says about tables that refer to each other; their classes don't mind.
UNSORTED = "Cannot correctly sort tables"
#: The package that writes model classes, and how it is installed.
GENERATOR = "sqlacodegen"
INSTALL = 'pip install "flask-migrate[models]"'


def more_schemas(connection: Connection) -> tuple[str, ...]:
    """The schemas of a PostgreSQL beside the default one; on other engines, another schema is another database."""
    if connection.dialect.name != "postgresql":
        return ()
    names = list(connection.scalars(sa.text(SCHEMAS)))
    own = set(connection.scalars(sa.text(OF_EXTENSIONS)))
    default = sa.inspect(connection).default_schema_name
    return tuple(name for name in names if name not in own and name != default)


OF_EXTENSIONS = (
    "SELECT nspname FROM pg_namespace n JOIN pg_depend d ON d.objid = n.oid AND d.deptype = 'e' "
    "AND d.classid = CAST('pg_namespace' AS regclass)"
)


def write_first_revision(project: Project, found: list[Measured], message: str) -> None:
    """Write a revision that makes what the databases hold.

    :raises MigrateError: for an engine whose statements are not known, or when the script can't be written.
    """
    targets = {target.name: target for target in project.state.databases.targets()}
    bodies = {}
    for one in found:
        if not can_write(one.live.dialect):
            raise MigrateError(
                f"--from-database is not known for {one.live.dialect}, but for PostgreSQL, MariaDB, MySQL and SQLite.",
                "Write the revision from the models: flask db adopt",
                exit_code=USAGE,
            )
        live = without(one.live, one.exclude)
        empty = Schema(dialect=live.dialect, schemas=(None,))
        there, back = write(empty, live), write(live, empty)
        remarks = (*there.impossible, *(f"{note.kind} {note.name} {note.reason}" for note in live.notes))
        extensions = connect(targets[one.name], _extensions)
        kept = {step.sql.replace("CREATE SCHEMA IF NOT EXISTS", "DROP SCHEMA") for step in extensions}
        if there.steps:
            down = [step for step in back.steps if step.sql not in kept]
            bodies[one.name] = Body((*extensions, *there.steps), down, remarks)
    write_sql_revision(project, message, bodies)


def _extensions(connection: Connection) -> list[Step]:
    """What a PostgreSQL has installed and a new one may lack; nothing takes that back."""
    if connection.dialect.name != "postgresql":
        return []
    quote = connection.dialect.identifier_preparer.quote_identifier
    quote_if = PostgreSQLWriter(Schema(dialect="postgresql"), Schema(dialect="postgresql")).quote
    rows = connection.execute(sa.text(EXTENSIONS)).all()
    steps = []
    for name, schema in rows:
        if schema not in ("public", "pg_catalog"):
            steps.append(Step(f"CREATE SCHEMA IF NOT EXISTS {quote_if(schema)}", f"make extension {name}"))
        sql = f"CREATE EXTENSION IF NOT EXISTS {quote(name)} WITH SCHEMA {quote(schema)}"
        steps.append(Step(sql, f"make extension {name}"))
    return steps


@dataclasses.dataclass(frozen=True)
class Models:
    """A file with model classes that is to be written.

    :param path: where.
    :param text: what is in it.
    :param remarks: what the generator could not express.
    """

    path: pathlib.Path
    text: str
    remarks: tuple[str, ...] = ()


def model_files(project: Project, found: list[Measured], path: str) -> list[Models]:
    """Model classes for the databases, in a file for each bind; nothing is written.

    :param path: the file of the default database; that of a bind has its name behind it.
    :raises MigrateError: when ``sqlacodegen`` is not installed, or a file is there already.
    """
    if importlib.util.find_spec(GENERATOR) is None:
        raise MigrateError(f"--models needs the package {GENERATOR}, which is not installed.", f"Install it: {INSTALL}")
    targets = {target.name: target for target in project.state.databases.targets()}
    paths = {one.name: _path(pathlib.Path(path), one.name) for one in found if one.live.tables}
    for file in paths.values():
        if file.exists():
            raise MigrateError(
                f"{file} is there already; it is not overwritten.", "Name another file with --models.", exit_code=USAGE
            )
        if not file.absolute().parent.is_dir():
            raise MigrateError(f"There is no folder {file.absolute().parent}.", "Make it first.", exit_code=USAGE)
    return [Models(paths[one.name], *_classes(targets[one.name], one)) for one in found if one.name in paths]


def _path(path: pathlib.Path, name: str) -> pathlib.Path:
    return path if name == DEFAULT else path.with_name(f"{path.stem}_{identifier(name)}{path.suffix}")


def _classes(target: Target, one: Measured) -> tuple[str, tuple[str, ...]]:
    """The model classes of one database, and what they lack."""
    from sqlacodegen.generators import DeclarativeGenerator

    metadata = sa.MetaData(info={"bind_key": target.name or None})

    def generate(connection: Connection) -> str:
        own = {one.version_table, one.log_table}
        for schema in dict.fromkeys((None, *(one.live.schemas or ()))):
            tables = {table.name for table in one.live.tables if table.schema == schema} - own
            metadata.reflect(connection, schema=schema, only=lambda name, _, known=tables: name in known)
        return str(DeclarativeGenerator(metadata, connection, ()).generate())

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        text = connect(target, generate)
    remarks = (str(one.message).partition("\n")[0] for one in caught if UNSORTED not in str(one.message))
    return _with_bind(text, target.name), tuple(dict.fromkeys(remarks))


def _with_bind(text: str, name: str) -> str:
    """``text`` with the bind that the tables belong to."""
    if name == DEFAULT:
        return text
    base = re.compile(r"(class Base\([^)]*\):\n)(    pass)")
    declared = f'    metadata = MetaData(info={{"bind_key": {json.dumps(name)}}})'
    return "from sqlalchemy import MetaData\n" + base.sub(lambda found: found.group(1) + declared, text)
