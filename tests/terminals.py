"""A command whose input and output are a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.projects import Project


class Terminal:
    """A ``flask db`` command that runs on a terminal of its own.

    :param answer: what is typed, whether it is asked for or not.
    """

    def __init__(self, project: Project, *arguments: str, answer: str = "") -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "db", *arguments],
            cwd=project.folder,
            env=project.environ(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.write(self._ours, answer.encode())

    def wait(self) -> tuple[int, str]:
        """Its exit code, and all that was on the screen."""
        output = b""
        try:
            while piece := os.read(self._ours, 4096):
                output += piece
        except OSError:  # what Linux says at the end
            pass
        finally:
            os.close(self._ours)
        return self.process.wait(), output.decode().replace("\r\n", "\n")


def on_terminal(project: Project, *arguments: str, answer: str = "") -> tuple[int, str]:
    """Exit code and output of a command on a terminal."""
    return Terminal(project, *arguments, answer=answer).wait()
