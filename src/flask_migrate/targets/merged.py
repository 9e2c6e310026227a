"""One MetaData for all binds, as Flask-SQLAlchemy had before 3.0."""

from __future__ import annotations

import sqlalchemy as sa

from .databases import Databases
from .model import DEFAULT


class MergedDatabases(Databases):
    """:class:`Databases` whose ``metadata`` holds the tables of every bind, told apart by ``info["bind_key"]``.

    The multi-database env.py files of that time pick the tables of a bind that way.

    :param databases: whose binds these are.
    """

    def __init__(self, databases: Databases) -> None:
        super().__init__(databases.db, databases.metadata_source, databases.engine_source)
        self.metadata_by_name = databases.metadata_by_name  # type: ignore[method-assign]  # theirs, whatever they are
        self.engines_by_name = databases.engines_by_name  # type: ignore[method-assign]  # likewise

    @property
    def metadata(self) -> sa.MetaData:
        """The tables of every bind; of two with the same name, the default bind's."""
        merged = sa.MetaData()
        for name, metadata in sorted(self.metadata_by_name().items(), key=lambda item: item[0] != DEFAULT):
            for table in metadata.tables.values():
                copy = table.to_metadata(merged) if table.key not in merged.tables else merged.tables[table.key]
                copy.info.setdefault("bind_key", name or None)
        return merged
