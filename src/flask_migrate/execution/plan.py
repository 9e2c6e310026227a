"""What an upgrade or a downgrade would do, as frozen values."""

from __future__ import annotations

import dataclasses
import typing as t

#: What is said of a script that decides by itself what it does.
OWN_CODE = "unknown: the script runs its own code"


@dataclasses.dataclass(frozen=True)
class Loss:
    """Data that an operation destroys.

    :param what: the table or column, in words.
    :param rows: how many rows lose something now; ``None`` when that is not known.
    :param is_more: whether there are more than :attr:`rows`, which were counted no further.
    :param is_part: whether only some of them may be concerned, as with ``DELETE … WHERE``.

    .. versionadded:: 5.0
    """

    what: str
    rows: int | None = None
    is_more: bool = False
    is_part: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to lose."""
        return self.rows == 0

    def describe(self) -> str:
        """What is lost, with the number of rows."""
        if self.rows is None:
            return f"{self.what} (number of rows unknown)"
        number = "more than " if self.is_more else ""
        number = f"some of {number}" if self.is_part else number
        return f"{self.what} ({number}{self.rows:,} {'row' if self.rows == 1 and not self.is_more else 'rows'})"


@dataclasses.dataclass(frozen=True)
class PlannedOperation:
    """One operation of a script.

    :param text: what it does, in words.
    :param sql: the statements that it sends; comments where they can't be known before they are sent.
    :param loss: the data that it destroys.

    .. versionadded:: 5.0
    """

    text: str
    sql: tuple[str, ...] = ()
    loss: Loss | None = None


@dataclasses.dataclass(frozen=True)
class PlannedRevision:
    """One revision that would be run.

    :param revision: its id.
    :param message: the first line of its docstring.
    :param direction: ``"upgrade"`` or ``"downgrade"``.
    :param operations: what its script does here, as far as that can be known.
    :param unknown: why no more can be known; ``None`` when everything is.
    :param irreversible: why it can't be taken back; ``None`` when it can.

    .. versionadded:: 5.0
    """

    revision: str
    message: str
    direction: str
    operations: tuple[PlannedOperation, ...] = ()
    unknown: str | None = None
    irreversible: str | None = None

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What its operations destroy."""
        return tuple(operation.loss for operation in self.operations if operation.loss is not None)


@dataclasses.dataclass(frozen=True)
class TargetPlan:
    """What would be done in one target.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param before: the revisions it is at.
    :param revisions: what would be run, in order.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    before: tuple[str, ...]
    revisions: tuple[PlannedRevision, ...]

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What all revisions destroy, in order."""
        return tuple(loss for revision in self.revisions for loss in revision.losses)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a command would do; nothing was changed to find out.

    :param direction: ``"upgrade"`` or ``"downgrade"``.
    :param targets: a value for each database.

    .. versionadded:: 5.0
    """

    direction: str
    targets: tuple[TargetPlan, ...]

    @property
    def revisions(self) -> tuple[str, ...]:
        """The ids of the revisions that would be run anywhere, each once, in order."""
        return tuple(dict.fromkeys(item.revision for target in self.targets for item in target.revisions))

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What would be destroyed in all databases."""
        return tuple(loss for target in self.targets for loss in target.losses)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The ids of the revisions whose scripts run code of their own, which may destroy anything."""
        found = (item for target in self.targets for item in target.revisions)
        return tuple(dict.fromkeys(item.revision for item in found if item.unknown))

    @property
    def is_destructive(self) -> bool:
        """Whether anything is dropped or emptied, or may be, for all that is known."""
        return bool(self.losses or self.unknown)

    @property
    def destroys_rows(self) -> bool:
        """Whether rows that are there now are lost, or may be, for all that is known."""
        return bool(self.unknown) or any(not loss.is_empty for loss in self.losses)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {**dataclasses.asdict(self), "is_destructive": self.is_destructive}
