"""A checksum of a script that comments, docstrings, line endings and formatting don't change.

It is made from the text, not from Python's syntax tree or tokens: these differ between releases of Python, and the
checksum is compared years later.
"""

from __future__ import annotations

import contextlib
import hashlib
import re

#: What a script imports that runs a pair of SQL files.
SQL_FILES = "flask_migrate.sqlfiles"

#: One piece, behind comments and spaces, which never count; an empty one at the end.
_PIECE = re.compile(
    r"""
    (?:\#[^\r\n]* | [ \t\f]+)*
    (
        [A-Za-z]{0,2}(?:'''(?:[^\\]|\\.)*?''' | \"""(?:[^\\]|\\.)*?\"""
            | '(?:[^'\\\r\n]|\\.)*' | "(?:[^"\\\r\n]|\\.)*")
        | (?:\\?\r?\n[ \t\f]*)+
        | \w+
        | \Z
        | .
    )
    """,
    re.VERBOSE | re.DOTALL,
)


_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def checksum(path: str) -> str | None:
    """The SHA-256 of what counts in the file ``path``, in hexadecimal; ``None`` when it can't be read.

    Comments, docstrings, blank lines, line endings and white space within a line do not count, nor do line breaks
    within brackets and a comma behind the last of several items.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            text = file.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    if path.endswith(".pyc"):
        return None
    return checksum_of(text + _sql_of(path) if SQL_FILES in text else text)


def _sql_of(path: str) -> str:
    """The SQL files of a script, as one string that counts."""
    found = []
    for half in ("up", "down"):
        with contextlib.suppress(OSError), open(f"{path.removesuffix('.py')}.{half}.sql", "rb") as file:
            found.append(b" ".join(file.read().split()))
    return f"\nsql = {found!r}\n"


def checksum_of(text: str) -> str:
    """The same, of a script's text."""
    return hashlib.sha256("\n".join(significant(text)).encode()).hexdigest()


def significant(text: str) -> list[str]:
    """The pieces of a Python script that count, each line of code begun by its indentation."""
    lines: list[list[str]] = [[""]]
    commas: list[int] = []  # for each bracket that is open, how many there are in it
    for piece in _PIECE.findall(text):
        first = piece[:1]
        if not first:
            break
        if first == "\n" or piece[:2] in ("\r\n", "\\\n", "\\\r"):
            if not commas and first != "\\":
                lines.append([piece.rpartition("\n")[2].expandtabs()])
            continue
        if piece in _OPENING:
            commas.append(0)
        elif commas and piece in _CLOSING:
            if commas.pop() > 1 and lines[-1][-1] == ",":
                lines[-1].pop()
        elif commas and piece == ",":
            commas[-1] += 1
        lines[-1].append(piece)
    return [piece for line in lines if _counts(line) for piece in line]


def _counts(line: list[str]) -> bool:
    """Whether a line is more than an indentation and a lone string."""
    return len(line) > 2 or (len(line) == 2 and not line[1].endswith(("'", '"')))
