"""What the app says reaches Alembic: callbacks, arguments, configuration; for one app or several."""

from __future__ import annotations

import io
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

import flask_migrate
from flask_migrate import Migrate, MigrateError
from tests.projects import APP, Project
from tests.scripts import FIRST, SECOND, add_script, is_untouched

SQLITE = pytest.mark.engines("sqlite")

#: Each argument of ``context.configure()`` that a test gives, and where the environment shows that it arrived.
SEEN = """
seen = {}

def note(ctx, step, heads, run_args):
    seen["steps"] = seen.get("steps", 0) + 1

class Tables(dict):
    pass
"""


def with_options(options: str, setup: str = "") -> str:
    """The usual app, with further arguments for ``Migrate``."""
    return APP.replace("migrate = Migrate(app, db)\n", f"{setup}\nmigrate = Migrate(app, db, {options})\n")


class TestArguments:
    """Further arguments of ``Migrate`` are those of ``context.configure()``, online and offline."""

    @pytest.mark.parametrize("style", ["new", "old"])
    def test_online(self, make_project: Callable[..., Project], any_style: Callable[..., None], style: str) -> None:
        """A version table of another name is the one that is used."""
        project = make_project(with_options("version_table='our_version', on_version_apply=note", SEEN))
        any_style(project, style)
        add_script(project, FIRST, None, creates="one")
        with project.context():
            flask_migrate.upgrade()
            assert __import__("app").seen == {"steps": 1}
        assert project.sql(project.url, "SELECT version_num FROM our_version") == [(FIRST,)]
        assert "alembic_version" not in project.tables(project.url)

    @pytest.mark.parametrize("style", ["new", "old"])
    def test_offline(self, make_project: Callable[..., Project], any_style: Callable[..., None], style: str) -> None:
        """The same in the SQL."""
        project = make_project(with_options("version_table='our_version'"))
        any_style(project, style)
        add_script(project, FIRST, None, creates="one")
        output = io.StringIO()
        with project.context():
            flask_migrate.upgrade(sql=True, output=output)
        assert "CREATE TABLE our_version" in output.getvalue()
        assert "alembic_version" not in output.getvalue().replace("our_version", "")
        assert is_untouched(project.url)

    @pytest.mark.parametrize("style", ["new", "old"])
    def test_comparing(self, make_project: Callable[..., Project], any_style: Callable[..., None], style: str) -> None:
        """Hooks of autogenerate are called: a table that one leaves out is in no script."""
        setup = "def ours(thing, name, kind, reflected, compare_to):\n    return name != 'user'\n"
        project = make_project(with_options("include_object=ours", setup))
        any_style(project, style)
        with project.context():
            assert not flask_migrate.migrate()
            flask_migrate.check()

    @SQLITE
    def test_env_has_the_last_word(self, make_project: Callable[..., Project]) -> None:
        """What env.py passes to ``run()`` wins over what the app passes to ``Migrate``."""
        project = make_project(with_options("version_table='app_version'"))
        project.ok("db", "init")
        project.replace("migrations/env.py", "\nrun()", "\nrun(version_table='env_version')")
        add_script(project, FIRST, None, creates="one")
        with project.context():
            flask_migrate.upgrade()
        assert "env_version" in project.tables(project.url)
        assert "app_version" not in project.tables(project.url)

    @SQLITE
    def test_defaults(self, make_project: Callable[..., Project]) -> None:
        """Types are compared and batch operations rendered, unless the app says otherwise."""
        project = make_project()
        with project.context() as app:
            arguments = app.extensions["migrate"].configure_args
            assert (arguments["compare_type"], arguments["render_as_batch"]) == (True, True)
        project = make_project(with_options("compare_type=False, render_as_batch=False, a=1"))
        with project.context() as app:
            arguments = app.extensions["migrate"].configure_args
            assert (arguments["compare_type"], arguments["render_as_batch"], arguments["a"]) == (False, False, 1)

    @SQLITE
    def test_configuration_keys(self, make_project: Callable[..., Project]) -> None:
        """``MIGRATE_…`` keys of the app's configuration have the last word."""
        keys = (
            "app.config.update(MIGRATE_DIRECTORY='scripts', MIGRATE_COMPARE_TYPE=False, MIGRATE_RENDER_AS_BATCH=False,"
            " MIGRATE_CONFIGURE={'version_table': 'config_version'})\n"
        )
        source = with_options("version_table='app_version', transaction_per_migration=True", keys)
        with make_project(source).context() as app:
            state = app.extensions["migrate"]
            assert state.directory == "scripts"
            assert {key: state.configure_args[key] for key in ("compare_type", "render_as_batch")} == {
                "compare_type": False,
                "render_as_batch": False,
            }
            assert state.configure_args["version_table"] == "config_version"
            assert state.configure_args["transaction_per_migration"] is True


