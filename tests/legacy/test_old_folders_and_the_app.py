"""What the app says reaches folders that an earlier release made, and its logging survives their env.py."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
from flask.cli import FlaskGroup

import flask_migrate
from tests.legacy.old_folders import CATALOGUE, TABLES, OldFolder, OldProject, operations
from tests.projects import make_runner

pytestmark = [
    pytest.mark.engines("sqlite"),
    # env.py files of several databases call Table.tometadata(), which SQLAlchemy has renamed.
    pytest.mark.filterwarnings("ignore:.*tometadata:DeprecationWarning"),
]

MULTI = tuple(folder for folder in CATALOGUE if folder.is_multi)
OPEN = tuple(folder for folder in CATALOGUE if not folder.has_own_options)
OWN = tuple(folder for folder in CATALOGUE if folder.has_own_options)
(BESIDE_SPLAT,) = (folder for folder in CATALOGUE if folder.name == "single_14_edited_options_and_splat")
WITHOUT_OPTIONS = tuple(folder for folder in OPEN if folder is not BESIDE_SPLAT)

KEEP_SCRATCH_TABLES = """
def include_object(object, name, type_, reflected, compare_to):
    return not (type_ == "table" and name.startswith("scratch_"))


"""

SCRATCH = """

class ScratchPad(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""

ARCHIVE = """

class Box(db.Model):
    __bind_key__ = "archive"
    id = db.Column(db.Integer, primary_key=True)
"""

READS_X_SINGLE = """
import sqlalchemy as sa
from alembic import context, op


def upgrade(**settings):
    title = context.get_x_argument(as_dictionary=True)["tenant"]
    op.bulk_insert(sa.table("post", sa.column("title", sa.String)), [{"title": title}])


def downgrade(**settings):
    pass
"""

READS_X_MULTI = """
import sqlalchemy as sa
from alembic import context, op


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def downgrade(engine_name):
    pass


def upgrade_():
    title = context.get_x_argument(as_dictionary=True)["tenant"]
    op.bulk_insert(sa.table("post", sa.column("title", sa.String)), [{"title": title}])


def upgrade_audit():
    message = ",".join(context.get_x_argument())
    op.bulk_insert(sa.table("entry", sa.column("message", sa.String)), [{"message": message}])
"""

TELLS_BINDS_APART = """
import sqlalchemy as sa
from alembic import op

TABLES = {"": "user", "audit": "entry"}


def upgrade(engine_name):
    if engine_name in TABLES:
        op.add_column(TABLES[engine_name], sa.Column("note", sa.Integer()))


def downgrade(engine_name):
    if engine_name in TABLES:
        op.drop_column(TABLES[engine_name], "note")
"""

LOGGERS = ("", "app", "shop.orders", "sqlalchemy.engine", "alembic", "flask_migrate")


class TestOptions:
    """Arguments of ``Migrate()``, whether env.py passes them on or not."""

    @pytest.mark.parametrize("folder", OPEN, ids=str)
    def test_defaults(self, old: OldProject) -> None:
        """Without any option a longer column is a change, written as the batch operation that SQLite needs."""
        old.db("upgrade")
        old.project.replace("app.py", "db.String(64))\n    email", "db.String(90))\n    email")
        script = old.new_script()
        assert script is not None
        function = "upgrade_" if old.folder.is_multi else "upgrade"
        assert operations(script, function) == ["alter_column name"]
        assert "with op.batch_alter_table('user', schema=None) as batch_op:" in script.read_text(encoding="utf-8")

    @pytest.mark.parametrize("folder", WITHOUT_OPTIONS, ids=str)
    def test_compare_type(self, old: OldProject) -> None:
        """``compare_type=False`` keeps types out of it, and what else has changed is in the script."""
        old.set_options("compare_type=False")
        old.db("upgrade")
        old.project.replace("app.py", "db.String(64))\n    email", "db.String(90))\n    email")
        assert old.new_script() is None
        old.add_columns()
        script = old.new_script()
        assert script is not None
        function = "upgrade_" if old.folder.is_multi else "upgrade"
        assert operations(script, function) == ["add_column nickname"]

    @pytest.mark.parametrize("folder", OPEN, ids=str)
    def test_version_table(self, old: OldProject) -> None:
        """``version_table`` names the table that every command uses."""
        old.set_options('version_table="my_version"')
        old.db("upgrade")
        for bind in old.folder.binds:
            assert old.versions(bind, "my_version") == [old.folder.head]
            assert "alembic_version" not in old.tables(bind)
        assert old.folder.head in old.db("current")
        assert old.new_script() is None
        old.db("downgrade", "base")
        for bind in old.folder.binds:
            assert old.versions(bind, "my_version") == []

    @pytest.mark.parametrize("folder", OPEN, ids=str)
    def test_version_table_offline(self, old: OldProject) -> None:
        """Generated SQL uses the same version table."""
        old.set_options('version_table="my_version"')
        output = old.db("upgrade", "--sql")
        for bind in old.folder.binds:
            name = old.folder.offline_files.get(bind)
            text = old.project.read(name) if name else output
            assert "CREATE TABLE my_version" in text
            assert "alembic_version" not in text

    @pytest.mark.parametrize("folder", WITHOUT_OPTIONS, ids=str)
    def test_include_object(self, old: OldProject) -> None:
        """``include_object`` keeps tables out, on the side of the models and on that of the database."""
        old.set_options("include_object=include_object", setup=KEEP_SCRATCH_TABLES.lstrip())
        old.project.append("app.py", SCRATCH)
        old.db("upgrade")
        old.project.sql(old.project.url, "CREATE TABLE scratch_old (id INTEGER)")
        assert old.new_script() is None
        old.add_columns()
        script = old.new_script()
        assert script is not None
        function = "upgrade_" if old.folder.is_multi else "upgrade"
        assert operations(script, function) == ["add_column nickname"]

    @pytest.mark.parametrize("folder", OWN, ids=str)
    def test_options_of_env_win(self, old: OldProject) -> None:
        """What env.py says itself stays: its version table, its filter, its choice to leave types alone."""
        old.set_options('compare_type=True, version_table="my_version"')
        old.db("upgrade")
        for bind in old.folder.binds:
            assert old.versions(bind) == [old.folder.head]
            assert "my_version" not in old.tables(bind)
        old.project.sql(old.project.url, "CREATE TABLE legacy_invoice (id INTEGER)")
        old.project.replace("app.py", "db.String(64))\n    email", "db.String(90))\n    email")
        assert old.new_script() is None

    @pytest.mark.parametrize("folder", [BESIDE_SPLAT], ids=str)
    def test_options_beside_the_splat(self, old: OldProject) -> None:
        """Options written above the splat of ``configure_args`` work beside those of ``Migrate()``."""
        old.db("upgrade")
        old.project.sql(old.project.url, "CREATE TABLE legacy_invoice (id INTEGER)")
        assert old.new_script() is None
        old.project.replace("app.py", "db.String(64))\n    email", "db.String(90))\n    email")
        script = old.new_script()
        assert script is not None
        assert operations(script, "upgrade") == ["alter_column name"]


class TestUrls:
    """Some env.py files copy the URL from the app's configuration; they reach the database that the app reaches."""

    @pytest.mark.parametrize("folder", CATALOGUE, ids=str)
    def test_relative_file(self, old: OldProject) -> None:
        """Flask-SQLAlchemy takes a relative file for one in the instance folder; so do the migrations."""
        old.project.url = "sqlite:///relative.db"
        old.db("upgrade")
        assert not (old.project.folder / "relative.db").exists()
        with contextlib.closing(sqlite3.connect(old.project.folder / "instance" / "relative.db")) as connection:
            assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'user'").fetchone() == (1,)

    @pytest.mark.parametrize("folder", CATALOGUE, ids=str)
    def test_percent_sign(self, old: OldProject) -> None:
        """A percent sign in the name of a file stands for itself."""
        file = old.project.folder / "100% of 50%% in %(here)s.db"
        old.project.url = f"sqlite:///{file}"
        old.db("upgrade")
        assert file.is_file()


class TestXArguments:
    """``-x name=value``."""

    @pytest.mark.parametrize("folder", CATALOGUE, ids=str)
    def test_reach_the_scripts(self, old: OldProject) -> None:
        """A script reads them through ``context.get_x_argument()``, percent signs and equal signs included."""
        old.add_script(READS_X_MULTI if old.folder.is_multi else READS_X_SINGLE)
        old.db("upgrade", "-x", "tenant=a%c=d")
        assert old.project.sql(old.project.url, "SELECT title FROM post") == [("a%c=d",)]
        if old.folder.is_multi:
            assert old.project.sql(old.url("audit"), "SELECT message FROM entry") == [("tenant=a%c=d",)]

    @pytest.mark.parametrize("folder", [one for one in OWN if one.is_multi], ids=str)
    def test_reach_env(self, old: OldProject) -> None:
        """An env.py that chooses the databases by ``-x`` gets its way."""
        old.db("upgrade", "-x", "only=audit")
        assert old.tables("audit") == TABLES["audit"]
        assert old.project.tables(old.project.url) == set()


class TestBinds:
    """The app's binds change, the scripts stay."""

    @pytest.mark.parametrize("name", ["archive", "archive-2024"])
    @pytest.mark.parametrize("folder", MULTI, ids=str)
    def test_added(self, old: OldProject, make_url: Callable[[], str], name: str) -> None:
        """In a bind that the old scripts have no function for they do nothing, and it ends at the same revision."""
        old.project.binds[name] = make_url()
        old.db("upgrade")
        assert old.tables("") == TABLES[""]
        table = f"alembic_version_{name}" if old.folder.has_own_options else "alembic_version"
        assert old.tables(name) - {table} == frozenset()
        assert old.versions(name, f'"{table}"') == [old.folder.head]
        old.db("downgrade", "base")
        assert old.versions(name, f'"{table}"') == []

    @pytest.mark.parametrize("folder", MULTI, ids=str)
    def test_migrate_after_one_was_added(self, old: OldProject, make_url: Callable[[], str]) -> None:
        """The next script has a function for the new bind, with its table in it, and runs both ways."""
        old.db("upgrade")
        old.project.binds["archive"] = make_url()
        old.project.append("app.py", ARCHIVE)
        old.db("upgrade")
        script = old.new_script()
        assert script is not None
        assert operations(script, "upgrade_archive") == ["create_table box"]
        assert operations(script, "upgrade_") == operations(script, "upgrade_audit") == []
        old.db("upgrade")
        assert "box" in old.tables("archive")
        old.db("downgrade")
        assert "box" not in old.tables("archive")

    @pytest.mark.parametrize("folder", MULTI, ids=str)
    def test_removed(self, old: OldProject) -> None:
        """Functions for a bind that the app no longer has are left alone."""
        del old.project.binds["audit"]
        source = old.project.read("app.py")
        old.project.write("app.py", source[: source.index("class Entry")])
        old.db("upgrade")
        assert old.tables("") == TABLES[""]
        assert old.new_script() is None

    @pytest.mark.parametrize("folder", MULTI, ids=str)
    def test_script_tells_binds_apart_itself(self, old: OldProject, make_url: Callable[[], str]) -> None:
        """A script without functions per bind, whose ``upgrade(engine_name)`` decides, is called for each."""
        old.project.binds["archive"] = make_url()
        old.add_script(TELLS_BINDS_APART)
        old.db("upgrade")
        assert old.columns("", "user")[-1] == old.columns("audit", "entry")[-1] == "note"
        old.db("downgrade")
        assert "note" not in [*old.columns("", "user"), *old.columns("audit", "entry")]


@contextlib.contextmanager
def log_file(path: Path) -> Iterator[None]:
    """The app's logging: everything from INFO on goes to a file, which is begun anew when it is opened."""
    handler = logging.FileHandler(path, mode="w")
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("shop.orders").setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def state_of_loggers() -> dict[str, tuple[t.Any, ...]]:
    """What a command must leave alone."""
    found = {name: logging.getLogger(name) for name in LOGGERS}
    return {name: (one.level, one.disabled, one.propagate, tuple(one.handlers)) for name, one in found.items()}


def call(app: flask.Flask) -> None:
    """Run the migrations from Python."""
    flask_migrate.upgrade()


def command_line(app: flask.Flask) -> None:
    """Run the migrations from the command line, in this process."""
    result = make_runner().invoke(FlaskGroup(create_app=lambda: app), ["db", "upgrade"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("run", [call, command_line])
@pytest.mark.parametrize("folder", CATALOGUE, ids=str)
def test_logging(old: OldProject, run: Callable[[flask.Flask], None], folder: OldFolder) -> None:
    """The app's loggers, levels and file handler work on after a command as they did before."""
    path = old.project.folder / "app.log"
    with old.project.context() as app, log_file(path):
        app.logger.setLevel(logging.WARNING)
        logging.getLogger("shop.orders").debug("before")
        before = state_of_loggers()
        run(app)
        assert state_of_loggers() == before
        logging.getLogger("shop.orders").debug("after")
        app.logger.warning("after")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("alembic")]
    assert lines == ["shop.orders before", "shop.orders after", "app after"]
    assert old.versions("") == [folder.head]


@pytest.mark.parametrize("folder", CATALOGUE, ids=str)
def test_several_commands_in_one_process(old: OldProject) -> None:
    """What env.py leaves in ``configure_args`` at one command does not spoil the next one of the same app."""
    with old.project.context():
        flask_migrate.upgrade()
        before = old.project.versions()
        flask_migrate.migrate()
        assert old.project.versions() == before
        flask_migrate.check()
        flask_migrate.upgrade()
    assert old.versions("") == [old.folder.head]
