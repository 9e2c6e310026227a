"""Seed 003: a tutorial's ``hello.py`` with roles and users; tables and indexes are detected, rows survive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import told
from tests.seeds.launch import launch
from tests.seeds.structure import column_names, structure

HELLO = """
import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Manager, Migrate, MigrateCommand

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']

db = SQLAlchemy(app)
manager = Manager(app)
migrate = Migrate(app, db)
manager.add_command('db', MigrateCommand)


class Role(db.Model):
    __tablename__ = 'roles'
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64), unique=True)
    users = db.relationship('User', backref='role', lazy='dynamic')


class User(db.Model):
    __tablename__ = 'users'
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(64), unique=True, index=True)
    role_id = db.Column(db.Integer, db.ForeignKey('roles.id', ondelete='CASCADE'))


if __name__ == '__main__':
    manager.run()
"""

#: Edits of the models: what they do in words, the old text and the new one.
CHANGES = {
    "a new column": (
        "    role_id = db",
        "    confirmed = db.Column(db.Boolean, nullable=False, server_default=db.false())\n    role_id = db",
    ),
    "a longer column": ("name = db.Column(db.String(64), unique=True)", "name = db.Column(db.String(80), unique=True)"),
    "a column that has to be there": ("db.String(64), unique=True)", "db.String(64), unique=True, nullable=False)"),
    "a new index": (
        "    __tablename__ = 'users'\n",
        "    __tablename__ = 'users'\n    __table_args__ = (db.Index('ix_both', 'username', 'role_id'),)\n",
    ),
}

#: What the app says when its SQLite connections enforce foreign keys.
ENFORCING = """
import sqlite3

class Enforcing(sqlite3.Connection):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.execute('PRAGMA foreign_keys = ON')

app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'connect_args': {'factory': Enforcing}}
db = SQLAlchemy(app)
"""


@pytest.fixture
def tutorial(make_project: Callable[..., Project]) -> Project:
    """The tutorial's folder after ``db init``."""
    project = make_project(HELLO)
    (project.folder / "app.py").rename(project.folder / "hello.py")
    launch(project, "hello.py", "db", "init")
    return project


@pytest.fixture
def filled(tutorial: Project) -> Project:
    """The tutorial after its initial migration, with a role and two users in the tables."""
    launch(tutorial, "hello.py", "db", "migrate", "-m", "initial migration")
    launch(tutorial, "hello.py", "db", "upgrade")
    tutorial.sql(tutorial.url, "INSERT INTO roles (id, name) VALUES (1, 'Administrator')")
    tutorial.sql(tutorial.url, "INSERT INTO users (id, username, role_id) VALUES (1, 'ada', 1), (2, 'böb', NULL)")
    return tutorial


def rows(project: Project) -> list[list[tuple[object, ...]]]:
    """What the columns of the first migration hold."""
    queries = ("SELECT id, name FROM roles ORDER BY id", "SELECT id, username, role_id FROM users ORDER BY id")
    return [project.sql(project.url, query) for query in queries]


def test_tables_and_indexes_are_detected(tutorial: Project) -> None:
    """Migrate names both tables and the index in Alembic's words, and the script makes them."""
    result = launch(tutorial, "hello.py", "db", "migrate", "-m", "initial migration")
    found = [line.partition("] ")[2] for line in told(result) if "Detected" in line]
    assert found == [
        "Detected added table 'roles'",
        "Detected added table 'users'",
        "Detected added index 'ix_users_username' on '('username',)'",
    ]
    launch(tutorial, "hello.py", "db", "upgrade")
    engine = sa.create_engine(tutorial.url, poolclass=sa.NullPool)
    indexes = {index["name"]: index for index in sa.inspect(engine).get_indexes("users")}
    assert indexes["ix_users_username"]["column_names"] == ["username"]
    assert indexes["ix_users_username"]["unique"]


def test_first_migration_equals_create_all(tutorial: Project, make_url: Callable[[], str]) -> None:
    """The first migration makes exactly what ``db.create_all()`` makes."""
    launch(tutorial, "hello.py", "db", "migrate")
    launch(tutorial, "hello.py", "db", "upgrade")
    migrated, tutorial.url = tutorial.url, make_url()
    with tutorial.context("hello") as app:
        app.extensions["sqlalchemy"].create_all()
    assert structure(migrated) == structure(tutorial.url)


@pytest.mark.parametrize("change", CHANGES)
def test_rows_survive(filled: Project, change: str) -> None:
    """An upgrade changes the tables and no row; the downgrade puts the tables back, and the rows stay again."""
    before, made = rows(filled), structure(filled.url)
    filled.replace("hello.py", *CHANGES[change])
    launch(filled, "hello.py", "db", "migrate", "-m", change)
    launch(filled, "hello.py", "db", "upgrade")
    assert structure(filled.url) != made
    assert rows(filled) == before
    launch(filled, "hello.py", "db", "downgrade")
    assert structure(filled.url) == made
    assert rows(filled) == before


def test_new_column_has_its_default(filled: Project) -> None:
    """Rows that were there get the server default of a new column."""
    filled.replace("hello.py", *CHANGES["a new column"])
    launch(filled, "hello.py", "db", "migrate")
    launch(filled, "hello.py", "db", "upgrade")
    assert sorted(column_names(filled.url, "users")) == ["confirmed", "id", "role_id", "username"]
    confirmed = filled.sql(filled.url, "SELECT confirmed FROM users")
    assert [bool(value) for (value,) in confirmed] == [False, False]


@pytest.mark.engines("sqlite")
def test_rows_survive_with_enforced_foreign_keys(filled: Project) -> None:
    """SQLite makes a table anew to change it; with foreign keys enforced, its children are not deleted meanwhile."""
    before = rows(filled)
    filled.replace("hello.py", *CHANGES["a longer column"])
    filled.replace("hello.py", "\ndb = SQLAlchemy(app)\n", ENFORCING)
    launch(filled, "hello.py", "db", "migrate")
    launch(filled, "hello.py", "db", "upgrade")
    assert rows(filled) == before
    launch(filled, "hello.py", "db", "downgrade")
    assert rows(filled) == before
