"""Orders on a graph of ids, and which id is above which."""

from __future__ import annotations

import typing as t

#: What each id is directly above: parents, or parents and dependencies, without repetitions.
Below = t.Mapping[str, t.Sequence[str]]


def invert(below: Below) -> dict[str, list[str]]:
    """The ids directly above each id, for those that have any."""
    above: dict[str, list[str]] = {}
    for node, needed in below.items():
        for other in needed:
            above.setdefault(other, []).append(node)
    return above


def below_first(below: Below, above: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """All ids, each after all that it is above. Ids on a cycle, and those above one, are left out.

    :param above: what :func:`invert` makes of ``below``.
    """
    waiting = {node: len(needed) for node, needed in below.items() if needed}
    order = [node for node, needed in below.items() if not needed]
    for node in order:
        for other in above.get(node, ()):
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def find_cycle(below: Below, ordered: t.Container[str]) -> list[str]:
    """The ids of one cycle, each directly above the next.

    :param ordered: what :func:`below_first` returned; not all of ``below``.
    """
    node = next(node for node in below if node not in ordered)
    path: dict[str, None] = {}
    while node not in path:
        path[node] = None
        node = next(other for other in below[node] if other not in ordered)
    walked = list(path)
    return walked[walked.index(node) :]


class Reach:
    """Answers which id is above which.

    Ids that follow each other without a branch, merge or dependency in between form one run; what a run is above is a
    set of runs, kept as the bits of one number. So a long straight history costs nothing, and one of many branches a
    bit for each pair of runs.
    """

    def __init__(self, below: Below) -> None:
        self._run: dict[str, int] = {}
        self._height: dict[str, int] = {}
        self._below: list[int] = []
        above = invert(below)
        for node in below_first(below, above):
            needed = below[node]
            if len(needed) == 1 and len(above[needed[0]]) == 1:
                self._run[node] = self._run[needed[0]]
                self._height[node] = self._height[needed[0]] + 1
            else:
                self._begin_run(node, needed)

    def _begin_run(self, node: str, needed: t.Sequence[str]) -> None:
        run = len(self._below)
        bits = 1 << run
        for other in needed:
            bits |= self._below[self._run[other]]
        self._run[node], self._height[node] = run, 0
        self._below.append(bits)

    def is_above(self, upper: str, lower: str) -> bool:
        """Whether ``upper`` is ``lower`` or anywhere above it."""
        run, lower_run = self._run[upper], self._run[lower]
        if run == lower_run:
            return self._height[lower] <= self._height[upper]
        return bool(self._below[run] >> lower_run & 1)


class Descent:
    """Alembic's order of a set of revisions, from the heads down.

    Alembic keeps a list of the ids that are next on each open branch, and walks down one branch as long as its id is
    not below another one of the list; else it goes on with the first one that it is below. Alembic keeps the set of
    ancestors of every open id for that. Here only an id that something not yet given follows is looked at, and
    :class:`Reach` answers.

    :param needs: what an id is directly above.
    :param followed_by: what is directly above an id; may have more than the opposite of ``needs``.
    :param reach: a function that returns the reach for ``needs``; called only when there are branches.
    """

    def __init__(
        self,
        needs: t.Callable[[str], t.Sequence[str]],
        followed_by: t.Callable[[str], t.Iterable[str]],
        reach: t.Callable[[], Reach],
    ) -> None:
        self._needs = needs
        self._followed_by = followed_by
        self._reach = reach

    def order(self, wanted: t.Iterable[str], heads: t.Iterable[str]) -> list[str]:
        """All ``wanted`` ids, each before all that it is above.

        :param heads: the ids to start from, without repetitions, in the order of the history's files.
        """
        self._todo = set(wanted)
        self._given: dict[str, None] = {}
        self._open = [head for head in heads if head in self._todo]
        self._is_open = set(self._open)
        at = 0
        while self._open:
            blocking = self._first_above(at)
            at = self._give(at) if blocking is None else blocking
        assert not self._todo
        return list(self._given)

    def _first_above(self, at: int) -> int | None:
        """The place of the first other open id that is above the one at a place."""
        node = self._open[at]
        if len(self._open) == 1 or all(other in self._given for other in self._followed_by(node)):
            return None
        is_above = self._reach().is_above
        return next((index for index, other in enumerate(self._open) if index != at and is_above(other, node)), None)

    def _give(self, at: int) -> int:
        """Give the id at a place, open what is below it, and return the place to go on with."""
        node = self._open[at]
        self._given[node] = None
        self._todo.remove(node)
        self._is_open.remove(node)
        opened = [other for other in self._needs(node) if other in self._todo and other not in self._is_open]
        self._is_open.update(opened)
        if opened:
            self._open[at] = opened[0]
            self._open += opened[1:]
            return at
        del self._open[at]
        return max(at - 1, 0)
