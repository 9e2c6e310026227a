"""Small moves on the texts that engines return."""

from __future__ import annotations

import re
import typing as t

from ..model import Options

QUOTED = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""", re.DOTALL)


def pairs(options: t.Sequence[str] | None) -> Options:
    """``["fillfactor=70"]`` as pairs."""
    found = (option.partition("=") for option in options or ())
    return tuple((word, text) for word, _, text in found)


def without_parentheses(text: str) -> str:
    """``text`` without the parentheses that are around all of it."""
    text = text.strip()
    while text.startswith("(") and closing_parenthesis(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def closing_parenthesis(text: str) -> int | None:
    """Where the parenthesis that ``text`` begins with is closed; quoted text does not count."""
    depth = 0
    for match in re.finditer(rf"{QUOTED.pattern}|[()]", text, re.DOTALL):
        depth += (match.group() == "(") - (match.group() == ")")
        if not depth:
            return match.start() if match.group() == ")" else None
    return None
