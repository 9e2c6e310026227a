"""What is measured of a case, and what it should come to."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from processes import Sample


@dataclass(frozen=True)
class Figure:
    """One thing that is measured.

    :param key: its name in a sample's figures.
    :param label: its name in the table.
    :param unit: a key of ``UNITS``.
    :param at_least: how many times better than Flask-Migrate 4.1 it should be.
    :param at_most: what it should stay within, in its unit.
    """

    key: str
    label: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    def goal(self) -> str:
        """The goal as the table says it."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"{self.at_least:g}"


#: How a value is written, by unit; values are in seconds, bytes or plain numbers.
UNITS: dict[str, Callable[[float], str]] = {
    "s": lambda value: f"{value:.2f} s",
    "ms": lambda value: f"{value * 1000:.1f} ms",
    "MB": lambda value: f"{value / 1e6:.2f} MB",
    "": lambda value: f"{value:,.0f}",
}


@dataclass(frozen=True)
class Row:
    """A line of the table.

    :param case: the name of the case.
    :param figure: what was measured.
    :param peer: the median of Flask-Migrate 4.1.
    :param ours: the median of this package.
    :param ratio: the median of peer ÷ ours, pair by pair.
    :param ratios: the smallest and the largest of them.
    """

    case: str
    figure: Figure
    peer: float
    ours: float
    ratio: float
    ratios: tuple[float, float]

    def is_missed(self) -> bool:
        """Whether there is a goal and it is not reached, as far as the table shows digits."""
        if self.figure.at_most is not None:
            return self.ours > self.figure.at_most
        return self.figure.at_least is not None and round(self.ratio, 1) < self.figure.at_least


def row(case: str, figure: Figure, pairs: Sequence[tuple[Sample, Sample]]) -> Row:
    """The line for ``figure``, from pairs of a sample of Flask-Migrate 4.1 and one of this package."""
    values = [(peer.figures[figure.key], ours.figures[figure.key]) for peer, ours in pairs]
    ratios = [peer / ours if ours else float("inf") for peer, ours in values]
    return Row(
        case,
        figure,
        statistics.median(peer for peer, _ in values),
        statistics.median(ours for _, ours in values),
        statistics.median(ratios),
        (min(ratios), max(ratios)),
    )
