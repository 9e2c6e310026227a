"""A call leaves nothing behind: no logger, no patch, no module, no open transaction, no event loop."""

from __future__ import annotations

import logging
import logging.config
import os
import sys
import threading
import typing as t
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import context
from alembic.runtime.environment import EnvironmentContext

import flask_migrate
from flask_migrate import MigrateError
from tests.api.test_printing import CALLS
from tests.projects import Project
from tests.scripts import LINE, SECOND, THIRD, add_script, tables, version

SQLITE = pytest.mark.engines("sqlite")
ALL = {table for _, table in LINE}


def loggers() -> dict[str, tuple[t.Any, ...]]:
    """All that can be changed about every logger that exists, by name."""
    known = {name: one for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)}
    return {
        name: (one.level, one.handlers[:], one.disabled, one.propagate, one.filters[:])
        for name, one in {"": logging.root, **known}.items()
    }


def process() -> dict[str, t.Any]:
    """What else of the process a call might change."""
    return {
        "environ": dict(os.environ),
        "path": sys.path[:],
        "directory": os.getcwd(),
        "filters": warnings.filters[:],
        "fileConfig": logging.config.fileConfig,
        "handlers": len(logging._handlerList),  # type: ignore[attr-defined]  # what fileConfig closes
        "raiseExceptions": logging.raiseExceptions,
        "disable": logging.root.manager.disable,
        "threads": threading.active_count(),
        "context": hasattr(context, "_proxy") and context._proxy,  # what stands for alembic.context
        "excepthook": sys.excepthook,
        "env": [name for name in sys.modules if name in ("env", "env_py")],
    }


@pytest.fixture
def quiet_app(any_env: Project) -> Iterator[Project]:
    """A project whose app has loggers of its own, in every state that a logger can be in."""
    any_env.append(
        "app.py",
        """
        import io
        import logging

        shop = logging.getLogger("shop")
        shop.setLevel(logging.ERROR)
        shop.addHandler(logging.StreamHandler(io.StringIO()))
        shop.propagate = False
        logging.getLogger("shop.orders")
        logging.getLogger("shop.off").disabled = True
        logging.getLogger("alembic").setLevel(logging.CRITICAL)
        logging.getLogger("sqlalchemy.engine").addFilter(lambda record: True)
        """,
    )
    any_env.env["EDITOR"] = "true"
    filters = logging.getLogger("sqlalchemy.engine").filters
    before = filters[:]
    yield any_env
    filters[:] = before


@SQLITE
@pytest.mark.parametrize("name", CALLS)
def test_everything_is_as_before(quiet_app: Project, name: str) -> None:
    """Loggers, their handlers and levels, and the rest of the process are the same before and after."""
    with quiet_app.context():
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision="base")
        before, rest = loggers(), process()
        CALLS[name]()
        after = loggers()
        assert {key: value for key, value in after.items() if key in before} == before
        assert all(value == (0, [], False, True, []) for key, value in after.items() if key not in before)
        assert process() == rest


@SQLITE
def test_everything_is_as_before_a_failure(quiet_app: Project) -> None:
    """The same holds when a script fails."""
    add_script(quiet_app, "4d04dd", THIRD, up="import logging\nlogging.shutdown\nraise ValueError('no')")
    with quiet_app.context():
        before, rest = loggers(), process()
        with pytest.raises(MigrateError, match="raised ValueError: no"):
            flask_migrate.upgrade()
        assert {key: value for key, value in loggers().items() if key in before} == before
        assert process() == rest


@SQLITE
def test_app_hears_alembic(line: Project) -> None:
    """An app that listens to Alembic's loggers gets its records, and no others get them."""
    records: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage())

    logger = logging.getLogger("alembic.runtime.migration")
    logger.addHandler(listener := Listener())
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        with line.context():
            flask_migrate.upgrade(revision=SECOND)
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
    assert [text for text in records if text.startswith("Running")] == [
        "Running upgrade  -> 1a01aa, make one",
        "Running upgrade 1a01aa -> 2b02bb, make two",
    ]


@SQLITE
def test_file_config_of_others(any_env: Project) -> None:
    """Only env.py's fileConfig is without effect: outside a call, and in other threads, it works."""
    ini = any_env.write("own.ini", any_env.read("migrations/alembic.ini").replace("[alembic]", "[other]"))
    if "[loggers]" not in ini.read_text():
        pytest.skip("nothing to apply")
    seen: list[bool] = []

    def configure() -> None:
        logging.config.fileConfig(ini)
        seen.append(bool(logging.root.handlers))

    path = add_script(any_env, "4d04dd", THIRD, up="import builtins\nbuiltins.between()")
    builtins: t.Any = __import__("builtins")
    builtins.between = lambda: run_in_thread(configure)
    root = logging.root.handlers[:], logging.root.level
    try:
        with any_env.context():
            flask_migrate.upgrade()
    finally:
        logging.root.handlers[:], logging.root.level = root
        del builtins.between
    assert (seen, path.exists()) == ([True], True)


