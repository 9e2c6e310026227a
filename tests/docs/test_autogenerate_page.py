"""docs/autogenerate.md has the table that the battery's cases give."""

from __future__ import annotations

import pathlib

from tests.autogenerate.case import ENGINES
from tests.autogenerate.cases import MODULES

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "autogenerate.md"


def table() -> str:
    """One row for each module of cases: what it is about, and how many of its cases work on each engine."""
    lines = ["| what | SQLite | PostgreSQL | MariaDB |", "|---|---|---|---|"]
    for module in MODULES:
        title = (module.__doc__ or "").partition("\n")[0].rstrip(".")
        cells = []
        for engine in ENGINES:
            cases = [case for case in module.CASES if engine in case.engines]
            cells.append(f"{sum(engine not in case.broken for case in cases)} of {len(cases)}")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_table_is_that_of_the_cases() -> None:
    """A case that is added, or works from now on, is told on the page."""
    assert table() in PAGE.read_text(encoding="utf-8"), f"The table of the page should be:\n{table()}"
