"""What a fleet is asked to do, and what it has done."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Unit:
    """One tenant's work, as a value that can be sent to another process or machine.

    :param name: the tenant.
    :param place: where the tenant is, if that can be sent: its schema, or the URL of its database.
    :param is_url: whether :attr:`place` is a URL.
    :param is_known: whether the place is known to be there.
    :param task: what is to be done, the same value for every unit; it can be sent as well.
    """

    name: str
    place: str | None
    is_url: bool
    is_known: bool
    task: t.Any


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a unit.

    :param name: the tenant.
    :param error: why it failed; ``None`` when it did not.
    :param value: what the command found or did, as data that JSON can hold.
    :param notes: sentences for people.
    :param seconds: wall clock time.
    :param exit_code: of the error.
    """

    name: str
    error: str | None = None
    value: t.Any = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    exit_code: int = 0


class Watcher:
    """Told what a fleet is doing, to show it; this one shows nothing."""

    def found(self, count: int, *, is_all: bool) -> None:
        """So many tenants are known by now; whether these are all."""

    def unchanged(self, count: int) -> None:
        """So many more are at the target already."""

    def ended(self, outcome: Outcome) -> None:
        """One tenant's work has ended."""


@dataclasses.dataclass(frozen=True)
class FleetOptions:
    """How a fleet goes about its work.

    :param jobs: how many tenants at once.
    :param canary: the first so many alone; any failure among them ends it.
    :param keep_going: go on when a tenant fails.
    """

    jobs: int = 1
    canary: int = 0
    keep_going: bool = False


@dataclasses.dataclass(frozen=True)
class TenantFailure:
    """A tenant that failed.

    :param tenant: its name.
    :param error: the sentence that a command would have ended with, and its hint.
    :param exit_code: of that command.

    .. versionadded:: 5.0
    """

    tenant: str
    error: str
    exit_code: int = 1

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class FleetResult:
    """What was done with many tenants.

    :param done: the names of those in which something was done.
    :param unchanged: the names of those that were at the target already.
    :param failed: those that failed, and why.
    :param skipped: the names of those that were not begun since another one failed.
    :param seconds: wall clock time.
    :param values: what was found, by tenant, for commands that only look.

    .. versionadded:: 5.0
    """

    done: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[TenantFailure, ...] = ()
    skipped: tuple[str, ...] = ()
    seconds: float = 0.0
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every tenant is where it was to be."""
        return not self.failed and not self.skipped

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "done": list(self.done),
            "unchanged": list(self.unchanged),
            "failed": [failure.to_dict() for failure in self.failed],
            "skipped": list(self.skipped),
            "seconds": round(self.seconds, 3),
            "tenants": dict(self.values),
        }
