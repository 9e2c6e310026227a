"""How a call of one of our operations is written down."""

from __future__ import annotations

import typing as t

from ..alembic_compat import is_in_batch

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: What a script says that uses an operation of ours.
IMPORT = "from flask_migrate import operations"


def call(context: AutogenContext, function: str, operation: t.Any, /, *arguments: str, **options: t.Any) -> str:
    """The call of an operation on a table, within a batch or on its own.

    :param arguments: as Python writes them.
    :param options: values; those that are ``None`` are left out.
    """
    context.imports.add(IMPORT)
    is_batch = is_in_batch(context)
    words = list(arguments) if is_batch else [repr(str(operation.table_name)), *arguments]
    if not is_batch:
        options["schema"] = operation.schema
    words += [f"{word}={value!r}" for word, value in options.items() if value is not None]
    prefix = "batch_op." if is_batch else context.opts["alembic_module_prefix"] or ""
    return f"{prefix}{function}({', '.join(words)})"
