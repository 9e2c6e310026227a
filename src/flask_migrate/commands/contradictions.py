"""What no revision can bring together: a table of the models where the database has something else."""

from __future__ import annotations

import typing as t

from ..errors import MigrateError

if t.TYPE_CHECKING:
    from .adopting import TargetAdoption

#: Objects that share their names with tables.
SHARING_NAMES = ("view", "sequence")


def require_no_contradiction(targets: t.Iterable[TargetAdoption]) -> None:
    """Raise :class:`MigrateError` when a table of the models has the name of something else in its database."""
    for target in targets:
        others = {(one.schema, one.name): one.object for one in target.left_alone if one.object in SHARING_NAMES}
        for change in target.changes:
            found = others.get((change.schema, change.name))
            if change.object == "table" and change.kind == "removed" and found is not None:
                raise MigrateError(
                    f"{change.name} is a {found} in the database ({target.database}), and a table in the models: "
                    "no revision can make the one of the other. Nothing was written or stamped.",
                    f'Leave it out of migrations: Migrate(app, db, exclude_tables=["{change.name}"]), '
                    "or give the model another table.",
                )
