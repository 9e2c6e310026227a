"""The database can't be reached or used."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from unittest import mock

import pytest
import sqlalchemy as sa

from flask_migrate.environment import failures
from tests.errors.conftest import SECRET
from tests.projects import APP, Project
from tests.scripts import add_line, described, tables, version
from tests.servers import Networked

Refuses = Callable[..., list[str]]

NETWORKED = pytest.mark.engines("postgresql", "mariadb")
COMMANDS = ["upgrade", "migrate", "current", "check", "stamp"]


def changed(url: str, **parts: object) -> str:
    """A URL with other parts."""
    return sa.make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize("command", COMMANDS)
@NETWORKED
def test_unreachable(project: Project, refuses: Refuses, command: str) -> None:
    """A server that does not answer is named, with what to check."""
    project.ok("db", "init")
    project.url = changed(project.url, host="127.0.0.1", port=1, query={}, password=SECRET)
    lines = refuses(project, "db", command)
    assert lines[0].startswith(f"Error: The database can't be reached ({described(project.url)}): ")
    assert "refused" in lines[0]
    assert lines[1:] == ["Check that the server runs and that host and port in the database URL are right."]


@NETWORKED
def test_unreachable_by_a_process(project: Project, refuses: Refuses) -> None:
    """A process of its own tells the same and ends with 1."""
    project.ok("db", "init")
    project.url = changed(project.url, host="127.0.0.1", port=1, query={}, password=SECRET)
    lines = refuses(project, "db", "upgrade", process=True)
    assert lines[0].startswith(f"Error: The database can't be reached ({described(project.url)}): ")


@pytest.mark.parametrize("command", COMMANDS)
@NETWORKED
def test_unknown_database(project: Project, refuses: Refuses, command: str) -> None:
    """A database that the server does not have is named, with the statement that makes it."""
    project.ok("db", "init")
    project.url = changed(project.url, database="migrate no such")
    quote = "`" if project.url.startswith("mysql") else '"'
    assert refuses(project, "db", command) == [
        f"Error: The server has no database 'migrate no such' ({described(project.url)}).",
        f"Create it: flask db upgrade --create-database, or CREATE DATABASE {quote}migrate no such{quote}",
    ]


@NETWORKED
def test_unknown_user(project: Project, refuses: Refuses) -> None:
    """A user that the server does not let in is named; the password is not."""
    project.ok("db", "init")
    project.url = changed(project.url, username="migrate_nobody", password=SECRET)
    lines = refuses(project, "db", "upgrade")
    assert lines[0].startswith(f"Error: The server refused user 'migrate_nobody' ({described(project.url)}): ")
    assert lines[1:] == ["Correct the user or the password in the database URL."]


@pytest.mark.engines("mariadb")
def test_wrong_password(project: Project, refuses: Refuses, user: str) -> None:
    """A wrong password is the same error."""
    project.ok("db", "init")
    project.url = changed(project.url, username=user, password=f"not {SECRET}")
    lines = refuses(project, "db", "upgrade")
    assert lines[0].startswith(f"Error: The server refused user '{user}' ({described(project.url)}): Access denied")
    assert lines[1:] == ["Correct the user or the password in the database URL."]


@NETWORKED
def test_unknown_host(project: Project, refuses: Refuses) -> None:
    """A host whose name is not known is named."""
    project.ok("db", "init")
    project.url = changed(project.url, host="no-such-host.invalid", query={}, password=SECRET)
    assert refuses(project, "db", "upgrade") == [
        "Error: The host 'no-such-host.invalid' is not known.",
        "Correct the host in the database URL.",
    ]


PASSWORDS = ["p%41@ss", "a b", "100%", "%(here)s", "q'\"\\`;$x", "a:b/c?d#e&f=g", "%%", "+ +"]


@pytest.fixture
def user(scratch: object, engine_name: str, engine_url: str, open_server: Callable[[str], Networked]) -> Iterator[str]:
    """A user who may do everything in the test's database; the password is the first of ``PASSWORDS``."""
    server = open_server(engine_name)
    database = sa.make_url(engine_url).database
    name = f"u{str(database)[-24:]}"
    set_password(server, name, PASSWORDS[0])
    if engine_name == "mariadb":
        server.connection.exec_driver_sql(f"GRANT ALL ON `{database}`.* TO '{name}'@'%%'")
    else:
        server.connection.exec_driver_sql(f'GRANT ALL ON DATABASE "{database}" TO "{name}"')
        Project.sql(engine_url, f'GRANT ALL ON SCHEMA public TO "{name}"')
    yield name
    if engine_name == "mariadb":
        server.connection.exec_driver_sql(f"DROP USER '{name}'@'%%'")
    else:
        Project.sql(engine_url, f'DROP OWNED BY "{name}"')
        server.connection.exec_driver_sql(f'DROP ROLE "{name}"')


