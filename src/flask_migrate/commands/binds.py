"""Binds: the list of them, and renaming one."""

from __future__ import annotations

import configparser
import pathlib
import re

from ..environment.renamed import KEY, renamed_binds
from ..errors import USAGE, MigrateError
from ..targets import DEFAULT, describe_url, identifier
from .comparing import script_texts
from .project import Directory, Project, open_project


def list_binds(directory: Directory = None) -> tuple[tuple[str, str], ...]:
    """The name of each bind and its database in words, the default one first.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    return tuple((target.name, describe_url(target.engine.url)) for target in project.state.databases.targets())


def rename_bind(old: str, new: str, directory: Directory = None) -> str:
    """Let ``upgrade_<old>()`` of the scripts that are there belong to the bind ``new`` from now on.

    No script is edited: the names are noted in alembic.ini. The app declares the bind under its new name.

    :returns: the file that was changed.
    :raises MigrateError: when the app has no bind ``new``, or still has ``old``.

    .. versionadded:: 5.0
    """
    project = open_project(directory)
    names = [target.name for target in project.state.databases.targets()]
    known = ", ".join(repr(name or "default") for name in names)
    if old in (DEFAULT, "default") or new in (DEFAULT, "default"):
        raise MigrateError("The default database has no name that could change.", exit_code=USAGE)
    if new not in names:
        raise MigrateError(
            f"The app declares no bind {new!r}.", f"Rename it in the app first. There are: {known}.", exit_code=USAGE
        )
    if old in names:
        raise MigrateError(
            f"The app still declares the bind {old!r}.",
            f"Rename it in the app first, so that only {new!r} is there.",
            exit_code=USAGE,
        )
    if not _is_known(project, old):
        raise MigrateError(
            f"No revision has a function upgrade_{identifier(old)}() for the bind {old!r}.",
            f"Write OLD:NEW with the name that the bind had. There are now: {known}.",
            exit_code=USAGE,
        )
    path = pathlib.Path(project.config.config_file_name or "")
    pairs = renamed_binds(project.config)
    if (old, new) not in pairs:
        _write(path, [*pairs, (old, new)])
    return str(path)


def _is_known(project: Project, bind: str) -> bool:
    """Whether a revision does anything for ``bind``; a history that can't tell has the benefit of the doubt."""
    texts = script_texts(project)
    pattern = rf"\bdef upgrade_{re.escape(identifier(bind))}\b|^-- migrate: bind {re.escape(bind)}\s*$"
    return not texts or any(re.search(pattern, text, re.MULTILINE) for text in texts)


def _write(path: pathlib.Path, pairs: list[tuple[str, str]]) -> None:
    """Put the line into the section ``[alembic]``, leaving everything else as it is."""
    text = path.read_text(encoding="utf-8")
    line = f"{KEY} = " + ", ".join(f"{old}:{new}" for old, new in pairs).replace("%", "%%")
    changed, count = re.subn(rf"(?m)^{KEY}\s*=.*$", lambda _: line, text, count=1)
    if not count:
        changed, count = re.subn(r"(?m)^\[alembic\][^\n]*$", lambda found: f"{found[0]}\n{line}", text, count=1)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(changed)
    if not count or not parser.has_option("alembic", KEY):
        raise MigrateError(f"{path} has no section [alembic].", f"Add one with the line: {line}")
    path.write_text(changed, encoding="utf-8")
