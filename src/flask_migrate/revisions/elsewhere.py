"""Where else a revision that is not on disk may be: git is asked, if there is one."""

from __future__ import annotations

import os
import re
import time

from .git import NoGit, git

#: For how many seconds git may look.
SECONDS = 3.0


def known_to_git(revision: str, folder: str) -> str | None:
    """Where git has the script of ``revision``, in a sentence with the command that brings it back.

    :param folder: where the scripts are.
    :returns: an empty text when git does not know it; ``None`` when there is no git to ask.
    """
    if not re.fullmatch(r"\w[\w.-]*", revision) or not os.path.isdir(folder):
        return None
    end = time.monotonic() + SECONDS
    if _git(folder, end, "rev-parse", "--is-inside-work-tree") != "true":
        return None
    name = revision.replace("[", "").replace("*", "")
    found = _git(
        folder, end, "log", "--all", "--no-show-signature", "--diff-filter=AR", "--max-count=1", "--name-only",
        "--relative", "--date=short", "--format=%h %ad%n%s", "--", f"*{name}*.py",
    ) or _git(
        folder, end, "log", "--all", "--no-show-signature", "--diff-filter=AM", "--max-count=1", "--name-only",
        "--relative", "--date=short", "--format=%h %ad%n%s", "-G", f"^revision.*=.*['\"]{re.escape(name)}['\"]", "--",
        "*.py",
    )  # fmt: skip
    if not found:
        return None if found is None else ""
    lines = [line for line in found.splitlines() if line]
    if len(lines) < 3:
        return ""
    commit, date = lines[0].split(" ")[:2]
    branches = _branches(folder, end, commit)
    place = f"in branch {branches[0]}, " if branches else ""
    path = os.path.relpath(os.path.join(folder, lines[-1]))
    return (
        f'git has it {place}commit {commit} of {date} ("{lines[1]}"); '
        f"bring it back: git checkout {commit} -- {_quoted(path)}"
    )


def _branches(folder: str, end: float, commit: str) -> list[str]:
    text = _git(
        folder, end, "for-each-ref", f"--contains={commit}", "--count=1", "--format=%(refname:short)",
        "refs/heads", "refs/remotes",
    )  # fmt: skip
    return (text or "").split()


def _quoted(path: str) -> str:
    return path if re.fullmatch(r"[\w./-]+", path) else f"'{path}'"


def _git(folder: str, end: float, *arguments: str) -> str | None:
    """What git says; ``None`` when it is not there, fails, or takes too long."""
    try:
        done = git(folder, *arguments, seconds=max(0.1, end - time.monotonic()))
    except NoGit:
        return None
    return done.text if done.is_good else None
