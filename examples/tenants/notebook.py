"""Notes of many customers, each with tables of its own, on any of three database engines."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import typing as t

import click
import sqlalchemy as sa
from flask import Flask, abort, current_app, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from flask_migrate import Migrate, create_tenant, drop_tenant

db = SQLAlchemy()
migrate = Migrate()


class Customer(db.Model):  # type: ignore[name-defined]  # Flask-SQLAlchemy makes the class when the app runs
    """Who has notes here: a table of the default database."""

    name: t.Any = db.Column(db.String(20), primary_key=True)


class Note(db.Model):  # type: ignore[name-defined]  # as above
    """A table that every customer has."""

    __bind_key__ = "customer"
    id: t.Any = db.Column(db.Integer, primary_key=True)
    text: t.Any = db.Column(db.String(200), nullable=False)
    is_done: t.Any = db.Column(db.Boolean, nullable=False, default=False, server_default=sa.false())


@migrate.tenants(bind="customer")
def customers() -> t.Iterator[tuple[str, str]]:
    """Tell the migrations which customers there are, and where."""
    for name in db.session.scalars(db.select(Customer.name).order_by(Customer.name)):
        yield name, place(name)


def place(name: str) -> str:
    """Where a customer is: a file with SQLite, a schema on PostgreSQL, a database on MariaDB and MySQL."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{pathlib.Path(current_app.instance_path, f'{name}.sqlite3')}"
    return f"{url.database}_{name}"


def session(name: str) -> Session:
    """A session in the tables of a customer."""
    if db.session.get(Customer, name) is None:
        abort(404)
    if db.engine.dialect.name == "sqlite":
        return Session(_file(place(name)))
    return Session(db.engine.execution_options(schema_translate_map={None: place(name)}))


@functools.cache
def _file(url: str) -> sa.Engine:
    return sa.create_engine(url)


def notes(customer: str) -> list[dict[str, t.Any]]:
    """The notes of a customer."""
    with session(customer) as found:
        rows = found.scalars(sa.select(Note).order_by(Note.id))
        return [{"text": note.text, "is_done": note.is_done} for note in rows]


def add_note(customer: str) -> tuple[list[dict[str, t.Any]], int]:
    """Write the text of the form down."""
    with session(customer) as found:
        found.add(Note(text=request.form["text"]))
        found.commit()
    return notes(customer), 201


@click.command()
@click.argument("name")
def add_customer(name: str) -> None:
    """Add a customer, with empty tables."""
    if not re.fullmatch("[a-z][a-z0-9]{0,19}", name):
        raise click.BadParameter("A name has at most 20 letters and digits.")
    if db.session.get(Customer, name) is not None:
        raise click.ClickException(f"There is a customer {name} already.")
    db.session.add(Customer(name=name))
    db.session.commit()
    try:
        create_tenant(name)
    except BaseException:
        db.session.delete(db.session.get(Customer, name))
        db.session.commit()
        raise
    click.echo(f"{name} can write notes now.")


@click.command()
@click.argument("name")
@click.confirmation_option(prompt="All notes will be lost. Go on?")
def remove_customer(name: str) -> None:
    """Remove a customer, with all notes."""
    drop_tenant(name, yes=True)
    db.session.execute(db.delete(Customer).where(Customer.name == name))
    db.session.commit()
    click.echo(f"{name} is gone.")


def create_app() -> Flask:
    """Make the application; the environment variable ``DATABASE_URL`` names the default database."""
    app = Flask(__name__)
    pathlib.Path(app.instance_path).mkdir(exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite:///notebook.sqlite3")
    db.init_app(app)
    migrate.init_app(app, db)
    app.add_url_rule("/<customer>/notes", view_func=notes)
    app.add_url_rule("/<customer>/notes", view_func=add_note, methods=["POST"])
    app.cli.add_command(add_customer)
    app.cli.add_command(remove_customer)
    return app
