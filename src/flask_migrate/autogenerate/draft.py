"""What a part is, and the list of operations that it finishes."""

from __future__ import annotations

import dataclasses
import typing as t

from alembic.operations import ops

from .request import Request

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin
    from sqlalchemy.engine import Dialect


@dataclasses.dataclass(frozen=True)
class Draft:
    """One direction of a script, before it is rendered.

    :param request: the run.
    :param context: what was compared; its inspector still answers.
    :param operations: what the direction does; parts edit its list.
    :param is_upgrade: which direction.
    """

    request: Request
    context: AutogenContext
    operations: ops.OpContainer
    is_upgrade: bool

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database."""
        return self.context.dialect


@dataclasses.dataclass(frozen=True)
class Part:
    """One thing that is added to Alembic's autogenerate.

    :param name: its name in the setting ``autogenerate``.
    :param setup: adds its comparators to an Alembic plugin.
    :param finish: edits one direction when the comparison is over.
    """

    name: str
    setup: t.Callable[[Plugin], None] | None = None
    finish: t.Callable[[Draft], None] | None = None
