"""A message for a script that was written without one, from what it does."""

from __future__ import annotations

import re
import typing as t

from alembic.operations import ops

#: How many words a message has at most.
LONGEST = 60


def message(containers: t.Iterable[ops.OpContainer]) -> str:
    """A short text such as ``add user.email, drop post``; empty where nothing can be said."""
    found = list(dict.fromkeys(text for container in containers for text in _texts(container)))
    added = {one.removeprefix("add ") for one in found if one.startswith("add ")}
    found = [one for one in found if not (one.startswith("alter ") and one.removeprefix("alter ") in added)]
    text = ""
    for number, one in enumerate(found):
        longer = f"{text}, {one}" if text else one
        if len(longer) > LONGEST:
            left = len(found) - number
            return f"{text} and {left} more" if text else one[:LONGEST]
        text = longer
    return text


def _texts(container: ops.OpContainer) -> t.Iterator[str]:
    made = {one.table_name for one in container.ops if isinstance(one, ops.CreateTableOp)}
    for operation in container.ops:
        if isinstance(operation, ops.OpContainer):
            if getattr(operation, "table_name", None) not in made:
                yield from _texts(operation)
        else:
            text = _text(operation)
            if text:
                yield re.sub(r"[\\\"\s]+", " ", text)


def _text(operation: t.Any) -> str:
    """One operation in a few words."""
    table = getattr(operation, "table_name", "")
    if isinstance(operation, ops.CreateTableOp):
        return f"create {table}"
    if isinstance(operation, ops.DropTableOp):
        return f"drop {table}"
    if isinstance(operation, ops.AddColumnOp):
        return f"add {table}.{operation.column.name}"
    if isinstance(operation, ops.DropColumnOp):
        return f"drop {table}.{operation.column_name}"
    if isinstance(operation, ops.AlterColumnOp):
        return f"alter {table}.{operation.column_name}"
    if isinstance(operation, (ops.CreateIndexOp, ops.DropIndexOp)):
        return f"{'index' if isinstance(operation, ops.CreateIndexOp) else 'drop index of'} {table}"
    if isinstance(operation, (ops.AddConstraintOp, ops.DropConstraintOp)):
        return f"constrain {table or getattr(operation, 'source_table', '')}"
    described = operation.describe() if hasattr(operation, "describe") else []
    return _short(described[0]) if described else ""


def _short(sentence: str) -> str:
    """A sentence of ``check`` about a rename: ``~ column user.name → full_name``."""
    match = re.match(r"~ (?:\w+ )?([^:]+) → (.+)", sentence)
    if match:
        return f"rename {match[1]} to {match[2]}"
    verb = {"+": "add", "-": "drop", "~": "change"}.get(sentence[:1])
    return f"{verb} {sentence[2:].partition(': ')[0]}" if verb else ""
