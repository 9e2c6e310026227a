"""Scratch databases to try a history on: made for a moment, like the real one, and dropped whatever happens.

SQLite gets a temporary file, PostgreSQL and MariaDB a database beside the real one; the caller may name another
one instead (``MIGRATE_SHADOW_URL``), and PostgreSQL falls back to a schema where databases can't be created.
"""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa

from ..errors import MigrateError
from ..targets import describe_url
from . import given, mysql, postgresql, sqlite
from .base import OutOfReach as OutOfReach
from .base import Shadow as Shadow

#: How a scratch database is made, by the name of the dialect.
MAKERS: t.Mapping[str, t.Callable[[sa.Engine], contextlib.AbstractContextManager[Shadow]]] = {
    "sqlite": sqlite.shadow,
    "postgresql": postgresql.shadow,
    "mysql": mysql.shadow,
    "mariadb": mysql.shadow,
}


@contextlib.contextmanager
def shadow(engine: sa.Engine, url: str | sa.URL | None = None) -> t.Iterator[Shadow]:
    """An empty database of the same engine as ``engine``, within this block; the real one is not touched.

    What processes that were killed have left behind is removed as well.

    :param url: a database to use instead: it has to be empty, and is emptied at the end.
    :raises MigrateError: when there can be none, saying what to grant or to set.
    :raises Refused: when the database of ``url`` is not empty.
    """
    name = engine.dialect.name
    if url is not None:
        with given.shadow(engine, sa.make_url(url)) as made:
            yield made
        return
    maker = MAKERS.get(name)
    if maker is None:
        raise MigrateError(
            f"No scratch database can be made beside {describe_url(engine.url)}: nothing is known about {name}.",
            "Name an empty database to use: MIGRATE_SHADOW_URL in the app's configuration.",
        )
    with maker(engine) as made:
        yield made
