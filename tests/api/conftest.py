"""Projects for calls from Python."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.scripts")

from tests.projects import Project  # noqa: E402  # the helpers' asserts are rewritten first
from tests.scripts import add_line  # noqa: E402  # as above

#: An env.py in the style of the releases before 5: it sets logging up, and connects by itself.
OLD_ENV = """
import logging
from logging.config import fileConfig

from alembic import context
from flask import current_app

config = context.config
fileConfig(config.config_file_name)
logger = logging.getLogger("alembic.env")
db = current_app.extensions["migrate"].db
config.set_main_option("sqlalchemy.url", db.get_engine().url.render_as_string(False).replace("%", "%%"))


def run_migrations_offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    with db.get_engine().connect() as connection:
        options = current_app.extensions["migrate"].configure_args
        context.configure(connection=connection, target_metadata=db.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""

#: A part of alembic.ini that turns everything upside down when it is applied.
LOUD_LOGGING = """
[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = DEBUG
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stdout,)
formatter = generic

[formatter_generic]
format = LOUD %(message)s
"""


@pytest.fixture
def started(project: Project) -> Project:
    """A project after ``flask db init``."""
    project.ok("db", "init")
    return project


@pytest.fixture
def line(started: Project) -> Project:
    """A project with the three revisions of ``tests.scripts.LINE``, none of them applied."""
    add_line(started)
    return started


@pytest.fixture(params=["new", "old"])
def any_env(request: pytest.FixtureRequest, line: Project) -> Project:
    """The same with the env.py of this release, and with one of an earlier release that calls fileConfig."""
    if request.param == "old":
        line.write("migrations/env.py", OLD_ENV)
        line.write("migrations/alembic.ini", f"[alembic]\n{LOUD_LOGGING}")
    return line
