"""The revision map: Alembic's, with the parts replaced that take more than linear time."""

from __future__ import annotations

import contextlib
import functools
import operator
import typing as t

from alembic.script.revision import RevisionError

from ..alembic_compat import LinkedMap, LinkedScript, following_revisions, parent_revisions, required_revisions
from ..errors import HistoryError
from .collecting import collection_paused
from .linking import link
from .order import Descent, Reach
from .problems import Problem

if t.TYPE_CHECKING:
    from alembic.script.revision import Revision

#: What means something else than the revision of this id.
_NAMES = ("head", "heads", "base")


class HistoryMap(LinkedMap):
    """The graph of a history.

    :param read: a function that returns the scripts, and the problems of the files that nobody knows the place of;
        called once, when the map is first looked at.
    """

    def __init__(self, read: t.Callable[[], tuple[t.Sequence[LinkedScript], t.Sequence[Problem]]]) -> None:
        super().__init__()
        self._read = read
        self._unplaced: t.Sequence[Problem] = ()

    def build(self) -> t.Mapping[str, LinkedScript]:
        """Read the scripts, link them, and return them by id and by label."""
        scripts, self._unplaced = self._read()
        with collection_paused():
            graph = link(scripts, self._unplaced)
        if self._unplaced:
            for script in scripts:
                script.is_end_known = False
        else:
            self.set_ends(graph.heads, graph.real_heads, scripts)
        return {**graph.by_id, **graph.by_label}

    def require_ends(self) -> None:
        """Raise an error while there is a file that nobody knows the place of: it may be the next head."""
        if self._unplaced:
            first, *others = self._unplaced
            error = first.error()
            if others:
                error.hint = f"{error.hint}\nThe same is true of: {'; '.join(map(str, others))}."
            raise error

    def get_revision(self, id_: str | None) -> Revision | None:
        """The revision that an id or a name stands for."""
        if id_ is not None and id_ not in _NAMES and id_ in self._scripts:
            return self._scripts[id_]
        with self._whole_or_named():
            return super().get_revision(id_)

    def get_revisions(self, id_: t.Any) -> t.Any:
        """The revisions that an id or a name, or several of them, stand for."""
        with self._whole_or_named():
            return super().get_revisions(id_)

    def iterate_revisions(self, *points: t.Any, **options: t.Any) -> t.Iterator[Revision]:
        """The revisions between two points, from the upper one down; see Alembic for the options."""
        with self._whole_or_named():
            yield from super().iterate_revisions(*points, **options)

    @contextlib.contextmanager
    def _whole_or_named(self) -> t.Iterator[None]:
        """Let a question without an answer fail with the file that may have it, while there is such a file."""
        try:
            yield
        except RevisionError as error:
            try:
                self.require_ends()
            except HistoryError as named:
                raise named from error
            raise

    def add_revision(self, revision: Revision, _replace: bool = False) -> None:
        """Add one revision that was written just now."""
        super().add_revision(revision, _replace)
        for name in ("_scripts", "_positions", "_reach", "_lineages"):
            vars(self).pop(name, None)

    def in_order(self, revisions: t.Collection[Revision], heads: t.Iterable[Revision]) -> list[str]:
        """The ids of some revisions in Alembic's order, which goes down from the heads."""
        descent = Descent(
            lambda rev: required_revisions(self._scripts[rev]),
            lambda rev: following_revisions(self._scripts[rev]),
            lambda: self._reach,
        )
        starts = {head.revision for head in heads}
        ordered = sorted(starts, key=self._positions.__getitem__) if len(starts) > 1 else starts
        return descent.order((revision.revision for revision in revisions), ordered)

    def tips(self, revisions: set[Revision]) -> set[Revision]:
        """The revisions that no other one of them descends from, dependencies aside."""
        parents = [parent for revision in revisions for parent in parent_revisions(revision)]
        covered = self._closure(parents, parent_revisions)
        return {revision for revision in revisions if revision.revision not in covered}

    def lineage(self, revisions: tuple[str, ...], *, with_dependencies: bool) -> t.Container[str]:
        """The ids of some revisions, of all that descend from them, and of all that they descend from."""
        key = (revisions, with_dependencies)
        if key not in self._lineages:
            upward, downward = following_revisions, required_revisions
            if not with_dependencies:
                upward, downward = operator.attrgetter("nextrev"), parent_revisions
            self._lineages[key] = self._closure(revisions, upward) | self._closure(revisions, downward)
        return self._lineages[key]

    def is_needed(self, revision: str, heads: t.Collection[str]) -> bool:
        """Whether a revision is one of some heads, or below one of them, dependencies included."""
        return bool(heads) and any(self._reach.is_above(head, revision) for head in heads)

    def _closure(self, revisions: t.Iterable[str], neighbours: t.Callable[[Revision], t.Iterable[str]]) -> set[str]:
        """Some ids, and all that is reached from them."""
        found: set[str] = set()
        todo = list(revisions)
        while todo:
            rev = todo.pop()
            if rev not in found:
                found.add(rev)
                todo += neighbours(self._scripts[rev])
        return found

    @functools.cached_property
    def _scripts(self) -> t.Mapping[str, Revision]:
        return self.scripts()

    @functools.cached_property
    def _positions(self) -> t.Mapping[str, int]:
        return {rev: position for position, rev in enumerate(self._scripts)}

    @functools.cached_property
    def _reach(self) -> Reach:
        return Reach({rev: required_revisions(script) for rev, script in self._scripts.items()})

    @functools.cached_property
    def _lineages(self) -> dict[tuple[tuple[str, ...], bool], set[str]]:
        return {}
