"""The files of a history, in the order in which Alembic reads them."""

from __future__ import annotations

import importlib.util
import os
import typing as t
import warnings

from ..errors import HistoryError
from .problems import shown

_COMPILED = (".pyc", ".pyo")


class Found(t.NamedTuple):
    """A file that may hold a revision.

    :param name: its name in the folder, by which the index knows it.
    :param path: where it really is, links resolved.
    :param status: its size and times.
    """

    name: str
    path: str
    status: os.stat_result


class Folder(t.NamedTuple):
    """A folder with the files in it that may hold revisions."""

    path: str
    files: list[Found]


def folders(locations: t.Iterable[str], *, sourceless: bool, recursive: bool) -> t.Iterator[Folder]:
    """The folders below some version locations; a file that is reached twice is given once, with a warning.

    :param locations: the folders to start from; those that don't exist are passed over.
    :param sourceless: take ``.pyc`` and ``.pyo`` files where there is no source.
    :param recursive: look into the folders below, too.
    :raises HistoryError: a folder is there and can't be read.
    """
    seen: set[str] = set()
    for location in locations:
        for folder in _walk(os.path.realpath(location), sourceless=sourceless, recursive=recursive):
            yield Folder(folder.path, [file for file in folder.files if _is_new(file.path, seen)])


def _is_new(path: str, seen: set[str]) -> bool:
    if path in seen:
        warnings.warn(f"File {path} loaded twice! ignoring. Please ensure version_locations is unique.", stacklevel=2)
        return False
    seen.add(path)
    return True


def _walk(folder: str, *, sourceless: bool, recursive: bool) -> t.Iterator[Folder]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:  # Alembic takes such a folder for an empty one
        raise HistoryError(
            f"The folder {shown(folder)} of the revision files can't be read ({error.strerror}).",
            "Allow the user that runs the command to read it.",
        ) from error
    below = [entry.path for entry in entries if entry.is_dir()]
    files = [entry for entry in entries if not entry.is_dir()]
    if not folder.endswith("__pycache__"):
        yield Folder(folder, _revision_files(folder, files, sourceless=sourceless))
        if sourceless:
            yield from _compiled(folder, {file.name.split(".")[0] for file in files})
    if recursive:
        for path in below:
            if not os.path.islink(path):
                yield from _walk(path, sourceless=sourceless, recursive=True)


def _compiled(folder: str, sources: set[str]) -> t.Iterator[Folder]:
    """The bytecode below a folder of which the sources are gone, in the order in which the system lists it.

    Of several files for one source, as two releases of Python leave them, only the one for this release counts.
    """
    path = os.path.join(folder, "__pycache__")
    if not os.path.isdir(path):
        return
    own = os.path.basename(importlib.util.cache_from_source("NAME.py"))
    entries = [entry for entry in os.scandir(path) if entry.name.split(".")[0] not in sources]
    names = {entry.name for entry in entries}
    chosen = [
        entry
        for entry in entries
        if (best := own.replace("NAME", entry.name.split(".")[0])) == entry.name or best not in names
    ]
    yield Folder(path, _revision_files(path, chosen, sourceless=True))


def _revision_files(folder: str, entries: t.Iterable[os.DirEntry[str]], *, sourceless: bool) -> list[Found]:
    found = []
    for entry in entries:
        path, parent, name = f"{folder}{os.sep}{entry.name}", folder, entry.name
        if entry.is_symlink() and os.path.exists(path):  # one that leads nowhere stands for itself
            path = os.path.realpath(path)
            parent, name = os.path.split(path)
        if _may_hold_revision(parent, name, sourceless=sourceless) and (status := _status(entry)):
            found.append(Found(entry.name, path, status))
    return found


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Size and times of a file; those of the link, when it leads nowhere; None when it is gone."""
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False) if entry.is_symlink() else None


def _may_hold_revision(folder: str, name: str, *, sourceless: bool) -> bool:
    if name.startswith((".#", "__init__")) or "\n" in name:  # Alembic's pattern for names ends at a line feed
        return False
    if not sourceless or not name.endswith(_COMPILED):
        return name.endswith(".py")
    source = name[:-1]
    if not source.endswith(".py") or os.path.exists(os.path.join(folder, source)):
        return False
    return name.endswith("c") or not os.path.exists(os.path.join(folder, source + "c"))
