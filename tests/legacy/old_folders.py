"""The old migrations folders, and projects that use them.

A folder is named after what its env.py was the first to do; env.py, alembic.ini, script.py.mako and README of those
called ``latest`` are byte for byte what Flask-Migrate 4.1 writes. All of a kind make the same tables, those that the
models in ``APP`` and ``AUDIT`` want: what differs is how the files are written.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.projects import Project

FOLDERS = Path(__file__).parent / "folders"

APP = """
import json
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_BINDS"] = json.loads(os.environ["DATABASE_BINDS"])
db = SQLAlchemy(app)
migrate = Migrate(app, db)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64))
    email = db.Column(db.String(120), index=True)
    # more about the user


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(100), nullable=False)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
"""

AUDIT = """

class Entry(db.Model):
    __bind_key__ = "audit"
    id = db.Column(db.Integer, primary_key=True)
    message = db.Column(db.String(200))
    actor = db.Column(db.String(64))
    # more about the entry
"""

#: The tables that the models describe, by bind.
TABLES: Mapping[str, frozenset[str]] = {"": frozenset({"user", "post"}), "audit": frozenset({"entry"})}


@dataclasses.dataclass(frozen=True)
class OldFolder:
    """One folder.

    :param head: its last revision.
    :param is_multi: it has a history for the default database and the bind ``audit``.
    :param version_tables: where env.py keeps the revision, by bind.
    :param offline_files: where ``upgrade --sql`` writes for each bind; standard output where there is none.
    :param has_own_options: env.py itself decides which tables count and that types do not.
    :param before_head: the arguments of ``downgrade`` that leave the head.
    """

    name: str
    head: str
    is_multi: bool = False
    version_tables: Mapping[str, str] = dataclasses.field(default_factory=dict)
    offline_files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    has_own_options: bool = False
    before_head: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def binds(self) -> tuple[str, ...]:
        """The binds it has a history for; ``""`` is the default one."""
        return ("", "audit") if self.is_multi else ("",)

    def version_table(self, bind: str) -> str:
        """The name of the table that holds the revision of a bind."""
        return self.version_tables.get(bind, "alembic_version")


def multi(name: str, head: str, **options: object) -> OldFolder:
    """A folder for several databases."""
    files = options.pop("offline_files", {"": ".sql", "audit": "audit.sql"})
    return OldFolder(name, head, is_multi=True, offline_files=files, **options)  # type: ignore[arg-type]  # as declared


CATALOGUE = (
    OldFolder("single_01_extension_metadata", "31aa77d0c9f4"),
    OldFolder("single_02_database_uri", "43d2c9be07f1"),
    OldFolder("single_03_splat", "58b0d2f15c49"),
    OldFolder("single_04_no_empty_hook", "a7c2e90f6b34"),
    OldFolder("single_05_percent_sign", "f49ce7120a8b"),
    OldFolder("single_06_engine_url", "05e6b8d7f3a1"),
    OldFolder("single_07_app_engine_merged", "c08a6e5d3f91", before_head=("5c3f0a9b1d27",)),
    OldFolder("single_08_get_engine", "94a7c6510fe3"),
    OldFolder("single_09_helper_functions", "6e07b5c2da19"),
    OldFolder("single_10_hook_in_configure_args", "7fc40e95a3d1"),
    OldFolder("single_11_latest", "af05c3917e26"),
    OldFolder("single_12_latest_package", "5d92b7e60c3f"),
    OldFolder(
        "single_13_edited_own_options",
        "d41a9c60e7f5",
        version_tables={"": "schema_version"},
        has_own_options=True,
    ),
    OldFolder("single_14_edited_options_and_splat", "e71c85a2d90f"),
    multi("multi_01_binds_from_config", "5e309cb27bf4"),
    multi("multi_02_splat_no_empty_hook", "0cd4b9e86f31"),
    multi("multi_03_percent_sign", "d0a6e4917c5f"),
    multi("multi_04_get_engine_app_bind_url", "74a3f8e0c61d"),
    multi("multi_05_get_engine_app_bind", "8be103fa9d74"),
    multi("multi_06_get_engine_bind", "b62f1d74e0a3"),
    multi("multi_07_get_engine_bind_key", "d58e94a70b2f"),
    multi("multi_08_helper_functions", "e5b9c3120fa6"),
    multi("multi_09_latest", "fd61b85e07a2"),
    multi(
        "multi_10_edited_own_options",
        "90fa6e4d1c7b",
        version_tables={"": "alembic_version_main", "audit": "alembic_version_audit"},
        offline_files={"": "main.sql", "audit": "audit.sql"},
        has_own_options=True,
    ),
)

#: Three of each kind for the servers: the oldest, one of the middle, the latest.
REPRESENTATIVES = tuple(
    folder
    for folder in CATALOGUE
    if folder.name.startswith(("single_01", "single_07", "single_11", "multi_01", "multi_05", "multi_09"))
)


class OldProject:
    """A project whose ``migrations`` folder an earlier release made.

    :param project: its ``app.py`` is ``APP``, with ``AUDIT`` where the folder is for several databases.
    """

    def __init__(self, folder: OldFolder, project: Project) -> None:
        self.folder = folder
        self.project = project
        shutil.copytree(FOLDERS / folder.name, project.folder / "migrations")
        if folder.is_multi:
            project.append("app.py", AUDIT)

    def db(self, *arguments: str, process: bool = False) -> str:
        """Run ``flask db …``, which has to succeed, and return its standard output."""
        return self.project.ok("db", *arguments, process=process).stdout

    def url(self, bind: str) -> str:
        """The URL of a bind."""
        return self.project.binds[bind] if bind else self.project.url

    def set_options(self, options: str, setup: str = "") -> None:
        """Give ``Migrate()`` further arguments."""
        self.project.replace("app.py", "migrate = Migrate(app, db)", f"{setup}migrate = Migrate(app, db, {options})")

    def add_columns(self) -> None:
        """Give the model of every bind one more column."""
        self.project.replace("app.py", "# more about the user", "nickname = db.Column(db.String(40))")
        if self.folder.is_multi:
            self.project.replace("app.py", "# more about the entry", "place = db.Column(db.String(80))")

    def new_script(self, *arguments: str) -> Path | None:
        """Run ``flask db migrate …`` and return the file it wrote, if any."""
        before = set(self.project.versions())
        self.db("migrate", *arguments)
        written = set(self.project.versions()) - before
        assert len(written) <= 1, written
        return written.pop() if written else None

    def add_script(self, body: str, rev: str = "ffff00000001") -> str:
        """Add a revision file after the head: a header, then ``body``; return its id."""
        header = f'"""added"""\n\nrevision = {rev!r}\ndown_revision = {self.folder.head!r}\n\n'
        self.project.write(f"migrations/versions/{rev}_added.py", header + body)
        return rev

    def tables(self, bind: str) -> frozenset[str]:
        """The tables in a bind's database, without those in which migrations are recorded."""
        recorded = {self.folder.version_table(bind), "flask_migrate_log"}
        return frozenset(self.project.tables(self.url(bind)) - recorded)

    def columns(self, bind: str, table: str) -> list[str]:
        """The names of a table's columns."""
        return columns(self.url(bind), table)

    def versions(self, bind: str, table: str | None = None) -> list[str]:
        """The revisions that a bind's database is at."""
        rows = self.project.sql(self.url(bind), f"SELECT version_num FROM {table or self.folder.version_table(bind)}")
        return [str(value) for (value,) in rows]