@pytest.fixture
def any_style() -> Callable[[Project, str], None]:
    """A function that makes the migrations folder with the env.py of this release, or of an earlier one."""
    from tests.api.conftest import OLD_ENV

    def start(project: Project, style: str) -> None:
        project.ok("db", "init")
        if style == "old":
            project.write("migrations/env.py", OLD_ENV)

    return start


@SQLITE
class TestConfigure:
    """``@migrate.configure`` and ``get_config()``."""

    def test_callbacks_edit_the_config(self, line: Project) -> None:
        """Callbacks are called in their order, for every command; what they set is what env.py sees."""
        line.append(
            "app.py",
            """
            calls = []

            @migrate.configure
            def first(config):
                calls.append("first")
                config.set_main_option("file_template", "%%(rev)s_first")
                return config

            @migrate.configure
            def second(config):
                calls.append("second")
                config.set_main_option("file_template", "%%(rev)s_second")
                return config
            """,
        )
        with line.context():
            flask_migrate.revision(rev_id="ffff")
            assert __import__("app").calls == ["first", "second"]
            flask_migrate.upgrade()
            assert __import__("app").calls == ["first", "second"] * 2
        assert line.versions()[-1].name == "ffff_second.py"

    def test_callback_may_return_another_config(self, line: Project) -> None:
        """The config that a callback returns is the one that is used."""
        line.append(
            "app.py",
            """
            @migrate.configure
            def other(config):
                from flask_migrate import Config

                new = Config("migrations/alembic.ini")
                new.set_main_option("script_location", "elsewhere")
                return new
            """,
        )
        (line.folder / "migrations").rename(line.folder / "elsewhere")
        line.write("migrations/alembic.ini", "[alembic]\n")
        line.write("migrations/env.py", "")
        assert line.ok("db", "upgrade").returncode == 0
        assert "three" in line.tables(line.url)

    def test_decorated_function_is_kept(self, project: Project) -> None:
        """The decorator returns the function."""
        project.append("app.py", "@migrate.configure\ndef same(config):\n    return config\n")
        with project.context():
            assert __import__("app").same("config") == "config"

    def test_get_config(self, started: Project) -> None:
        """The config knows its folder, its file and the options that were given."""
        with started.context() as app:
            migrate: Migrate = app.extensions["migrate"].migrate
            config = migrate.get_config()
            assert config.config_file_name == str(Path("migrations", "alembic.ini"))
            assert config.get_main_option("script_location") == "migrations"
            assert config.cmd_opts.x is None  # type: ignore[union-attr]  # it is set
            assert isinstance(config, flask_migrate.Config)

    @pytest.mark.parametrize(
        ("given", "found"),
        [("a=1", ["a=1"]), (["a=1", "b"], ["a=1", "b"]), (("a=1",), ["a=1"]), ([], []), (None, None)],
    )
    def test_x_arguments(self, started: Project, given: t.Any, found: list[str] | None) -> None:
        """``x_arg`` is a string or several, and a list in ``cmd_opts.x``."""
        with started.context() as app:
            config = app.extensions["migrate"].migrate.get_config(x_arg=given)
            assert config.cmd_opts.x == found

    def test_x_arguments_reach_env(self, line: Project) -> None:
        """Functions that take ``x_arg`` give it to env.py."""
        text = line.read("migrations/env.py")
        note = "from alembic import context\nimport app\napp.seen.append(context.get_x_argument(as_dictionary=True))\n"
        line.append("app.py", "seen = []\n")
        line.write("migrations/env.py", note + text)
        with line.context():
            flask_migrate.upgrade(x_arg="a=1")
            flask_migrate.downgrade(x_arg=["b=2", "c=3"])
            flask_migrate.upgrade()
            assert __import__("app").seen == [{"a": "1"}, {"b": "2", "c": "3"}, {}]

    def test_opts(self, started: Project) -> None:
        """``opts`` are names that are true in ``cmd_opts``; others are not there."""
        with started.context() as app:
            options: t.Any = app.extensions["migrate"].migrate.get_config(opts=["autogenerate", "other"]).cmd_opts
            assert (options.autogenerate, options.other, hasattr(options, "third")) == (True, True, False)

    def test_directory(self, project: Project) -> None:
        """``directory`` is another folder, as text or path."""
        project.ok("db", "init", "-d", "other")
        with project.context() as app:
            migrate = app.extensions["migrate"].migrate
            for directory in ("other", Path("other")):
                assert migrate.get_config(directory).get_main_option("script_location") == "other"
            with pytest.raises(MigrateError, match="There is no migrations folder 'migrations' in "):
                migrate.get_config()

    def test_tag_reaches_env(self, line: Project) -> None:
        """``tag`` is what env.py asks for."""
        text = line.read("migrations/env.py")
        line.append("app.py", "seen = []\n")
        note = "from alembic import context\nimport app\napp.seen.append(context.get_tag_argument())\n"
        line.write("migrations/env.py", note + text)
        with line.context():
            flask_migrate.upgrade(tag="fast")
            flask_migrate.downgrade(tag="slow")
            flask_migrate.stamp(tag="mark")
            assert __import__("app").seen == ["fast", "slow", "mark"]


