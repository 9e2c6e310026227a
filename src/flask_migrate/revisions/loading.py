"""The way into a history: from a config to a script directory."""

from __future__ import annotations

import typing as t

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from ..alembic_compat import supports_history
from .directory import LazyScriptDirectory
from .failures import explain
from .problems import Problem

if t.TYPE_CHECKING:
    from alembic.config import Config


def load(config: Config) -> ScriptDirectory:
    """Open the history that a config names. Its files are read when the first question is asked.

    The result is used like Alembic's own. It runs a revision file when one of its functions is needed, not before.
    With a release of Alembic that is not supported, it is Alembic's own, which runs all files at once.

    :raises HistoryError: there is no such folder, or the config names none.

    .. versionadded:: 5.0
    """
    kind = LazyScriptDirectory if supports_history() else ScriptDirectory
    try:
        return kind.from_config(config)
    except CommandError as error:
        explained = explain(error)
        if explained is None:
            raise
        raise explained from error


def read_problems(script: ScriptDirectory) -> tuple[Problem, ...]:
    """What is wrong with the files of a history, by path: syntax errors, and files that are no revisions.

    All files are compiled for that. None runs, but those of which the header can't be told otherwise.

    .. versionadded:: 5.0
    """
    return script.problems() if isinstance(script, LazyScriptDirectory) else ()


def locations(script: ScriptDirectory) -> list[str]:
    """The folders that hold the files of a history, absolute."""
    return script.locations() if isinstance(script, LazyScriptDirectory) else [str(script.versions)]
