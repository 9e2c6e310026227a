"""Statements that lead from one schema to another, as values."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Step:
    """One statement.

    :param sql: the statement, without a semicolon behind it.
    :param words: what it does.
    :param loses: the data that it destroys, in words; empty when it keeps all.
    :param table: schema and name of the table whose rows are at stake.
    :param column: the column of ``table`` that goes; empty for the whole table.

    .. versionadded:: 5.0
    """

    sql: str
    words: str
    loses: str = ""
    table: tuple[str | None, str] | None = None
    column: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {"words": self.words, "sql": self.sql, "loses": self.loses or None}


@dataclasses.dataclass(frozen=True)
class Script:
    """The steps from one schema to another, in their order.

    :param steps: what to run.
    :param impossible: a sentence for each difference that no statement settles.

    .. versionadded:: 5.0
    """

    steps: tuple[Step, ...] = ()
    impossible: tuple[str, ...] = ()

    @property
    def losses(self) -> tuple[str, ...]:
        """The data that is destroyed, in words."""
        return tuple(dict.fromkeys(step.loses for step in self.steps if step.loses))

    def to_dict(self) -> dict[str, t.Any]:
        """The same as a dict that JSON can hold."""
        return {"steps": [step.to_dict() for step in self.steps], "impossible": list(self.impossible)}


@dataclasses.dataclass
class Alteration:
    """What changes one table: statements before all others, in their place, and after all others."""

    early: list[Step] = dataclasses.field(default_factory=list)
    steps: list[Step] = dataclasses.field(default_factory=list)
    late: list[Step] = dataclasses.field(default_factory=list)
    impossible: list[str] = dataclasses.field(default_factory=list)
    moves_columns: bool = False


def safe_widening(before: str, after: str) -> bool:
    """Whether every value of the type ``before`` fits into the type ``after``."""
    old, new = _taken_apart(before), _taken_apart(after)
    if old[0] == new[0]:
        return (
            len(old[1]) == len(new[1]) and all(a <= b for a, b in zip(old[1], new[1], strict=True)) and _scale(old, new)
        )
    ranks = (INTEGERS.get(old[0]), INTEGERS.get(new[0]))
    if ranks[0] is not None and ranks[1] is not None:
        return ranks[0] <= ranks[1]
    return old[0] in TEXTS and new[0] in WIDE_TEXTS and TEXTS[old[0]] <= TEXTS[new[0]]


INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "integer": 4, "int": 4, "bigint": 5}
TEXTS = {"character varying": 1, "varchar": 1, "character": 1, "char": 1, "text": 4, "mediumtext": 5, "longtext": 6}
WIDE_TEXTS = frozenset(("text", "mediumtext", "longtext"))


def _taken_apart(type_: str) -> tuple[str, tuple[int, ...]]:
    """``varchar(50)`` as its name and its numbers."""
    name, _, rest = type_.lower().partition("(")
    numbers, _, tail = rest.partition(")")
    if name.strip() in INTEGERS:  # what MariaDB has in parentheses there is the width of a display
        numbers = ""
    found = tuple(int(part) for part in numbers.split(",") if part.strip().isdigit())
    key = f"{name.strip()} {tail.strip()}".strip()
    return (key if found or not numbers else type_.lower()), found


def _scale(old: tuple[str, tuple[int, ...]], new: tuple[str, tuple[int, ...]]) -> bool:
    """Whether as many digits stand before the point as did."""
    if len(old[1]) != 2:
        return True
    return old[1][0] - old[1][1] <= new[1][0] - new[1][1]