def run_in_thread(function: Callable[[], None]) -> None:
    """Call a function in a thread of its own and wait for it."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_upgrade_then_migrate(project: Project) -> None:
    """In one process ``migrate`` after ``upgrade`` finds nothing, and writes nothing."""
    project.ok("db", "init")
    with project.context():
        flask_migrate.migrate()
        flask_migrate.upgrade()
        before = project.versions()
        assert not flask_migrate.migrate()
        flask_migrate.check()
        assert not flask_migrate.migrate()
    assert project.versions() == before


def test_any_order(any_env: Project) -> None:
    """Calls may be repeated in any order: none depends on what an earlier one has left."""
    with any_env.context():
        for _ in range(2):
            flask_migrate.current(quiet=True)
            flask_migrate.upgrade(revision=SECOND)
            flask_migrate.heads(quiet=True)
            flask_migrate.upgrade()
            flask_migrate.history(indicate_current=True, quiet=True)
            flask_migrate.downgrade()
            flask_migrate.stamp()
            flask_migrate.stamp(revision=SECOND)
            flask_migrate.upgrade()
            assert (tables(any_env), version(any_env)) == (ALL, [THIRD])
            flask_migrate.downgrade(revision="base")
            assert (tables(any_env), version(any_env)) == (set(), [])


def test_threads(any_env: Project) -> None:
    """Calls from several threads wait for each other: each finds what it would find alone."""
    flask_migrate.upgrade  # noqa: B018  # loaded once, before the threads

    def work(number: int) -> tuple[int, tuple[str, ...]]:
        with app.app_context():
            flask_migrate.upgrade()
            heads = flask_migrate.heads(quiet=True)
            (current,) = flask_migrate.current(quiet=True)
            return number, tuple(one.revision for one in (*heads, *current.revisions))

    with any_env.context() as app, ThreadPoolExecutor(4) as executor:
        found = list(executor.map(work, range(8)))
    assert found == [(number, (THIRD, THIRD)) for number in range(8)]
    assert (tables(any_env), version(any_env)) == (ALL, [THIRD])


@SQLITE
def test_another_alembic_environment(line: Project) -> None:
    """Alembic itself, used in the same process, works before, between and after."""
    import alembic.command
    from alembic.config import Config

    folder = line.folder / "plain"
    line.write("plain/script.py.mako", line.read("migrations/script.py.mako"))
    line.write("plain/versions/.keep", "")
    line.write(
        "plain/env.py",
        "from alembic import context\n"
        "from sqlalchemy import create_engine\n"
        f"with create_engine('sqlite:///{folder}/plain.db').connect() as connection:\n"
        "    context.configure(connection=connection)\n"
        "    with context.begin_transaction():\n"
        "        context.run_migrations()\n",
    )
    config = Config()
    config.set_main_option("script_location", str(folder))
    with line.context():
        alembic.command.revision(config, rev_id="aaaa")
        flask_migrate.upgrade(revision=SECOND)
        alembic.command.upgrade(config, "head")
        flask_migrate.upgrade()
        alembic.command.downgrade(config, "base")
    assert version(line) == [THIRD]
    assert project_version(line, f"sqlite:///{folder}/plain.db") == []
    assert EnvironmentContext.__name__ == "EnvironmentContext"


def project_version(project: Project, url: str) -> list[t.Any]:
    """The rows of a version table."""
    return project.sql(url, "SELECT version_num FROM alembic_version")


@SQLITE
def test_arguments_are_not_edited(line: Project) -> None:
    """What a caller passes is never changed."""
    x_arg = ["a=1"]
    with line.context():
        flask_migrate.upgrade(x_arg=x_arg, revision=SECOND)
        flask_migrate.stamp(revision=(heads := [THIRD]))
    assert (x_arg, heads) == (["a=1"], [THIRD])


@SQLITE
def test_outside_an_app_context(line: Project) -> None:
    """Without a current application every function that needs one says how to get it."""
    for name, call in CALLS.items():
        if name not in ("init", "list_templates"):  # the folder is given
            with pytest.raises(MigrateError) as caught:
                call()
            assert str(caught.value) == (
                "There is no current application.\nCall this function inside `with app.app_context():`."
            )


@SQLITE
def test_process_is_not_ended(line: Project) -> None:
    """An error is an exception, never the end of the process."""
    with line.context():
        for call in (
            lambda: flask_migrate.upgrade(revision="nothing"),
            lambda: flask_migrate.upgrade("nowhere"),
            lambda: flask_migrate.init(),
            lambda: flask_migrate.merge(),
            lambda: flask_migrate.upgrade(revision="a:b"),
        ):
            with pytest.raises(MigrateError):
                call()
