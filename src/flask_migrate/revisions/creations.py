"""Which tables a script makes, as far as its text says so without running it."""

from __future__ import annotations

import ast
import pathlib
import re
import typing as t

#: A table by its schema (``None`` for the default one) and its name.
Place = tuple[str | None, str]

_CREATE = re.compile(r"\s*CREATE\s+TABLE\s+(?!IF\s)(?P<name>[^\s(]+)", re.I)
_DROP = re.compile(r"\s*DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?P<name>[^\s;]+)", re.I)

_RENAME = re.compile(
    r"\s*(?:ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<name>[^\s;]+)\s+RENAME\s+(?:TO|AS)?"
    r"|RENAME\s+TABLE\s+(?P<old>[^\s;]+)\s+TO)\s",
    re.I,
)


def tables_made(path: str, functions: t.Collection[str]) -> t.Iterator[tuple[str, Place]]:
    """What the script ``path`` does to tables in ``functions``: ``("create" or "drop", table)``, in order.

    Only what is done in any case counts, not what stands below an ``if``.
    """
    try:
        tree = ast.parse(pathlib.Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            for statement in node.body:
                yield from _of_statement(statement)


def _of_statement(statement: ast.stmt) -> t.Iterator[tuple[str, Place]]:
    if isinstance(statement, ast.With):
        for inner in statement.body:
            yield from _of_statement(inner)
    value = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return
    name = _text(value.args[0]) if value.args else None
    options = {keyword.arg: keyword.value for keyword in value.keywords}
    if name is None:
        return
    if value.func.attr == "execute":
        yield from tables_in_statement(name)
    elif value.func.attr in ("create_table", "drop_table") and "if_not_exists" not in options:
        schema = options.get("schema")
        yield value.func.attr.partition("_")[0], (_text(schema) if schema is not None else None, name)
    elif value.func.attr == "rename_table":
        yield "drop", (None, name)


def tables_in_statement(text: str) -> t.Iterator[tuple[str, Place]]:
    """What a SQL statement does to a table: ``("create" or "drop", table)``."""
    for word, pattern in (("create", _CREATE), ("drop", _DROP), ("drop", _RENAME)):
        found = pattern.match(text)
        if found is not None:
            parts = [part.strip('"`[]') for part in next(filter(None, found.groups())).split(".")]
            yield word, (parts[-2] if len(parts) > 1 else None, parts[-1])


def _text(node: ast.expr) -> str | None:
    """The text that ``node`` is, also inside of ``sa.text("…")``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and len(node.args) == 1:
        return _text(node.args[0])
    return None
