"""env --upgrade: the project's env.py is replaced by the three lines of today."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import tokenize
import typing as t

from ...config import TEMPLATES
from ...errors import MigrateError
from ..project import Directory, Project, open_project
from .merging import Merge, merge

#: What the commands know about an env.py.
Kind = t.Literal["current", "stock", "edited", "kept"]


@dataclasses.dataclass(frozen=True)
class EnvFile:
    """The env.py of a project, and what takes its place.

    :param path: the file.
    :param kind: ``"current"`` when it calls ``run()`` already; ``"stock"`` when an earlier release wrote it,
        ``"edited"`` when it was edited since and the edits can be carried over, ``"kept"`` when they can't.
    :param origin: the release that wrote it, or that wrote the file it is most like.
    :param text: what takes its place; empty when nothing does.
    :param carried: the edits that are in ``text``.
    :param obstacles: the edits that can't be carried over.
    :param diff: all edits, as a difference from the file of ``origin`` without comments.
    :param backup: where the old file is now; empty when nothing was written.
    :param note: what will be another thing from then on.

    .. versionadded:: 5.0
    """

    path: str
    kind: Kind
    origin: str = ""
    text: str = ""
    carried: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    diff: str = ""
    backup: str = ""
    note: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return dataclasses.asdict(self)


def upgrade_env(directory: Directory = None, *, dry_run: bool = False) -> EnvFile:
    """Replace an env.py of an earlier release by one that calls ``run()``; what was edited in it is carried over.

    The old file is kept beside it, as ``env.py.old``.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param dry_run: write nothing.
    :returns: what it was and what takes its place; with ``kind`` ``"kept"`` nothing does.
    :raises MigrateError: when the file can't be read or written.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    path = pathlib.Path(project.script.dir, "env.py")
    found = read_env(path)
    if found.text and "multidb" not in found.origin:
        found = dataclasses.replace(found, note=_about_binds(project))
    if dry_run or not found.text:
        return found
    backup = _free_name(path)
    try:
        content = path.read_bytes()
        backup.write_bytes(content)
        newline = "\r\n" if b"\r\n" in content else "\n"
        path.write_text(found.text, encoding="utf-8", newline=newline)
    except OSError as error:
        raise MigrateError(
            f"{_shown(path)} can't be replaced: {error.strerror}.", "Allow this user to write there."
        ) from error
    return dataclasses.replace(found, backup=_shown(backup))


def read_env(path: pathlib.Path) -> EnvFile:
    """What the env.py at ``path`` is.

    :raises MigrateError: when it can't be read, or is not Python.
    """
    try:
        with tokenize.open(path) as file:
            merged = merge(file.read())
    except OSError as error:
        raise MigrateError(f"{_shown(path)} can't be read: {error.strerror}.", "flask db init writes one.") from error
    except (SyntaxError, ValueError, UnicodeDecodeError) as error:
        raise MigrateError(f"{_shown(path)} is not Python: {error}", "Correct it first.") from error
    return _described(path, merged)


def _described(path: pathlib.Path, merged: Merge) -> EnvFile:
    is_plain = merged.kind == "stock"
    text = (TEMPLATES / "flask" / "env.py").read_text(encoding="utf-8") if is_plain else merged.text
    origin = merged.nearest.describe() if merged.nearest is not None else ""
    return EnvFile(_shown(path), merged.kind, origin, text, merged.carried, merged.obstacles, merged.diff)


def _about_binds(project: Project) -> str:
    """The env.py of one database is replaced in an app that has several."""
    names = []
    with contextlib.suppress(Exception):  # whatever is wrong with them, it is told when they are used
        names = [target.name for target in project.state.all_databases.targets() if not target.is_default]
    if not names:
        return ""
    shown = ", ".join(repr(name) for name in names)
    example = f"Migrate(…, binds={{{names[0]!r}: False}})"
    return (
        f"Only the default database was migrated; the new env.py migrates {shown} as well. To leave one out: {example}"
    )


def _free_name(path: pathlib.Path) -> pathlib.Path:
    """A name for the old file at which there is none."""
    name, number = path.with_name(f"{path.name}.old"), 1
    while os.path.lexists(name):
        number += 1
        name = path.with_name(f"{path.name}.old{number}")
    return name


def _shown(path: pathlib.Path) -> str:
    shown = os.path.relpath(path)
    return str(path) if shown.startswith(os.pardir) else shown
