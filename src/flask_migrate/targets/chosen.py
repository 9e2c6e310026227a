"""Some of the databases of an app."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..errors import USAGE, TargetError
from .databases import Databases
from .model import DEFAULT, Target


class ChosenDatabases(Databases):
    """The databases of an app, of which commands work on some.

    Every other one can still be asked for: an env.py of an earlier release walks all binds itself, and is stopped
    where it would run the migrations of one that was not chosen.

    :param app: all of them.
    :param chosen: the binds that count.
    """

    def __init__(self, app: Databases, chosen: frozenset[str]) -> None:
        super().__init__(app.db, app.metadata_source, app.engine_source)
        self.app = app
        self.chosen = chosen

    def engines_by_name(self) -> dict[str, sa.Engine]:
        """All engines, by bind name."""
        return self.app.engines_by_name()

    def metadata_by_name(self) -> dict[str, sa.MetaData]:
        """The MetaData of all binds that have models."""
        return self.app.metadata_by_name()

    def chosen_names(self) -> frozenset[str]:
        """The binds that commands work on."""
        inner = self.app.chosen_names()
        return self.chosen if inner is None else self.chosen & inner

    def targets(self) -> tuple[Target, ...]:
        """The chosen targets, the default one first."""
        return tuple(target for target in self.app.targets() if target.name in self.chosen)


def choose_binds(app: Databases, only: t.Collection[str] = (), skip: t.Collection[str] = ()) -> ChosenDatabases:
    """The binds ``only``, or all of them, without those to ``skip``; ``"default"`` is the default one.

    :raises TargetError: when there is no such bind, or none is left.
    """
    known = [target.name for target in app.targets()]
    wanted = {_known(name, known) for name in only} or set(known)
    chosen = frozenset(wanted - {_known(name, known) for name in skip})
    if not chosen:
        raise TargetError("No bind is left.", "Choose fewer with --skip-bind.", exit_code=USAGE)
    return ChosenDatabases(app, chosen)


def _known(name: str, known: list[str]) -> str:
    if name in known:
        return name
    if name in ("", "default") and DEFAULT in known:
        return DEFAULT
    names = ", ".join(repr(other or "default") for other in known)
    raise TargetError(f"The app declares no bind {name!r}.", f"There are: {names}.", exit_code=USAGE)
