"""The header of a file that is not Python, as far as it can still be told."""

from __future__ import annotations

import ast
import re

from .header import NAMES, BadHeader, Header, make_header
from .scan import read_docstring

_ASSIGNMENT = re.compile(rf"^({'|'.join(NAMES)})[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*", re.MULTILINE)
#: No list of parents is longer than this many lines; a limit keeps a damaged file from being read again and again.
_MOST_LINES = 200


def recover(text: str) -> Header | None:
    """The header of a damaged file: every assignment to a header name in it is whole, and no two differ.

    :return: None when the revision's id or parents can't be told for certain.
    """
    values: dict[str, object] = {}
    for match in _ASSIGNMENT.finditer(text):
        name = match[1]
        try:
            value = _leading_literal(text[match.end() :])
        except ValueError:
            return None
        if name in values and values[name] != value:
            return None  # as in a file with the two sides of a merge conflict
        values[name] = value
    if "revision" not in values or "down_revision" not in values:
        return None
    try:
        return make_header(values, read_docstring(text))
    except BadHeader:
        return None


def _leading_literal(text: str) -> object:
    """The literal at the start of a text; the shortest run of lines that is one."""
    lines = text.split("\n", _MOST_LINES)[:_MOST_LINES]
    if not lines[0].strip():
        raise ValueError("no value")
    for count in range(1, len(lines) + 1):
        try:
            return ast.literal_eval("\n".join(lines[:count]))
        except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
            continue
    raise ValueError("no literal")
