"""Types that a script only names: the engine knows them, and SQLAlchemy need not."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa


class NamedType(sa.types.UserDefinedType[t.Any]):
    """A type by what the engine calls it: a domain, or the type of an extension.

    :param text: as it stands in a statement.

    .. versionadded:: 5.0
    """

    cache_ok = True

    def __init__(self, text: str) -> None:
        self.text = text

    def get_col_spec(self, **_: t.Any) -> str:
        """The type in a statement."""
        return self.text

    def __repr__(self) -> str:
        return f"NamedType({self.text!r})"
