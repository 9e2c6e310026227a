"""A bar on a terminal while tenants are worked on; elsewhere a line for each that fails."""

from __future__ import annotations

import sys
import typing as t

import click

from ..execution.fleet import Outcome, Watcher


class FleetBar(Watcher):
    """Shows how far a fleet is, on standard error.

    :param name: of the command.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures = 0
        self._count = 0
        self._more = ""
        self._bar: t.Any = None

    def __enter__(self) -> FleetBar:
        if sys.stderr.isatty():
            self._bar = click.progressbar(length=0, label=self.name, file=sys.stderr, show_pos=True)
            self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def found(self, count: int, *, is_all: bool) -> None:
        """The bar is as long as there are tenants known."""
        self._count, self._more = count, "" if is_all else "+"
        if self._bar is not None:
            self._bar.length = count

    def unchanged(self, count: int) -> None:
        """These are done at once."""
        if self._bar is not None and count:
            self._bar.update(count)

    def ended(self, outcome: Outcome) -> None:
        """One step further; what went wrong is said at once."""
        for note in outcome.notes:
            self._say(f"{outcome.name}: {note}")
        if outcome.error is not None:
            self.failures += 1
            self._say(f"{outcome.name}: {outcome.error.partition(chr(10))[0]}")
        if self._bar is not None:
            failed = f", {self.failures} failed" if self.failures else ""
            self._bar.label = f"{self.name}{failed}{self._more}"
            self._bar.update(1)

    def _say(self, text: str) -> None:
        click.echo(f"\r\033[K{text}" if self._bar is not None else text, err=True)
