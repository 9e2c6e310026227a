"""Tables that go from one bind to another, in a script that was just compared."""

from __future__ import annotations

import typing as t

from ..autogenerate import moves

if t.TYPE_CHECKING:
    from alembic.autogenerate import RevisionContext

    from ..autogenerate.request import Request
    from .project import Project


def settle_moves(project: Project, context: RevisionContext, request: Request) -> None:
    """See to the rows of tables that go from one bind to another."""
    names = [target.name or "default" for target in project.state.databases.targets()]
    for script in context.generated_revisions:
        pairs = list(zip(script.upgrade_ops_list, script.downgrade_ops_list, strict=True))
        if 1 < len(pairs) == len(names):
            sides = [moves.Side(name, up, down) for name, (up, down) in zip(names, pairs, strict=True)]
            moves.settle_moves(sides, request)
