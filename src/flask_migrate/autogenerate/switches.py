"""The parts of autogenerate by name, and which of them an app wants. Nothing of Alembic is loaded here."""

from __future__ import annotations

import typing as t

from ..errors import MigrateError

#: Every part, as ``Migrate(autogenerate={"renames": False})`` names it.
NAMES = (
    *("renames", "tables", "options", "places", "keys", "checks", "types", "defaults", "enums", "domains"),
    *("sequences", "names"),
    *("ownership", "schemas", "order", "not_null", "dependents", "comments", "slug"),
)


def checked(given: t.Any) -> dict[str, bool]:
    """``given`` as a dict of switches.

    :raises MigrateError: when it is none, or names a part that does not exist.
    """
    if not isinstance(given, t.Mapping):
        raise MigrateError(
            f"The setting autogenerate is a {type(given).__name__}, not a dict.",
            'Write for example Migrate(app, db, autogenerate={"order": False}).',
        )
    for name in given:
        if name not in NAMES:
            raise MigrateError(
                f"The setting autogenerate has the key {name!r}, which is no part of autogenerate.",
                f"The parts are: {', '.join(NAMES)}.",
            )
    return {str(name): bool(is_on) for name, is_on in given.items()}


def active(given: t.Mapping[str, bool]) -> tuple[str, ...]:
    """The names of the parts that are not switched off, in their order."""
    return tuple(name for name in NAMES if given.get(name, True))