def set_password(server: Networked, name: str, password: str) -> None:
    """Give a user a password; the user is made when it isn't there."""
    text = password.replace("\\", "\\\\") if server.url.get_backend_name() == "mysql" else password
    literal = "'" + text.replace("'", "''") + "'"
    if server.url.get_backend_name() == "mysql":
        statement = f"CREATE OR REPLACE USER '{name}'@'%' IDENTIFIED BY {literal}"
    else:
        exists = server.execute("SELECT 1 FROM pg_roles WHERE rolname = :name", name=name).scalar()
        statement = f'{"ALTER" if exists else "CREATE"} ROLE "{name}" LOGIN PASSWORD {literal}'
    server.connection.exec_driver_sql(statement.replace("%", "%%"))


@NETWORKED
@pytest.mark.parametrize("password", PASSWORDS)
def test_password_with_special_characters(
    project: Project, user: str, password: str, engine_name: str, open_server: Callable[[str], Networked]
) -> None:
    """A password works whatever it holds, and is not shown."""
    set_password(open_server(engine_name), user, password)
    if engine_name == "mariadb":
        database = sa.make_url(project.url).database
        open_server(engine_name).connection.exec_driver_sql(f"GRANT ALL ON `{database}`.* TO '{user}'@'%%'")
    admin = project.url
    project.url = changed(project.url, username=user, password=password)
    project.ok("db", "init")
    project.ok("db", "migrate")
    project.ok("db", "upgrade")
    assert tables(project, admin) == {"user"}
    result = project.ok("db", "current", "-v")
    assert f"//{user}:***@" in result.stdout
    assert password not in result.stdout.replace(str(project.folder), "").partition("Rev:")[0] or password == "%%"


DRIVERS = [
    ("postgresql+psycopg2://{}@localhost/shop", "psycopg2", "psycopg2-binary"),
    ("postgresql+psycopg://{}@localhost/shop", "psycopg", "'psycopg[binary]'"),
    ("postgresql+asyncpg://{}@localhost/shop", "asyncpg", "asyncpg"),
    ("mysql://{}@localhost/shop", "MySQLdb", "mysqlclient"),
    ("mysql+pymysql://{}@localhost/shop", "pymysql", "PyMySQL"),
    ("mysql+mysqlconnector://{}@localhost/shop", "mysql", "mysql-connector-python"),
    ("mariadb+mariadbconnector://{}@localhost/shop", "mariadb", "mariadb"),
    ("mssql+pyodbc://{}@localhost/shop", "pyodbc", "pyodbc"),
    ("oracle+oracledb://{}@localhost/shop", "oracledb", "oracledb"),
    ("sqlite+aiosqlite:///shop.db", "aiosqlite", "aiosqlite"),
]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("url", "module", "package"), DRIVERS, ids=[url.partition(":")[0] for url, *_ in DRIVERS])
@pytest.mark.parametrize("group", ["db", "database"])
def test_driver_not_installed(
    make_project: Callable[..., Project],
    refuses: Refuses,
    monkeypatch: pytest.MonkeyPatch,
    group: str,
    url: str,
    module: str,
    package: str,
) -> None:
    """A missing driver, which is noticed when the app is imported, is named with the package to install."""
    monkeypatch.setitem(sys.modules, module, None)
    source = APP.replace("Migrate(app, db)", f"Migrate(app, db, command={group!r})")
    source = source.replace("db = SQLAlchemy(app)", "db = SQLAlchemy(app)\nwith app.app_context():\n    db.engine")
    project = make_project(source, url=url.format(f"joe:{SECRET}"))
    assert refuses(project, group, "upgrade") == [
        f"Error: The database driver {module} is not installed.",
        f"Install it: pip install {package}",
    ]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("group", ["db", "database"])
def test_driver_not_installed_by_a_process(make_project: Callable[..., Project], refuses: Refuses, group: str) -> None:
    """A process of its own tells the same and ends with 1."""
    source = APP.replace("Migrate(app, db)", f"Migrate(app, db, command={group!r})")
    source = source.replace("import os\n", "import os\nimport sys\nsys.modules['psycopg2'] = None\n")
    project = make_project(source, url=f"postgresql+psycopg2://joe:{SECRET}@localhost/shop")
    assert refuses(project, group, "upgrade", process=True) == [
        "Error: The database driver psycopg2 is not installed.",
        "Install it: pip install psycopg2-binary",
    ]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("group", ["db", "database"])
