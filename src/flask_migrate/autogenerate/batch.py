"""All tables of a metadata in one statement, where engine and driver take several at once.

Over a network a statement costs a round trip, and hundreds of tables with their indexes are a thousand statements.
"""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

#: Drivers that send a text without parameters as it is; PostgreSQL takes several statements in it then.
TEXT_DRIVERS = ("psycopg", "psycopg2")
Places = t.Mapping[str | None, str]


def create_all(metadata: sa.MetaData, connection: sa.Connection, places: Places) -> bool:
    """Make all tables of ``metadata``, and say whether that was tried; a caller has to do it by itself else.

    :param places: the schema that stands for each one that the tables name.
    :raises sqlalchemy.exc.SQLAlchemyError: one of them can't be made. What there is then depends on the engine.
    """
    if not metadata.tables or not _takes_several(metadata, connection.dialect):
        return False
    statements = [_text(one, connection.dialect, places) for one in _ddl(metadata, connection.dialect)]
    text = " ".join(f"{one};" for one in statements)
    if connection.dialect.name == "sqlite":
        _run_script(connection, text)
    elif connection.dialect.name == "postgresql":
        with connection.begin_nested():
            connection.exec_driver_sql(text, execution_options={"no_parameters": True})
    else:
        connection.exec_driver_sql(f"BEGIN NOT ATOMIC {text} END", execution_options={"no_parameters": True})
    return True


def _takes_several(metadata: sa.MetaData, dialect: sa.Dialect) -> bool:
    if dialect.name in ("mysql", "mariadb"):
        # What knows of sequences here is a connected dialect only, which DDL can't be taken down with.
        columns = (column for table in metadata.tables.values() for column in table.columns)
        return bool(getattr(dialect, "is_mariadb", False)) and not any(
            isinstance(column.default, sa.Sequence) for column in columns
        )
    return dialect.name == "sqlite" or (dialect.name == "postgresql" and dialect.driver in TEXT_DRIVERS)


def _ddl(metadata: sa.MetaData, dialect: sa.Dialect) -> list[t.Any]:
    """What would be sent, as SQLAlchemy's elements."""
    taken: list[t.Any] = []
    engine = sa.create_mock_engine(f"{dialect.name}+{dialect.driver}://", lambda one, *_, **__: taken.append(one))
    metadata.create_all(engine, checkfirst=False)
    return taken


def _text(element: t.Any, dialect: sa.Dialect, places: Places) -> str:
    """A statement as the server gets it: no driver takes the doubled percent signs back here."""
    translation = {"schema_translate_map": dict(places), "render_schema_translate": True} if places else {}
    text = str(element.compile(dialect=dialect, **translation)).strip()
    return text.replace("%%", "%") if dialect.paramstyle in ("format", "pyformat") else text


def _run_script(connection: sa.Connection, text: str) -> None:
    """The driver's own way; it commits, which is no matter in a scratch database."""
    cursor = t.cast("t.Any", connection.connection.cursor())
    with contextlib.closing(cursor):
        try:
            cursor.executescript(text)
        except connection.dialect.loaded_dbapi.Error as error:
            raise sa.exc.OperationalError("", None, error) from error