def columns(url: str, table: str) -> list[str]:
    """The names of a table's columns, in their order."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return [column["name"] for column in sa.inspect(engine).get_columns(table)]


def operations(script: Path, function: str) -> list[str]:
    """What a function of a revision file does: ``["add_column nickname", …]``, whether in a batch or not."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    assert len(bodies) == 1, f"{function} is {len(bodies)} times in {script.name}"
    calls = [node for node in ast.walk(bodies[0]) if isinstance(node, ast.Call) and is_operation(node.func)]
    return [f"{call.func.attr} {subject(call)}" for call in calls]  # type: ignore[attr-defined]  # is_operation


def is_operation(function: ast.expr) -> bool:
    """Whether it is an operation on ``op`` or ``batch_op`` that changes something by itself."""
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in ("op", "batch_op")
        and function.attr not in ("batch_alter_table", "f")
    )


def subject(call: ast.Call) -> str:
    """The name of what an operation is about: of a column operation the last one, after the table's."""
    names = [
        node.value
        for argument in call.args
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return names[-1] if call.func.attr.endswith("_column") else names[0]  # type: ignore[attr-defined]  # as above


def alembic_history(directory: Path) -> str:
    """What ``alembic history`` prints for a folder."""
    output = io.StringIO()
    config = Config(stdout=output)
    config.set_main_option("script_location", str(directory).replace("%", "%%"))
    command.history(config)
    return output.getvalue()


def run_sql(url: str, text: str) -> None:
    """Run the statements of a generated SQL file, as a database's own client would."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(str(sa.make_url(url).database))) as connection:
            connection.executescript(text)
        return
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in text.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
