"""The history on scratch databases: what it makes, and whether it runs at all."""

from __future__ import annotations

import contextlib
import typing as t

from ..environment.replay import Scratch, replay, scratch

if t.TYPE_CHECKING:
    from .project import Project


@contextlib.contextmanager
def replayed(
    project: Project, destinations: t.Mapping[str, t.Any] | None = None, *, names: t.Collection[str] | None = None
) -> t.Iterator[Scratch]:
    """Scratch databases with the history applied, one for each target, within this block.

    :param destinations: by bind, the revisions to go to (one, several, or ``"base"`` for none); without it, all heads.
    :param names: the binds to make a scratch database for; all by default.
    :raises MigrateError: when there can be no scratch database, or the history does not run on an empty one.
    """
    with scratch(project.state, names) as databases:
        replay(project.state, project.config, project.script, databases, destinations)
        yield databases
