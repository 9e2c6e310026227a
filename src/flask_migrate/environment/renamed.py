"""What binds were called before: a line of alembic.ini, so that no script is edited when a bind is renamed."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from alembic.config import Config

#: The key in the section ``[alembic]``; ``old:new`` for each bind that was renamed, oldest first.
KEY = "renamed_binds"


def renamed_binds(config: Config) -> list[tuple[str, str]]:
    """The old and the new name of each bind that was renamed, oldest first."""
    text = config.get_main_option(KEY) or ""
    pairs = (line.strip().partition(":") for line in text.replace(",", "\n").splitlines() if ":" in line)
    return [(old.strip(), new.strip()) for old, _, new in pairs]


def former_names(config: Config, bind: str) -> list[str]:
    """The names that ``bind`` had, the newest first."""
    names = [bind]
    for old, new in reversed(renamed_binds(config)):
        if new == names[-1]:
            names.append(old)
    return names[1:]