class TestSeveralApps:
    """One ``Migrate`` serves several apps; each has its own databases and settings."""

    def test_two_apps(self, tmp_path: Path, line: Project, make_url: Callable[[], str]) -> None:
        """Commands work on the databases of the current app, in its folder."""
        db = SQLAlchemy()
        migrate = Migrate(db=db)
        urls = [make_url(), make_url()]
        apps = [Flask("first"), Flask("second")]
        for app, url, folder in zip(apps, urls, ["migrations", "others"], strict=True):
            app.config["SQLALCHEMY_DATABASE_URI"] = url
            db.init_app(app)
            migrate.init_app(app, directory=line.folder / folder, command=folder)
        with apps[1].app_context():
            flask_migrate.init()
            db.engine.dispose()
        add_script(line, "aaaa", None, creates="other", folder="others/versions")
        with apps[0].app_context():
            flask_migrate.upgrade(revision=SECOND)
            with apps[1].app_context():
                flask_migrate.upgrade()
            assert [one.revision for one in flask_migrate.current(quiet=True)[0].revisions] == [SECOND]
        assert line.tables(urls[0]) >= {"one", "two"}
        assert line.tables(urls[1]) >= {"other"}
        assert "other" not in line.tables(urls[0])
        assert [app.cli.commands.keys() & {"db", "migrations", "others"} for app in apps] == [
            {"migrations"},
            {"others"},
        ]
        for app in apps:
            with app.app_context():
                for engine in db.engines.values():
                    engine.dispose()

    @SQLITE
    def test_settings_are_each_apps_own(self, tmp_path: Path) -> None:
        """What ``init_app`` is given for one app is not seen by the other, nor by ``Migrate`` itself."""
        db = SQLAlchemy()
        migrate = Migrate(db=db, directory="common", version_table="common")
        first, second = Flask("first"), Flask("second")
        for app in (first, second):
            app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
            db.init_app(app)
        migrate.init_app(first, directory="one", compare_type=False, version_table="one", other=1)
        migrate.init_app(second)
        states = [app.extensions["migrate"] for app in (first, second)]
        assert [state.directory for state in states] == ["one", "common"]
        assert [state.configure_args["version_table"] for state in states] == ["one", "common"]
        assert [state.configure_args["compare_type"] for state in states] == [False, True]
        assert "other" not in states[1].configure_args
        assert (migrate.directory, migrate.command) == ("common", "db")
        assert [state.migrate for state in states] == [migrate, migrate]

    @SQLITE
    def test_state_of_an_app(self, project: Project) -> None:
        """``app.extensions["migrate"]`` has what env.py files of all releases read."""
        with project.context() as app:
            state = app.extensions["migrate"]
            db = __import__("app").db
            assert state.migrate is __import__("app").migrate
            assert state.db is db
            assert state.directory == "migrations"
            assert state.metadata is db.metadata
            assert isinstance(state.configure_args, dict)

    @SQLITE
    def test_edits_of_configure_args_end_with_env(self, line: Project) -> None:
        """An env.py that edits ``configure_args`` changes its own run only."""
        text = line.read("migrations/env.py")
        edit = (
            "from flask import current_app\n"
            "arguments = current_app.extensions['migrate'].configure_args\n"
            "assert 'tag' not in arguments\n"
            "arguments['tag'] = 1\n"
            "assert 'tag' in current_app.extensions['migrate'].configure_args\n"
        )
        line.write("migrations/env.py", edit + text)
        with line.context() as app:
            flask_migrate.upgrade(revision=FIRST)
            flask_migrate.upgrade()
            assert "tag" not in app.extensions["migrate"].configure_args

    @SQLITE
    def test_factory(self, make_project: Callable[..., Project]) -> None:
        """An app that a factory makes, with extensions that are made before it."""
        project = make_project(
            """
            import os

            from flask import Flask
            from flask_migrate import Migrate
            from flask_sqlalchemy import SQLAlchemy

            db = SQLAlchemy()
            migrate = Migrate()


            class User(db.Model):
                id = db.Column(db.Integer, primary_key=True)


            def create_app(directory="migrations"):
                app = Flask(__name__)
                app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
                db.init_app(app)
                migrate.init_app(app, db, directory)
                return app
            """
        )
        for app in ("app", "app:create_app('other')"):
            project.ok("db", "init", app=app)
            project.ok("db", "migrate", app=app)
            project.ok("db", "upgrade", app=app)
            project.ok("db", "downgrade", "base", app=app)
        assert [len(project.versions(folder)) for folder in ("migrations", "other")] == [1, 1]


@SQLITE
def test_engine_is_not_asked_for_at_start(make_project: Callable[..., Project]) -> None:
    """Making the app and listing its commands connects to nothing, and loads nothing of the databases."""
    project = make_project(url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with project.context() as app:
        assert "databases" not in vars(app.extensions["migrate"])
        assert app.cli.commands.keys() == {"db"}
        assert isinstance(sa.make_url(project.url), sa.URL)
