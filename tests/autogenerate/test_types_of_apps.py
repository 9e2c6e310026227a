"""Types that an app makes itself stand in a script as what they wrap."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from flask_migrate.autogenerate.rendering import wrapped


class Lower(sa.types.TypeDecorator[str]):
    """Wraps the same type everywhere."""

    impl = sa.String
    cache_ok = True


class Key(sa.types.TypeDecorator[t.Any]):
    """Wraps another type on PostgreSQL."""

    impl = sa.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> t.Any:
        """The recipe of SQLAlchemy's manual."""
        return dialect.type_descriptor(postgresql.UUID() if dialect.name == "postgresql" else sa.CHAR(32))


def test_one_type_everywhere() -> None:
    """Its arguments are kept."""
    assert repr(wrapped(Lower(20), sqlite.dialect())) == "String(length=20)"


def test_a_type_for_each_dialect() -> None:
    """What is chosen for the dialect, under a name that can be imported."""
    assert repr(wrapped(Key(), sqlite.dialect())) == "CHAR(length=32)"
    assert type(wrapped(Key(), postgresql.dialect())) in (sa.Uuid, sa.UUID, postgresql.UUID)
