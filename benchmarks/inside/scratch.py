"""Scratch databases: ``python scratch.py create URL NAME`` prints the new URL, ``drop URL NAME`` removes it.

``fill`` makes the tables of the project in the working directory, with the schemas that they name.
"""

from __future__ import annotations

import sys

import sqlalchemy as sa


def connect(url: str | sa.URL) -> sa.Connection:
    """A connection outside any transaction."""
    options = {"isolation_level": "AUTOCOMMIT", "connect_args": {"connect_timeout": 5}}
    return sa.create_engine(url, poolclass=sa.NullPool, **options).connect()


def create(url: str, name: str) -> None:
    """Make an empty database called ``name``, whatever was there before, and print its URL.

    Without a server the program ends with the driver's reason.
    """
    try:
        drop(url, name)
    except sa.exc.OperationalError as error:
        sys.exit(str(error.orig).splitlines()[0])
    with connect(url) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    print(sa.make_url(url).set(database=name).render_as_string(hide_password=False))


def drop(url: str, name: str) -> None:
    """Remove the database called ``name``, if there is one."""
    with connect(url) as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


def fill() -> None:
    """Make every table of the project's models."""
    from app import app, db

    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "postgresql":
            # The locks of a thousand new tables do not fit into the lock table of one transaction.
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.begin() as connection:
            for schema in sorted({table.schema for table in db.metadata.tables.values() if table.schema}):
                connection.execute(sa.schema.CreateSchema(schema))
            db.metadata.create_all(connection)


if __name__ == "__main__":
    sys.path.insert(0, "")
    {"create": create, "drop": drop, "fill": fill}[sys.argv[1]](*sys.argv[2:])
