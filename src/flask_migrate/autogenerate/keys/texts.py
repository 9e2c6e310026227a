"""What conditions say."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from ...schema.model import Table

#: Names in a condition, quoted or not; what stands before a parenthesis is a function.
NAME = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|([^\W\d][\w$]*)(?!\s*\()""")


def names_in(text: str) -> set[str]:
    """The columns that a condition may name."""
    found = set()
    for match in NAME.finditer(text):
        double, back, bare = match.groups()
        found.add((double or "").replace('""', '"') or (back or "").replace("``", "`") or bare or "")
    return found - {""}


def is_columnless(text: str, table: Table) -> bool:
    """Whether a condition names no column of a table."""
    named = {name.lower() for name in names_in(text)}
    return not any(column.name.lower() in named for column in table.columns)
