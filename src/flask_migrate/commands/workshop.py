"""A copy of the migrations folder, in which what is written does not count before it was tried."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import tempfile
import typing as t

from ..errors import MigrateError
from .starting import init


@contextlib.contextmanager
def workshop(folder: pathlib.Path, has_folder: bool) -> t.Iterator[pathlib.Path]:
    """A copy of the migrations folder, or a new one, in which nothing that is written counts yet."""
    with tempfile.TemporaryDirectory(prefix="flask_migrate_adopt_") as place:
        copy = pathlib.Path(place) / folder.name
        if has_folder:
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            init(copy)
        try:
            yield copy
        except MigrateError as error:
            vars(error).update(message=_at_home(error.message, copy, folder), hint=_at_home(error.hint, copy, folder))
            raise


def _at_home(text: str | None, copy: pathlib.Path, folder: pathlib.Path) -> str | None:
    """``text`` with the folder that the copy stands for."""
    for name in (os.path.relpath(copy), str(copy)):
        text = text and text.replace(name, os.path.relpath(folder))
    return text


def deliver(copy: pathlib.Path, folder: pathlib.Path, new: set[pathlib.Path]) -> None:
    """Put what was written in the copy to where it belongs."""
    if not folder.is_dir() or not any(folder.iterdir()):
        init(folder)
    for path in sorted(new):
        target = folder / path.relative_to(copy)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
