"""Finding the app, and saying why it can't be loaded."""

from __future__ import annotations

import os
import re
import sys
import traceback
import typing as t

from flask.cli import NoAppException

from ..errors import USAGE, MigrateError

if t.TYPE_CHECKING:
    from flask import Flask
    from flask.cli import ScriptInfo

_IMPORT_FAILED = re.compile(r"While importing (?P<module>'[^']+'), an ImportError was raised")


def load_app(info: ScriptInfo) -> Flask:
    """The app that ``info`` names.

    :raises MigrateError: when there is none, or when its own code, its driver or its database URL fails.
    """
    try:
        return info.load_app()
    except NoAppException as error:
        cause = error.__context__ if isinstance(error.__context__, Exception) else None
        if cause is not None and _IMPORT_FAILED.search(error.message):
            raise _import_failed(cause) from error
        raise MigrateError(error.message, _app_hint(), exit_code=USAGE) from error
    except Exception as error:
        raise _import_failed(error) from error


def _app_hint() -> str:
    if os.environ.get("FLASK_APP"):
        return f"FLASK_APP is {os.environ['FLASK_APP']!r}; the working directory is {os.getcwd()}."
    return f"Name it: flask --app NAME db …; the working directory is {os.getcwd()}."


def _import_failed(error: Exception) -> MigrateError:
    from ..targets import failures

    explained = failures.explain(error)
    if explained is not None:
        return explained
    if isinstance(error, MigrateError):
        return error
    last = traceback.format_exception_only(error)[-1].strip()
    return MigrateError(f"The app can't be loaded: {last}", "\n".join(own_places(error)) or None)


def own_places(error: Exception) -> list[str]:
    """The person's own lines on the way to ``error``, the last one first."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own_file(frame.filename)]
    lines = [f"  {frame.filename}, line {frame.lineno}: {(frame.line or '').strip()}" for frame in reversed(frames)]
    if isinstance(error, SyntaxError) and error.filename:
        lines.insert(0, f"  {error.filename}, line {error.lineno}: {(error.text or '').strip()}")
    return lines


def _is_own_file(path: str) -> bool:
    """Whether ``path`` is the person's, neither the interpreter's nor a library's."""
    if path.startswith("<"):
        return False
    libraries = (sys.prefix, sys.base_prefix, os.path.dirname(os.path.dirname(__file__)))
    is_library = "site-packages" in path or "dist-packages" in path
    inside = any(os.path.realpath(path).startswith(os.path.realpath(prefix) + os.sep) for prefix in libraries)
    return not is_library and not inside
