"""What a command did in one target, noted while it runs."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class StepRun:
    """One revision that was applied, reverted or stamped.

    :param revision: its id.
    :param message: the first line of its docstring.
    :param direction: ``"upgrade"``, ``"downgrade"`` or ``"stamp"``.
    :param seconds: how long it took, wall clock.

    .. versionadded:: 5.0
    """

    revision: str
    message: str
    direction: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class TargetRun:
    """What was done in one target.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param before: the revisions it was at (one for each branch), sorted.
    :param after: the revisions it is at now, sorted.
    :param steps: what was run, in order.
    :param seconds: wall clock time of all steps.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    steps: tuple[StepRun, ...] = ()
    seconds: float = 0.0

    @property
    def revisions(self) -> tuple[str, ...]:
        """The ids of the revisions that were run, in order."""
        return tuple(step.revision for step in self.steps)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return dataclasses.asdict(self)
