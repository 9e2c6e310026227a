"""The person's own git, which is only asked."""

from __future__ import annotations

import dataclasses
import os
import subprocess

#: git asks nobody, writes nothing and fetches nothing.
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


class NoGit(Exception):
    """git is not installed, or takes too long."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What git said.

    :param is_good: whether it did what it was asked to.
    :param output: its standard output.
    :param complaint: the first line of its standard error.
    """

    is_good: bool
    output: bytes
    complaint: str

    @property
    def text(self) -> str:
        """The output as text."""
        return self.output.decode("utf-8", "replace").strip()


def git(folder: str, *arguments: str, seconds: float, given: bytes = b"") -> Answer:
    """What git says in ``folder``.

    :param seconds: how long it may take.
    :param given: its standard input.
    :raises NoGit: when it can't be started, or takes longer.
    """
    try:
        done = subprocess.run(  # fixed commands; what comes from elsewhere is checked by the callers
            ["git", "-C", folder, "-c", "core.quotePath=false", *arguments],  # the person's own git
            input=given,
            capture_output=True,
            env={**os.environ, **_ENVIRONMENT},
            timeout=seconds,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NoGit from error
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return Answer(done.returncode == 0, done.stdout, lines[0] if lines else "")
