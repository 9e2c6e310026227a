"""A table that moves from one database of the app to another, with its rows."""

from __future__ import annotations

import contextlib
import typing as t
import warnings

import sqlalchemy as sa
from alembic import op

from ..errors import MigrateError
from ..targets import DEFAULT, Target, connect, twin

#: The option of the context with which the databases of the app can be asked for.
ENGINES = "flask_migrate_engines"
#: What precedes the name of a table that holds rows until their new table is made.
STAGING = "_moved_"
#: How many rows are copied at once.
BATCH = 1000


def move_rows(table_name: str, source: str, target: str) -> None:
    """Copy the rows of a table from one database of the app to another, before the table is dropped in the first one.

    It is called on both sides: before ``op.drop_table()`` in the one, after ``op.create_table()`` in the other.
    Whichever runs first does it; rows whose new table is not there yet wait in a table ``_moved_<name>`` there. In
    ``--sql`` mode, a comment is written instead.

    :param table_name: the table, which has the same name and columns on both sides.
    :param source: the bind that it leaves; ``"default"`` for the default database.
    :param target: the bind that it comes to.
    :raises MigrateError: when the other database can't be reached, so that rows would be lost.

    .. versionadded:: 5.0
    """
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(f"-- The rows of {table_name} have to be copied from {source} to {target} by hand.")
        return
    engines: dict[str, sa.Engine] = context.opts[ENGINES]()
    own = op.get_bind()
    is_source = _is_of(own, engines, source)
    other = engines.get(_key(target if is_source else source))
    if other is None:
        raise MigrateError(
            f"The rows of {table_name} can't be moved: the app declares no bind {target if is_source else source!r}.",
            "Declare it for this upgrade, or take operations.move_rows() out of the script and copy them by hand.",
        )
    if other.url == own.engine.url:
        return  # two binds in one database
    try:
        connect(
            Target(DEFAULT, twin(other), sa.MetaData()),
            lambda connection: _give(table_name, own, connection) if is_source else _take(table_name, connection, own),
        )
    except sa.exc.OperationalError as error:
        raise MigrateError(
            f"The rows of {table_name} can't be moved from {source} to {target}: {error.orig}",
            "Both databases have to be reached. Nothing was dropped.",
        ) from error


def _key(name: str) -> str:
    return DEFAULT if name == "default" else name


def _is_of(connection: sa.Connection, engines: t.Mapping[str, sa.Engine], bind: str) -> bool:
    """Whether ``connection`` leads to the database of ``bind``."""
    engine = engines.get(_key(bind))
    return engine is not None and engine.url == connection.engine.url


def _give(name: str, own: sa.Connection, other: sa.Connection) -> None:
    """From the database of the migration to the other one; what is copied there is committed at once."""
    table = _reflected(own, name)
    if table is None:
        return
    place = _reflected(other, name)
    if place is None:
        place = _columns(table, f"{STAGING}{name}")
        place.drop(other, checkfirst=True)  # of a run that failed behind this place
        place.create(other)
    _copy(table, own, place, other)
    other.commit()


def _take(name: str, other: sa.Connection, own: sa.Connection) -> None:
    """From the other database, or from the rows that wait here."""
    place = _reflected(own, name)
    waiting = _reflected(own, f"{STAGING}{name}")
    if place is None:
        return
    if waiting is not None:
        _copy(waiting, own, place, own)
        waiting.drop(own)
        return
    table = _reflected(other, name)
    if table is None:  # they wait there, since this side was downgraded alone
        table = _reflected(other, f"{STAGING}{name}")
    if table is not None:
        _copy(table, other, place, own)


def _reflected(connection: sa.Connection, name: str) -> sa.Table | None:
    with warnings.catch_warnings(), contextlib.suppress(sa.exc.NoSuchTableError):
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types and indexes that play no part
        return sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    return None


def _columns(table: sa.Table, name: str) -> sa.Table:
    """A table with the same columns and nothing else."""
    columns = [sa.Column(one.name, one.type, nullable=True) for one in table.columns if one.computed is None]
    return sa.Table(name, sa.MetaData(), *columns)


def _copy(table: sa.Table, source: sa.Connection, place: sa.Table, target: sa.Connection) -> None:
    """Copy what is not there yet: everything into an empty table, else the rows with other keys."""
    shared = [one.name for one in place.columns if one.name in table.columns and one.computed is None]
    keys = [one.name for one in place.primary_key if one.name in shared]
    there: set[t.Any] = set()
    if target.scalar(sa.select(sa.literal(1)).select_from(place).limit(1)) is not None:
        if not keys:
            return
        there = {tuple(row) for row in target.execute(sa.select(*(place.c[name] for name in keys)))}
    rows = source.execute(sa.select(*(table.c[name] for name in shared))).mappings()
    while batch := rows.fetchmany(BATCH):
        new = [dict(row) for row in batch if not there or tuple(row[name] for name in keys) not in there]
        if new:
            target.execute(sa.insert(place), new)
    _continue(place, target)


def _continue(place: sa.Table, connection: sa.Connection) -> None:
    """Let PostgreSQL's own numbers go on behind those of the rows."""
    column = next(iter(place.primary_key), None)
    if connection.dialect.name != "postgresql" or column is None or not isinstance(column.type, sa.Integer):
        return
    quote = connection.dialect.identifier_preparer.quote
    sequence = connection.scalar(
        sa.text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": quote(place.name), "column": column.name}
    )
    highest = connection.scalar(sa.select(sa.func.max(column)))
    if sequence and highest:
        connection.execute(
            sa.text("SELECT setval(CAST(:name AS regclass), :value)"), {"name": sequence, "value": highest}
        )
