"""The schema of a live database made anew on a scratch one, without rows: the engine itself gives the statements.

A copy is not complete for certain (partitions that are attached, casts, what another user owns): whoever makes one
reads both and compares them.
"""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa

from ...errors import MigrateError
from ..base import Shadow
from . import mysql, postgresql, sqlite


@dataclasses.dataclass(frozen=True)
class Template:
    """What a live database is made with.

    :param statements: by the name of the attached database on SQLite; ``""`` elsewhere.
    """

    statements: t.Mapping[str, tuple[str, ...]]


def read_template(connection: sa.Connection, schemas: t.Sequence[str] = ()) -> Template | None:
    """The statements that make what ``connection`` leads to; the database is only read.

    :param schemas: the ones to copy on PostgreSQL where there are many.
    :returns: ``None`` where nothing is known about the engine.
    :raises sqlalchemy.exc.DBAPIError: when the catalog may not be read.
    """
    readers = {"sqlite": sqlite.read, "mysql": mysql.read, "mariadb": mysql.read}
    name = connection.dialect.name
    if name == "postgresql":
        return Template({"": tuple(postgresql.read(connection, schemas))})
    return Template(readers[name](connection)) if name in readers else None


def make(shadow: Shadow, template: Template) -> None:
    """Run the statements of ``template`` on an empty scratch database, each as soon as what it needs is there."""
    if shadow.engine.dialect.name == "sqlite":
        shadow.connect(lambda connection: sqlite.make(connection, template.statements))
        return
    shadow.borrow()
    statements = template.statements.get("", ())
    if statements:
        shadow.connect(lambda connection: _make(connection, statements))


def _make(connection: sa.Connection, statements: t.Sequence[str]) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET check_function_bodies = off")
    else:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
    waiting = list(statements)
    while waiting:
        failed = [statement for statement in waiting if not _is_run(connection, statement)]
        if len(failed) == len(waiting):
            break
        waiting = failed
    connection.commit()


def _is_run(connection: sa.Connection, statement: str) -> bool:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    except (sa.exc.DBAPIError, MigrateError):  # what it needs is missing, or it names another database
        return False
    return True