@pytest.mark.parametrize(
    ("url", "scheme", "corrected"),
    [
        ("postgres://joe:{}@localhost/shop", "postgres", "postgresql://joe:***@localhost/shop"),
        ("postgres+psycopg://joe:{}@db:5433/s?a=b", "postgres", "postgresql+psycopg://joe:***@db:5433/s?a=b"),
        ("sqlite3:///shop.db", "sqlite3", "sqlite:///shop.db"),
        ("mysql2://joe:{}@localhost/shop", "mysql2", "mysql://joe:***@localhost/shop?charset=utf8mb4"),
    ],
)
def test_old_scheme(
    make_project: Callable[..., Project], refuses: Refuses, group: str, url: str, scheme: str, corrected: str
) -> None:
    """A scheme that SQLAlchemy no longer accepts is told with the corrected URL, its password hidden."""
    source = APP.replace("Migrate(app, db)", f"Migrate(app, db, command={group!r})")
    project = make_project(source, url=url.format(SECRET))
    assert refuses(project, group, "upgrade") == [
        f"Error: SQLAlchemy does not accept {scheme}:// URLs.",
        f"Write {corrected} instead.",
    ]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("url", "error", "hint"),
    [
        (
            f"dbase://joe:{SECRET}@localhost/shop",
            "SQLAlchemy knows no database called 'dbase'.",
            "Correct the scheme of the database URL.",
        ),
        (
            f"joe {SECRET} shop",
            "The database URL can't be parsed.",
            "Write dialect+driver://user:password@host:port/database, with special characters of the password "
            "percent-encoded (urllib.parse.quote_plus).",
        ),
    ],
)
def test_url_that_is_none(
    make_project: Callable[..., Project], refuses: Refuses, url: str, error: str, hint: str
) -> None:
    """A URL that can't be used is not repeated, for it may hold the password anywhere."""
    assert refuses(make_project(url=url), "db", "upgrade") == [f"Error: {error}", hint]


@pytest.mark.engines("sqlite")
def test_no_database_declared(make_project: Callable[..., Project], refuses: Refuses) -> None:
    """An app without any database URL is told what to set, in Flask-SQLAlchemy's own words."""
    project = make_project(APP.replace('app.config["SQLALCHEMY_DATABASE_URI"] =', "unused ="))
    lines = refuses(project, "db", "upgrade")
    assert lines[0] == (
        "Error: The app can't be loaded: RuntimeError: Either 'SQLALCHEMY_DATABASE_URI' or 'SQLALCHEMY_BINDS' must "
        "be set."
    )


@pytest.mark.engines("sqlite")
def test_sqlite_in_a_folder_that_is_not_there(make_project: Callable[..., Project], refuses: Refuses) -> None:
    """A file of SQLite that can't be made is named."""
    project = make_project(url="sqlite:////nowhere/at/all/shop.db")
    lines = refuses(project, "db", "upgrade")
    assert lines[0].startswith("Error: ")


@pytest.mark.engines("sqlite")
def test_sqlite_file_that_is_none(project: Project, refuses: Refuses) -> None:
    """A file that is no database is named, and stays as it is."""
    project.ok("db", "init")
    path = project.write("notes.txt", "These are my notes, and they are long enough to be taken for a page.\n" * 20)
    project.url = f"sqlite:///{path}"
    lines = refuses(project, "db", "upgrade")
    assert lines[0] == f"Error: The database file {path} can't be used: file is not a database."
    assert lines[1:] == ["Check that its folder exists and that this user may write there."]


@pytest.mark.parametrize("command", ["upgrade", "downgrade", "migrate", "current", "check", "stamp"])
def test_revision_that_is_not_on_disk(project: Project, refuses: Refuses, command: str) -> None:
    """A database at a revision that no script has is named, and left as it is."""
    project.ok("db", "init")
    add_line(project)
    project.ok("db", "upgrade")
    project.sql(project.url, "UPDATE alembic_version SET version_num = 'feedbeef'")
    before = tables(project)
    assert refuses(project, "db", command) == [
        f"Error: Can't locate revision identified by 'feedbeef': the database ({described(project.url)}) is at it, "
        "and no script in migrations/versions has it.",
        "Bring the script back from version control, or deploy the code that has it. When the schema is known to be "
        "that of another revision: flask db stamp --purge REVISION",
        "The database is newer than this code, or has another app's history.",
    ]
    assert (tables(project), version(project)) == (before, ["feedbeef"])


@pytest.mark.engines("sqlite")
def test_env_of_an_earlier_release(project: Project, refuses: Refuses) -> None:
    """The same is told when an env.py connects by itself."""
    project.ok("db", "init")
    project.write(
        "migrations/env.py",
        """
        from alembic import context
        from flask import current_app
        from sqlalchemy import create_engine, pool

        engine = create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"], poolclass=pool.NullPool)
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
        """,
    )
    project.url = f"postgresql+psycopg://joe:{SECRET}@127.0.0.1:1/shop"
    lines = refuses(project, "db", "upgrade")
    assert lines[0].startswith(f"Error: The database can't be reached ({described(project.url)}): ")
    assert not re.search("line [0-9]+", "".join(lines))


def test_reader_of_a_pipe_has_gone() -> None:
    """``flask db upgrade --sql | head`` is no failure of env.py."""
    assert failures.explain(BrokenPipeError(), mock.Mock()) is None
