"""The Alembic config of a migrations folder."""

from __future__ import annotations

import argparse
import configparser
import os
import pathlib
import typing as t

from alembic.config import Config as AlembicConfig

from .errors import HistoryError

#: Where ``flask db init`` finds its templates.
TEMPLATES = pathlib.Path(__file__).parent / "templates"


class Config(AlembicConfig):
    """Alembic's ``Config``, with the templates of this package."""

    def get_template_directory(self) -> str:
        """The folder that holds the templates of ``init``."""
        return str(TEMPLATES)

    def set_section_option(self, section: str, name: str, value: str) -> None:
        """As in Alembic, for what env.py files of earlier releases put here from the app's configuration.

        A percent sign that stands for itself may be left as it is. A URL in :attr:`attributes` under
        ``"engine_urls"`` becomes the one that the app's engine has: extensions complete a relative SQLite path.
        """
        urls: dict[str, str] = self.attributes.get("engine_urls", {})
        plain = value.replace("%%", "%")
        if name == "sqlalchemy.url" and (value in urls or plain in urls):
            value = urls.get(value, urls.get(plain, value)).replace("%", "%%")
        try:
            super().set_section_option(section, name, value)
        except ValueError:
            super().set_section_option(section, name, value.replace("%", "%%"))


def load_config(
    directory: str,
    x_arg: str | t.Sequence[str] | None = None,
    opts: t.Sequence[str] | None = None,
) -> Config:
    """The config of the migrations folder ``directory``.

    :param x_arg: one or several ``-x`` arguments, as strings.
    :param opts: names of options that are ``True`` in ``config.cmd_opts``.
    :raises HistoryError: when the folder, its alembic.ini or its env.py is missing, or alembic.ini can't be read.
    """
    folder = pathlib.Path(directory)
    _check_folder(folder)
    # Alembic reports what it writes on standard output; here the command line does that, from values.
    options = argparse.Namespace(quiet=True, x=_as_list(x_arg), **dict.fromkeys(opts or (), True))
    config = Config(folder / "alembic.ini", cmd_opts=options)
    try:
        _escape_here(config.file_config)
        # The folder that was asked for is the one that is used, wherever an edited alembic.ini points.
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        for option in config.file_config.options(config.config_ini_section):
            config.file_config.get(config.config_ini_section, option)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise HistoryError(
            f"{folder / 'alembic.ini'} can't be read: {_what_is_wrong(error)}.",
            "Correct the file, or take a new one from the folder that `flask db init -d new_folder` makes.",
        ) from error
    return config


def add_locations(config: AlembicConfig, folders: t.Iterable[str]) -> None:
    """Let ``config`` look for revisions in ``folders`` too."""
    own = os.path.join(config.get_main_option("script_location") or "", "versions")
    paths = [os.fspath(path) for path in config.get_version_locations_list() or [own]]
    given = {"prepend_sys_path": config.get_prepend_sys_paths_list(), "version_locations": [*paths, *folders]}
    config.set_main_option("path_separator", "newline")
    for name, values in given.items():
        if values:
            config.set_main_option(name, "\n".join(values).replace("%", "%%"))


def _what_is_wrong(error: Exception) -> str:
    """``error`` without the repetitions in the texts of configparser."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"line {error.lineno} stands before the first [section]"
    if isinstance(error, configparser.ParsingError):
        number, text = error.errors[0]
        return f"line {number} is neither a section nor a setting: {text}"
    if isinstance(error, configparser.DuplicateSectionError):
        return f"line {error.lineno} begins the section [{error.section}] once more"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"line {error.lineno} sets {error.option} once more"
    text = " ".join(str(error).split())
    return f"{error.option}: {text}" if isinstance(error, configparser.InterpolationError) else text


def _escape_here(parser: configparser.ConfigParser) -> None:
    """Let ``%(here)s`` stand for a folder with a percent sign in its name too."""
    parser.set(parser.default_section, "here", parser.defaults()["here"].replace("%", "%%"))


def _check_folder(folder: pathlib.Path) -> None:
    if not folder.is_dir():
        raise HistoryError(
            f"There is no migrations folder {os.fspath(folder)!r} in {pathlib.Path.cwd()}.",
            "Create it: flask db init" if folder.name == "migrations" else f"Create it: flask db init -d {folder}",
        )
    for name in ("alembic.ini", "env.py"):
        if not (folder / name).is_file():
            raise HistoryError(
                f"{folder / name} is missing.",
                f"Get it back from version control, or take the {name} that `flask db init -d new_folder` writes.",
            )


def _as_list(x_arg: str | t.Sequence[str] | None) -> list[str] | None:
    if x_arg is None:
        return None
    return [x_arg] if isinstance(x_arg, str) else list(x_arg)
