"""What an examination finds, as values."""

from __future__ import annotations

import dataclasses
import typing as t

from ...errors import MigrateError

#: How much a finding matters: nothing to do, worth knowing, will cause trouble, stops commands.
State = t.Literal["ok", "note", "warning", "broken"]


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    :param state: ``"ok"``, ``"note"``, ``"warning"`` or ``"broken"``.
    :param check: what was looked at: ``"app"``, ``"database"``, ``"models"``, …
    :param sentence: what was found.
    :param way: the command or the line of code that leads on; empty when there is nothing to do.
    :param target: the bind, where there are several databases.

    .. versionadded:: 5.0
    """

    state: State
    check: str
    sentence: str
    way: str = ""
    target: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What ``doctor`` found; it is false when something is broken.

    :param findings: in the order in which they are best read.

    .. versionadded:: 5.0
    """

    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return all(finding.state != "broken" for finding in self.findings)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {"ok": bool(self), "findings": [finding.to_dict() for finding in self.findings]}


def broken(check: str, error: Exception, target: str = "") -> Finding:
    """The finding that ``error`` is, on one line."""
    if isinstance(error, MigrateError):
        return Finding("broken", check, one_line(error.message), one_line(error.hint or ""), target)
    return Finding("broken", check, f"{type(error).__name__}: {one_line(str(error))}", target=target)


def one_line(text: str) -> str:
    """``text`` without line breaks."""
    return " ".join(text.split())
