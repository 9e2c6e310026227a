"""What the commands return: frozen values that JSON can hold."""

from __future__ import annotations

import dataclasses
import typing as t

from ..environment.record import TargetRun


@dataclasses.dataclass(frozen=True)
class RevisionInfo:
    """One revision of the history.

    :param revision: its id.
    :param down_revisions: the ids of its parents.
    :param dependencies: the ids of the revisions it depends on.
    :param branch_labels: its branch labels, inherited ones included.
    :param message: the first line of its docstring.
    :param path: the file.
    :param is_current: whether the database is at it; ``None`` when no database was asked.
    :param current_in: the binds that are at it, ``""`` for the default database, when they were asked.
    :param text: the lines that Alembic prints for it in the command that was called.

    .. versionadded:: 5.0
    """

    revision: str
    down_revisions: tuple[str, ...]
    dependencies: tuple[str, ...]
    branch_labels: tuple[str, ...]
    message: str
    path: str
    is_head: bool
    is_base: bool
    is_branch_point: bool
    is_merge_point: bool
    is_current: bool | None = None
    current_in: tuple[str, ...] = ()
    text: str = dataclasses.field(default="", compare=False, repr=False)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold, without the printed text, and the binds only where some are at it."""
        left_out = ("text",) if self.current_in else ("text", "current_in")
        return {name: value for name, value in dataclasses.asdict(self).items() if name not in left_out}


@dataclasses.dataclass(frozen=True)
class TargetRevisions:
    """Where one target is.

    :param name: the bind; ``""`` for the default database.
    :param database: dialect, host and name, without a password.
    :param url: the URL with the password masked.
    :param revisions: the revisions it is at, one for each branch, and those that these depend on.
    :param is_at_head: whether every head of the history is applied.

    .. versionadded:: 5.0
    """

    name: str
    database: str
    url: str
    revisions: tuple[RevisionInfo, ...]
    is_at_head: bool

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "name": self.name,
            "database": self.database,
            "is_at_head": self.is_at_head,
            "revisions": [revision.to_dict() for revision in self.revisions],
        }


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What ``upgrade``, ``downgrade``, ``stamp`` or ``ensure_version`` did.

    :param targets: a value for each database, in the order in which they were worked on.

    .. versionadded:: 5.0
    """

    targets: tuple[TargetRun, ...]

    @property
    def revisions(self) -> tuple[str, ...]:
        """The ids of the revisions that were run anywhere, each once, in order."""
        return tuple(dict.fromkeys(revision for target in self.targets for revision in target.revisions))

    @property
    def seconds(self) -> float:
        """Wall clock time in all targets."""
        return sum(target.seconds for target in self.targets)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {"targets": [target.to_dict() for target in self.targets]}


@dataclasses.dataclass(frozen=True)
class Verification:
    """What came of trying a script on a scratch database, there and back.

    :param outcome: ``"skipped"`` when it could not be tried.
    :param steps: what was found right, in order; five of them when it passed.
    :param reason: why it failed, or was skipped.
    :param seconds: how long it took.

    .. versionadded:: 5.0
    """

    outcome: t.Literal["passed", "failed", "skipped"]
    steps: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {**dataclasses.asdict(self), "steps": list(self.steps), "seconds": round(self.seconds, 3)}


@dataclasses.dataclass(frozen=True)
class NewRevisions:
    """The revision files that ``revision``, ``migrate`` or ``merge`` wrote; it is false when there are none.

    :param revisions: usually one; none when nothing has changed, several when a hook of the project says so.
    :param reason: why there is none, when it is not simply that nothing has changed.
    :param notes: what else is worth knowing, a sentence each.
    :param verification: what came of trying them; ``None`` when they were not tried.

    .. versionadded:: 5.0
    """

    revisions: tuple[RevisionInfo, ...]
    reason: str = ""
    notes: tuple[str, ...] = ()
    verification: Verification | None = None

    def __bool__(self) -> bool:
        return bool(self.revisions)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files."""
        return tuple(revision.path for revision in self.revisions)

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {
            "revisions": [revision.to_dict() for revision in self.revisions],
            "reason": self.reason,
            "notes": list(self.notes),
            "verification": None if self.verification is None else self.verification.to_dict(),
        }


@dataclasses.dataclass(frozen=True)
class BranchPoint:
    """A revision with several children.

    :param revision: where the history divides.
    :param children: what follows it.

    .. versionadded:: 5.0
    """

    revision: RevisionInfo
    children: tuple[RevisionInfo, ...]

    @property
    def text(self) -> str:
        """The lines that Alembic prints for it."""
        margin = " " * len(self.revision.revision)
        lines = [self.revision.text, *(f"{margin} -> {child.text}" for child in self.children)]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {**self.revision.to_dict(), "children": [child.to_dict() for child in self.children]}


@dataclasses.dataclass(frozen=True)
class Template:
    """A template of ``init``.

    :param name: what ``--template`` takes.
    :param synopsis: the first line of its README.

    .. versionadded:: 5.0
    """

    name: str
    synopsis: str

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class NewFolder:
    """What ``init`` wrote.

    :param directory: the folder, as an absolute path.
    :param folders: the folders that were made, as absolute paths.
    :param files: the files in it, as absolute paths.
    :param left_out: SQL files that were not imported: their names have no number.

    .. versionadded:: 5.0
    """

    directory: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        found = dataclasses.asdict(self)
        return found if self.left_out else {name: value for name, value in found.items() if name != "left_out"}
