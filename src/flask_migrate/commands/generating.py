"""Why a revision file could not be written."""

from __future__ import annotations

import os
import pathlib

from alembic.util import CommandError
from mako.exceptions import MakoException

from ..errors import MigrateError
from .project import Project, explained

#: The file that every new script is made from.
TEMPLATE = "script.py.mako"


def script_files(project: Project) -> set[pathlib.Path]:
    """The revision files of ``project``."""
    folders = project.script.version_locations or [os.path.join(project.script.dir, "versions")]
    return {path for folder in folders for path in pathlib.Path(folder).glob("*.py")}


def not_written(project: Project, error: Exception, *, was_made: bool) -> MigrateError:
    """``error``, which came up while a script was made from the template of ``project``, as one of ours.

    :param was_made: whether the file was made all the same, so that it is what could not be read.
    """
    template = os.path.relpath(os.path.join(project.script.dir, TEMPLATE))
    hint = f"Correct it, or take the {TEMPLATE} that `flask db init -d new_folder` writes."
    if was_made:
        return MigrateError(f"{template} makes no revision script: {_text(error)}", hint)
    if isinstance(error, MigrateError):
        return error
    if isinstance(error, OSError):
        return _refused(error, template)
    if isinstance(error, MakoException):
        return MigrateError(f"{template} can't be rendered: {_text(error)}", hint)
    if isinstance(error, CommandError) and str(error).startswith("Template rendering failed"):
        return MigrateError(f"{template} can't be rendered: {_text(error.__context__ or error)}", hint)
    return explained(project, error)


def _refused(error: OSError, template: str) -> MigrateError:
    if os.path.basename(str(error.filename)) == TEMPLATE:
        return MigrateError(
            f"{template} is missing.",
            f"Get it back from version control, or take the {TEMPLATE} that `flask db init -d new_folder` writes.",
        )
    return MigrateError(
        f"The revision file can't be written: {error.strerror}: {error.filename}.",
        "Give this user the right to write there, or name another folder with --version-path.",
    )


def _text(error: BaseException) -> str:
    if isinstance(error, MigrateError):
        return error.message
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
