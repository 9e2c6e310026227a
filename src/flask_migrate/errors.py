"""What goes wrong, as a sentence, a hint and an exit code."""

from __future__ import annotations

import types
import typing as t

import click

#: Exit codes, the only place where they are written (docs/cli.md lists them).
FAILED = 1
USAGE = 2
PENDING = 3
DRIFT = 4
REFUSED = 5
LOCKED = 6


class MigrateError(click.ClickException):
    """A command could not do what it was asked to do.

    :param message: one sentence that says what happened, in the user's own names.
    :param hint: what to do next, a command or a line of code; printed on a line of its own.
    :param exit_code: the exit code of the process when the command line shows this error.

    .. versionadded:: 5.0
    """

    exit_code: int = FAILED  # type: ignore[misc]  # click types it as a ClassVar and reads it from the instance
    #: What is typed for the group of commands; the app or a launch script may call it something else.
    command = "flask db"

    def __init__(self, message: str, hint: str | None = None, *, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return self.format_message()

    def format_message(self) -> str:
        """The sentence, and the hint below it, with the name that the group of commands has here."""
        text = f"{self.message}\n{self.hint}" if self.hint else self.message
        return text.replace("flask db", self.command)

    def show(self, file: t.IO[t.Any] | None = None) -> None:
        """Print the error to ``file`` (standard error), whatever logging is configured."""
        click.echo(f"Error: {self.format_message()}", file=file, err=file is None)


class HistoryError(MigrateError):
    """The revision scripts on disk can't be read, or do not hold what was asked for.

    .. versionadded:: 5.0
    """


class TargetError(MigrateError):
    """A database can't be found, reached or used.

    .. versionadded:: 5.0
    """


class CheckFailed(MigrateError):
    """``check`` found something.

    :param found: what each of the checks saw, as a dict that JSON can hold.

    .. versionadded:: 5.0
    """

    def __init__(
        self, message: str, hint: str | None = None, *, found: t.Mapping[str, t.Any] = types.MappingProxyType({})
    ) -> None:
        super().__init__(message, hint)
        self.found = found


class DifferencesFound(CheckFailed):
    """``check`` found that the models and the database differ.

    :param changes: one sentence per difference.

    .. versionadded:: 5.0
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        changes: tuple[str, ...] = (),
        found: t.Mapping[str, t.Any] = types.MappingProxyType({}),
    ) -> None:
        super().__init__(message, hint, found=found)
        self.changes = changes


class VerificationFailed(MigrateError):
    """A script that was just written does not do what it should; its file is kept, with a comment that says why.

    :param result: what was written, a :class:`~flask_migrate.commands.values.NewRevisions`.

    .. versionadded:: 5.0
    """

    def __init__(self, message: str, hint: str | None = None, *, result: t.Any = None) -> None:
        super().__init__(message, hint)
        self.result = result


class Refused(MigrateError):
    """The command would have destroyed something, and nobody said that it may.

    .. versionadded:: 5.0
    """

    def __init__(self, message: str, hint: str | None = None, *, exit_code: int = REFUSED) -> None:
        super().__init__(message, hint, exit_code=exit_code)
