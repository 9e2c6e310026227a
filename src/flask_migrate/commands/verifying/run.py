"""Trying what was just written, and saying what came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import time
import typing as t
import warnings
from collections import Counter

from ...alembic_compat import operations_of
from ...autogenerate.words import describe_operations
from ...errors import VerificationFailed
from ..project import Project, revisions_named
from ..values import NewRevisions, Verification
from .bench import Impossible, bench, read_lives
from .mark import mark
from .trial import Failed, Trial, text_of

if t.TYPE_CHECKING:
    from alembic.autogenerate import RevisionContext
    from sqlalchemy import Connection

    from ...autogenerate.request import Request


def verified(
    project: Project,
    result: NewRevisions,
    context: RevisionContext,
    request: Request,
    *,
    verify: bool | None = None,
    connection: Connection | None = None,
) -> NewRevisions:
    """``result`` with what came of trying its scripts.

    :param context: what the comparison has made.
    :param request: the comparison.
    :param verify: whether to try them, however long it takes; ``None`` for what the settings say.
    :raises VerificationFailed: when a script does not do what it should; its file is kept, with a comment.
    """
    wanted = project.state.settings.is_verified if verify is None else verify
    if not wanted or not result:
        return result
    started = time.perf_counter()
    scripts = tuple(one for info in result.revisions for one in revisions_named(project, info.revision))
    trial = Trial(project, scripts, *_hooked(context, request))
    failure: Failed | None = None
    reason = ""
    with _silent():
        try:
            _try(trial, connection, is_limited=verify is None)
        except Failed as error:
            failure, reason = error, error.message
        except Impossible as error:
            reason = str(error)
        except Exception as error:  # whatever it is, it is no fault of the script
            reason = text_of(error)
    seconds = time.perf_counter() - started
    outcome = t.cast("t.Any", "failed" if failure else "skipped" if reason else "passed")
    verification = Verification(outcome, tuple(trial.steps), reason, seconds)
    found = dataclasses.replace(result, verification=verification)
    if failure is not None:
        raise _failed(found, failure)
    return found


def _try(trial: Trial, connection: Connection | None, *, is_limited: bool) -> None:
    trial.load()
    lives = read_lives(trial.project, connection)
    with bench(trial.project, lives, is_limited=is_limited) as found:
        trial.upgrade(found)
        trial.compare(found)
        trial.downgrade(found)
        trial.compare_old(found)


def _failed(result: NewRevisions, failure: Failed) -> VerificationFailed:
    """The error for a script that failed; its file is marked."""
    for path in result.paths:
        mark(path, failure.message, failure.hint)
    names = ", ".join(os.path.relpath(path) for path in result.paths)
    return VerificationFailed(
        f"{names} was tried on a scratch database, and failed. {failure.message}",
        "\n".join(
            [
                *([failure.hint] if failure.hint else []),
                "The file is kept, with a comment on top. Correct it, or write it anew: flask db migrate --amend",
            ]
        ),
        result=result,
    )


def _hooked(context: RevisionContext, request: Request) -> tuple[Counter[str], bool]:
    """What a hook of the project has taken out of the upgrade, and whether it has changed anything."""
    scripts = context.generated_revisions
    up = Counter(line for script in scripts for one in operations_of(script) for line in describe_operations(one))
    down = Counter(line for script in scripts for one in script.downgrade_ops_list for line in describe_operations(one))
    planned, planned_back = Counter(request.planned), Counter(request.planned_back)
    return planned - up, (planned, planned_back) != (up, down)


@contextlib.contextmanager
def _silent() -> t.Iterator[None]:
    """Keep Alembic, and warnings that were given already, quiet."""
    logger = logging.getLogger("alembic")
    names = [name for name in logging.root.manager.loggerDict if name.startswith("alembic.")]
    loggers = [logger, *map(logging.getLogger, names)]
    before = [one.disabled for one in loggers]
    for one in loggers:
        one.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, state in zip(loggers, before, strict=True):
            one.disabled = state
