"""How a worker gets at the app: a copy of this process has it, another process or machine loads it."""

from __future__ import annotations

import dataclasses
import os
import sys

from flask import Flask
from flask.cli import ScriptInfo
from flask.globals import app_ctx

#: The app of the process that runs a fleet; its copies and its threads find it here.
_inherited: list[Flask] = []
_loaded: dict[AppReference, Flask] = {}


@dataclasses.dataclass(frozen=True)
class AppReference:
    """How to load an app in another process.

    :param path: as for ``flask --app``.
    :param folder: the working directory.
    :param process: the id of the process that has it.
    """

    path: str | None
    folder: str
    process: int

    def load(self) -> Flask:
        """The app: the one of the process that began, where this is it or its copy; else loaded once."""
        if _inherited and self.process in (os.getpid(), os.getppid()):
            return _inherited[-1]
        if self not in _loaded:
            if os.path.isdir(self.folder):
                os.chdir(self.folder)
                if self.folder not in sys.path:
                    sys.path.insert(0, self.folder)
            _loaded[self] = ScriptInfo(self.path).load_app()
        return _loaded[self]


def refer_to_app(path: str | None) -> AppReference:
    """A reference to the current app; a copy of this process has it without loading it.

    :param path: as for ``flask --app``; found in the environment, or in the app, when it isn't given.
    """
    app = app_ctx.app
    _inherited[:] = [app]
    found = path or os.environ.get("FLASK_APP")
    if found is None and app.import_name != "__main__":
        found = app.import_name
    return AppReference(found, os.getcwd(), os.getpid())


def forget_connections(app: Flask) -> None:
    """In a copy of the process: the connections of the first one are not ours to use or to close."""
    from ...extension import current_state

    with app.app_context():
        for engine in current_state().all_databases.engines_by_name().values():
            engine.dispose(close=False)


def prepare_copy() -> None:
    """What a local worker does before its first unit."""
    forget_connections(_inherited[-1])
