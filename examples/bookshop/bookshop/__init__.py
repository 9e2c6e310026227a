"""A bookshop: books, readers, reviews, orders and a stock, on any of three database engines."""

from __future__ import annotations

import os
import typing as t

from flask import Flask

from flask_migrate import Migrate

from . import models, pages
from .fill import fill_command

migrate = Migrate()


def create_app(config: t.Mapping[str, t.Any] | None = None) -> Flask:
    """Make the application.

    The database is the one that the environment variable ``DATABASE_URL`` names; without it, a SQLite file in
    the instance folder. ``config`` overrides both.
    """
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite:///bookshop.sqlite3")
    app.config.from_mapping(config or {})

    models.db.init_app(app)
    with app.app_context():
        models.enforce_foreign_keys(models.db.engine)
    migrate.init_app(app, models.db)
    app.register_blueprint(pages.blueprint)
    app.cli.add_command(fill_command)
    return app
