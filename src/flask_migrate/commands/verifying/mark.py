"""The comment on top of a script that failed."""

from __future__ import annotations

import pathlib
import re
import textwrap
import tokenize

#: Lines that have to stay the first ones of a file.
FIRST = re.compile(rb"^(#!|[ \t\f]*#.*?coding[:=])")


def mark(path: str, message: str, hint: str | None) -> None:
    """Write into the script at ``path`` that it failed its verification, and why; the comment changes nothing."""
    file = pathlib.Path(path)
    with file.open("rb") as opened:
        encoding, _ = tokenize.detect_encoding(opened.readline)
    content = file.read_bytes()
    lines = content.splitlines(keepends=True)
    number = 0
    while number < min(2, len(lines)) and FIRST.match(lines[number]):
        number += 1
    end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    comment = [line.encode(encoding, "backslashreplace").rstrip() for line in _lines(message, hint)]
    file.write_bytes(b"".join([*lines[:number], *(line + end for line in comment), *lines[number:]]))


def _lines(message: str, hint: str | None) -> list[str]:
    told = [f"Verification failed. {message}", *(hint or "").splitlines(), "Correct it, and take this comment out."]
    return [
        f"# {line}"
        for text in told
        for line in textwrap.wrap(text, 110, break_long_words=False, subsequent_indent="  ") or [""]
    ]
