"""Which of a table's keys are the same on both sides."""

from __future__ import annotations

import dataclasses
import typing as t

V = t.TypeVar("V")


@dataclasses.dataclass(frozen=True)
class Difference(t.Generic[V]):
    """What has to go and what has to come, and which pairs differ in their name only."""

    dropped: tuple[V, ...] = ()
    added: tuple[V, ...] = ()
    renamed: tuple[tuple[V, V], ...] = ()


def match(
    live: t.Iterable[V], wanted: t.Iterable[V], *, is_named: t.Callable[[V], bool] = lambda _: True
) -> Difference[V]:
    """Compare two collections of parts of a table.

    :param is_named: whether the model names a wanted part itself; the name of another one doesn't count.
    """
    here, there = list(live), list(wanted)
    for one in list(there):
        same = next((other for other in here if _silent(other) == _silent(one)), None)
        if same is not None:
            here.remove(same)
            there.remove(one)
    for one in [one for one in there if not is_named(one)]:
        same = next((other for other in here if _content(other) == _content(one)), None)
        if same is not None:
            here.remove(same)
            there.remove(one)
    renamed = []
    for one in list(there):
        names = {getattr(other, "name", None) for other in here}
        same = next((other for other in here if _content(other) == _content(one)), None)
        if same is not None and t.cast("t.Any", one).name not in names:
            here.remove(same)
            there.remove(one)
            renamed.append((same, one))
    return Difference(tuple(here), tuple(there), tuple(renamed))


def _content(part: t.Any) -> t.Any:
    """A part without its name and its comment."""
    return dataclasses.replace(_silent(part), name=None)


def _silent(part: t.Any) -> t.Any:
    """A part without its comment, which is no reason to make it anew."""
    return dataclasses.replace(part, comment=None) if getattr(part, "comment", None) else part
