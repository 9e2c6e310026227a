"""Comments in a script, above the operation that they are about."""

from __future__ import annotations

import textwrap
import typing as t

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


class Remark(MigrateOperation):
    """A comment; alone it does not make a script.

    :param text: without the number signs.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def describe(self) -> list[str]:
        """It changes nothing."""
        return []

    def reverse(self) -> MigrateOperation:
        return Remark(self.text)


@renderers.dispatch_for(Remark)
def _render(context: AutogenContext, operation: Remark) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(operation.text, 100, break_long_words=False)]
