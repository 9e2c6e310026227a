"""init and list_templates: how a migrations folder begins."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
import typing as t

from mako.template import Template as MakoTemplate

from ..config import TEMPLATES
from ..errors import USAGE, MigrateError
from ..extension import current_state
from ..sqlfiles.importing import Imported, read_folder
from .importing import write_all
from .project import Directory
from .values import NewFolder, Template


def list_templates() -> tuple[Template, ...]:
    """The templates that :func:`init` knows."""
    folders = sorted(path for path in TEMPLATES.iterdir() if (path / "README").is_file())
    return tuple(Template(folder.name, _synopsis(folder)) for folder in folders)


def init(
    directory: Directory = None,
    multidb: bool = False,
    template: str | None = None,
    package: bool = False,
    *,
    from_folder: str | os.PathLike[str] | None = None,
) -> NewFolder:
    """Make a migrations folder.

    :param directory: the folder, if not the one that ``Migrate`` says.
    :param multidb: use the template for several databases, in which every script has functions for every bind.
    :param template: the name of a template, or the path of a folder (with a slash).
    :param package: write ``__init__.py`` files too.
    :param from_folder: a folder of numbered SQL files (dbmate, golang-migrate, goose, Flyway), which become revisions.
    :returns: what was written.
    :raises MigrateError: when the folder is there already (it is left as it is) or can't be written.
    """
    folder = pathlib.Path(current_state().directory if directory is None else os.fspath(directory)).absolute()
    source = _template_folder(template or ("flask-multidb" if multidb else "flask"))
    if folder.exists() and not folder.is_dir():
        raise MigrateError(f"{folder} is a file.", "Name another folder: flask db init -d FOLDER")
    if folder.is_dir() and any(folder.iterdir()):
        raise MigrateError(
            f"The folder {folder} already exists and is not empty; nothing was changed.",
            "Go on with it: flask db migrate. For a second one: flask db init -d FOLDER",
        )
    imported, left_out = _imported(from_folder)
    try:
        made = _missing_folders(folder)
        _write(source, folder, package, imported)
    except OSError as error:
        raise MigrateError(
            f"The folder {folder} can't be written: {error.strerror}: {error.filename}.",
            "Give this user the right to write there, or name another folder: flask db init -d FOLDER",
        ) from error
    files = tuple(str(path) for path in sorted(folder.rglob("*")) if path.is_file())
    return NewFolder(str(folder), (*made, str(folder / "versions")), files, left_out)


def _imported(folder: str | os.PathLike[str] | None) -> tuple[tuple[Imported, ...], tuple[str, ...]]:
    """What ``--from-folder`` brings, read by the rules of the default database's engine."""
    if folder is None:
        return (), ()
    return read_folder(folder, current_state().databases.targets()[0].engine.dialect.name)


def _missing_folders(folder: pathlib.Path) -> tuple[str, ...]:
    return () if folder.is_dir() else (str(folder),)


def _template_folder(template: str) -> pathlib.Path:
    is_path = "/" in template or os.sep in template
    folder = pathlib.Path(template) if is_path else TEMPLATES / template
    if not (folder / "env.py").is_file():
        names = ", ".join(known.name for known in list_templates())
        raise MigrateError(
            f"There is no template {template!r}." if not is_path else f"{folder} is no template: it has no env.py.",
            f"The templates are {names}; a folder of your own is named by a path with a slash.",
            exit_code=USAGE,
        )
    return folder


def _write(source: pathlib.Path, folder: pathlib.Path, package: bool, imported: tuple[Imported, ...]) -> None:
    """Fill a folder beside ``folder`` and rename it, so that there is never half of one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = pathlib.Path(scratch) / "new"
        new.mkdir(mode=0o755)
        _fill(source, new, folder)
        (new / "versions").mkdir(exist_ok=True)
        write_all(imported, new / "versions")
        if package:
            for name in ("__init__.py", "versions/__init__.py"):
                (new / name).touch()
        if folder.is_dir():
            folder.rmdir()
        new.rename(folder)


def _fill(source: pathlib.Path, new: pathlib.Path, folder: pathlib.Path) -> None:
    for path in sorted(source.iterdir()):
        if path.name == "alembic.ini.mako":
            (new / "alembic.ini").write_text(_rendered(path, folder), encoding="utf-8")
        elif path.is_dir() and path.name != "__pycache__":
            shutil.copytree(path, new / path.name)
        elif path.is_file() and path.suffix != ".pyc":
            shutil.copyfile(path, new / path.name)


def _rendered(path: pathlib.Path, folder: pathlib.Path) -> str:
    arguments: dict[str, t.Any] = {"script_location": str(folder).replace("%", "%%")}
    return str(MakoTemplate(filename=str(path)).render_unicode(**arguments))


def _synopsis(folder: pathlib.Path) -> str:
    return (folder / "README").read_text(encoding="utf-8").partition("\n")[0].strip()
