"""A revision file that can't be used as it is."""

from __future__ import annotations

import dataclasses
import os

from ..errors import HistoryError


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is wrong with one revision file.

    :param path: the file.
    :param line: the line that is wrong, counted from 1, where it is known.
    :param message: what is wrong, without a full stop.
    :param revision: the id of the revision, when the file still tells it; then the revision has its place in the
        history, and only what runs it fails. Else nobody knows what it would add to the history.

    .. versionadded:: 5.0
    """

    path: str
    line: int | None
    message: str
    revision: str | None = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{shown(self.path)}{where}: {self.message}"

    def error(self) -> HistoryError:
        """The error for a command that needs this file."""
        where = f", line {self.line}," if self.line else ""
        return HistoryError(
            f"The revision file {shown(self.path)}{where} can't be used: {self.message}.",
            "Correct the file, or restore it from version control, and run the command again.",
        )


def shown(path: str) -> str:
    """A path as people read it: relative to the working directory when it is below it."""
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # the working directory is gone
        return path
    return path[len(here) :] if path.startswith(here) else path


def describe(error: Exception) -> str:
    """The first line of what an exception says, after its name; without a full stop."""
    if isinstance(error, SyntaxError):
        return error.msg.rstrip(".")
    text = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
