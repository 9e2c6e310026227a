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


#: What a piece is, by its first character; all others are only kept.
_KINDS = {
    **dict.fromkeys("([{", "opening"),
    **dict.fromkeys(")]}", "closing"),
    **dict.fromkeys("\n\r\\", "break"),
    ",": "comma",
    "": "end",
}


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
    found: list[str] = []
    line = [""]
    commas: list[int] = []  # for each bracket that is open, how many there are in it
    for piece in _PIECE.findall(text):
        kind = _KINDS.get(piece[:1])
        if kind is None:
            line.append(piece)
        elif kind == "break":
            if not commas and (piece[0] == "\n" or piece[:2] == "\r\n"):
                found += line if _counts(line) else ()
                line = [piece.rpartition("\n")[2].expandtabs()]
            elif piece in ("\\", "\r"):
                line.append(piece)
        elif kind != "end":
            _count(kind, commas, line)
            line.append(piece)
    return found + line if _counts(line) else found


def _count(kind: str, commas: list[int], line: list[str]) -> None:
    """Take notice of a bracket or a comma; a comma behind the last of several items is taken off ``line``."""
    if kind == "opening":
        commas.append(0)
    elif commas and kind == "closing":
        if commas.pop() > 1 and line[-1] == ",":
            line.pop()
    elif commas:
        commas[-1] += 1


def _counts(line: list[str]) -> bool:
    """Whether a line is more than an indentation and a lone string."""
    return len(line) > 2 or (len(line) == 2 and not line[1].endswith(("'", '"')))
