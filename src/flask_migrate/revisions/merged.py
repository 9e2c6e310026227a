"""The history as it would be after a merge with another branch: read from the objects of git, without a checkout."""

from __future__ import annotations

import collections
import dataclasses
import os
import typing as t

from ..errors import HistoryError
from .files import folders
from .header import BadHeader, Header, NotStatic
from .problems import shown
from .recover import recover
from .repository import Repository
from .scan import scan
from .static import analyse

if t.TYPE_CHECKING:
    from alembic.script import ScriptDirectory


@dataclasses.dataclass(frozen=True)
class Placed:
    """A revision of the merged history.

    :param revision: its id.
    :param parents: the ids of those before it.
    :param message: the first line of its docstring.
    :param path: its file, as people read it.
    :param is_theirs: whether only the other branch has it.
    """

    revision: str
    parents: tuple[str, ...]
    message: str
    path: str
    is_theirs: bool

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {"revision": self.revision, "message": self.message, "path": self.path, "is_theirs": self.is_theirs}


def merged_history(script: ScriptDirectory, locations: t.Iterable[str], ref: str) -> list[Placed]:
    """The revisions that the history has after ``ref`` is merged into this branch.

    Each file is taken as git would: from the side that has changed it since the two parted. What is on disk counts,
    whether it is committed or not.

    :param locations: the folders of the revision files; those that are not in the same repository are the same after
        the merge.
    :raises HistoryError: when git can't tell, when a file of the other branch can't be read, or when the two have
        different files with the same revision, or one lacks what the other builds on.
    """
    repository = Repository(script.dir, ref)
    own = {os.path.realpath(str(one.path)): one for one in script.walk_revisions()}
    kept, theirs = set(own), dict[str, bytes]()
    is_recursive = bool(getattr(script, "recursive_version_locations", False))
    for location in locations:
        found = [
            file.path for one in folders([location], sourceless=False, recursive=is_recursive) for file in one.files
        ]
        gone, new = repository.merge(location, found, is_recursive=is_recursive)
        kept -= gone
        theirs.update(new)
    placed = [
        Placed(str(one.revision), _ids(one.down_revision), _first(one.doc), shown(str(one.path)), is_theirs=False)
        for path, one in own.items()
        if path in kept and path not in theirs
    ]
    placed += [_placed(path, source, ref) for path, source in theirs.items()]
    _require_whole(placed, ref)
    return placed


def heads_of(placed: t.Iterable[Placed]) -> list[Placed]:
    """Those that no other one follows."""
    placed = list(placed)
    parents = {parent for one in placed for parent in one.parents}
    return sorted((one for one in placed if one.revision not in parents), key=lambda one: (one.is_theirs, one.revision))


def _placed(path: str, source: bytes, ref: str) -> Placed:
    header = _header(source)
    if header is None:
        raise HistoryError(
            f"The revision file {shown(path)} of {ref} can't be read without running it.",
            "Check out that branch and look at it: flask db heads",
        )
    return Placed(header.revision, header.parents, _first(header.doc), shown(path), is_theirs=True)


def _header(source: bytes) -> Header | None:
    try:
        return scan(source) or analyse(source)
    except (NotStatic, BadHeader):
        return None
    except SyntaxError:
        return recover(source.decode("utf-8", "replace").replace("\r\n", "\n"))


def _require_whole(placed: list[Placed], ref: str) -> None:
    files = collections.defaultdict(list)
    for one in placed:
        files[one.revision].append(one)
    for revision, several in files.items():
        if len(several) > 1:
            paths = " and ".join(one.path for one in several)
            raise HistoryError(
                f"Merging {ref} would bring two files with the revision {revision}: {paths}.",
                "Give one of them another id, in its line 'revision = …'.",
            )
    for one in placed:
        for parent in one.parents:
            if parent not in files:
                side, other = (ref, "this branch") if one.is_theirs else ("this branch", ref)
                raise HistoryError(
                    f"Revision {one.revision} of {side} follows {parent}, which is not there after {ref} is merged: "
                    f"{other} has removed it.",
                    f"Correct the line 'down_revision = …' of {one.path}.",
                )


def _ids(value: t.Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _first(doc: str | None) -> str:
    return (doc or "").partition("\n")[0]
