"""Whether a downgrade may be run."""

from __future__ import annotations

import typing as t

from ..errors import Refused
from .project import Project
from .steps import look_at_steps, refuse_irreversible

if t.TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..execution.plan import Plan

#: How many of the things that would be destroyed an error message names.
SHOWN = 8


def approve_downgrade(
    project: Project,
    revision: str,
    tag: str | None,
    connection: Connection | None,
    allow_destructive: bool,
    confirm: t.Callable[[Plan], bool] | None,
) -> Plan | None:
    """Find out, before anything is touched, whether a downgrade may be run.

    :returns: what may be run; ``None`` for anything.
    :raises Refused: when it may not.
    """
    settings = project.state.settings
    is_protected = settings.is_protected and not allow_destructive
    if not is_protected and confirm is None:
        if len(project.state.databases.targets()) > 1:  # the first one must not be changed when another one refuses
            look_at_steps(project, "downgrade", revision, tag, connection, lambda steps, *_: refuse_irreversible(steps))
        return None
    from .planning import make_plan  # what it needs to know of schemas is loaded only where a plan is made

    plan = make_plan(project, "downgrade", revision, tag, connection, refuse_irreversible)
    if is_protected and plan.is_destructive:
        raise Refused(
            f"The downgrade would destroy {losses_in_words(plan)}, and this app is protected.",
            "Nothing was changed. Look at it: flask db downgrade --plan. Allow it: flask db downgrade "
            "--allow-destructive",
        )
    if confirm is not None and plan.destroys_rows and not confirm(plan):
        raise Refused("The downgrade was not confirmed; nothing was changed.")
    return plan


def losses_in_words(plan: Plan) -> str:
    """What ``plan`` destroys, on one line."""
    several = len(plan.targets) > 1
    words = [
        loss.describe() + (f" of {target.name or 'default'}" if several else "")
        for target in plan.targets
        for loss in target.losses
    ]
    words += [f"whatever the code of {revision} decides" for revision in plan.unknown]
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return f"{', '.join(words[:SHOWN])}{more}"
