"""The order in which objects can be made: what one mentions comes before it."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .steps import Step

WORD = re.compile(r'"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|([^\W\d][\w$]*)')


@dataclasses.dataclass
class Unit:
    """Statements that belong together.

    :param rank: what comes first where nothing is mentioned.
    :param name: the object that they make.
    :param steps: the statements.
    :param extra: texts in which others are mentioned, beside the statements.
    """

    rank: int
    name: str
    steps: t.Sequence[Step]
    extra: str = ""

    def mentions(self) -> set[str]:
        """Every word of the statements, folded."""
        return words_in("\n".join([self.extra, *(step.sql for step in self.steps)]))


def words_in(text: str) -> set[str]:
    """Every name in ``text``, folded; those in literals, too, since a default may name a sequence there."""
    return {
        next(group for group in match.groups() if group).replace('""', '"').replace("``", "`").lower()
        for match in WORD.finditer(text)
    }


def ordered(units: t.Sequence[Unit]) -> list[Unit]:
    """``units`` by their rank, but for those that others mention; a circle is broken at the higher rank."""
    by_name: dict[str, list[Unit]] = {}
    for unit in units:
        by_name.setdefault(unit.name.lower(), []).append(unit)
    result: list[Unit] = []
    seen: set[int] = set()
    for first in sorted(units, key=lambda unit: unit.rank):
        stack: list[tuple[Unit, t.Iterator[Unit]]] = []
        if id(first) not in seen:
            seen.add(id(first))
            stack.append((first, _needed(first, by_name)))
        while stack:
            unit, others = stack[-1]
            following = next((other for other in others if id(other) not in seen), None)
            if following is None:
                result.append(unit)
                stack.pop()
            else:
                seen.add(id(following))
                stack.append((following, _needed(following, by_name)))
    return result


def _needed(unit: Unit, by_name: t.Mapping[str, list[Unit]]) -> t.Iterator[Unit]:
    mentioned = sorted(unit.mentions() & by_name.keys())
    found = [other for name in mentioned for other in by_name[name] if other is not unit]
    return iter(sorted(found, key=lambda other: other.rank))
