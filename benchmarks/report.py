"""The table: on the terminal as it grows, as JSON, and in RESULTS.md."""

from __future__ import annotations

import functools
import json
import os
import platform
import shlex
from dataclasses import asdict

import floors
from cases import GROWTH, GROWTH_LIMIT
from environments import HERE, WORK, Environment, versions
from figures import UNITS, Row
from measuring import Result

HEADER = ("case", "figure", "4.1", "ours", "4.1 ÷ ours", "of the pairs", "at least", "")
INTRODUCTION = """\
# Results

Flask-Migrate 4.1 and this package on the same generated projects, as `{command}` prints them. *4.1 ÷ ours* is
the median of the pairs, *of the pairs* says between which ratios they all lie; the absolute figures beside are
medians. CPU is user and system time of the whole process, the import of the app included, unless the line says
otherwise; wall is the time from its start to its end. Every command warms up with a pair that is not counted,
and both packages print the same in it. SQLite does not wait for the disk (`synchronous=OFF`, for both).

{machine}

"""


class Report:
    """Collects results.

    :param arguments: the command line that makes them.
    """

    def __init__(self, peer: Environment, ours: Environment, arguments: list[str]) -> None:
        self.peer = peer
        self.ours = ours
        self.arguments = [argument for argument in arguments if argument != "--write"]
        self.results: list[Result] = []

    def add(self, result: Result) -> None:
        """Print ``result`` and keep it."""
        self.results.append(result)
        print(f"\n{result.case.name}: {result.case.title}", flush=True)
        if result.skipped or result.failed:
            print(f"  {'skipped' if result.skipped else 'FAILED'}: {result.skipped or result.failed}", flush=True)
        for row in result.rows:
            print("  " + terminal_line(row), flush=True)

    def finish(self, write: bool) -> None:
        """Print what was missed, write the JSON and, on demand, RESULTS.md; when a case failed, fail instead."""
        growth = self.growth()
        if growth is not None:
            print(f"\n{growth}")
        missed = [row for row in self.rows() if row.is_missed()]
        for row in missed:
            print(f"missed: {row.case}, {row.figure.label}: {shown(row)[2]}, goal {row.figure.goal()}")
        (WORK / "results.json").write_text(json.dumps(self.as_json(), indent=2), encoding="utf-8")
        failed = [result.case.name for result in self.results if result.failed]
        if failed:
            raise SystemExit(f"failed{', RESULTS.md is left as it was' if write else ''}: {', '.join(failed)}")
        if write:
            (HERE / "RESULTS.md").write_text(self.as_markdown(), encoding="utf-8")

    def rows(self) -> list[Row]:
        """The lines of all cases."""
        return [row for result in self.results for row in result.rows]

    def growth(self) -> str | None:
        """Whether a downgrade takes time in proportion to its steps, when both cases were measured."""
        steps = {row.case: row for row in self.rows() if row.figure.key == "step"}
        if not steps.keys() >= set(GROWTH):
            return None
        few, many = (steps[name] for name in GROWTH)
        ours, peer = many.ours / few.ours, many.peer / few.peer
        verdict = "reached" if ours <= GROWTH_LIMIT else "missed"
        return (
            f"A step of the longer downgrade costs {ours:.2f} times one of the shorter (4.1: {peer:.2f}); "
            f"goal at most {GROWTH_LIMIT:g}: {verdict}. "
            f"The transactions of the shorter one alone, by sqlite3: {self.floor:.2f} s of CPU for 1,000."
        )

    @functools.cached_property
    def floor(self) -> float:
        """CPU seconds of a thousand transactions."""
        return floors.transactions(1000)

    def as_json(self) -> dict[str, object]:
        """Everything, for programs; values are in seconds, bytes and plain numbers."""
        return {
            "command": self.command(),
            "machine": self.machine(),
            "cases": [
                {
                    "name": result.case.name,
                    "title": result.case.title,
                    "skipped": result.skipped,
                    "failed": result.failed,
                    "rows": [asdict(row) for row in result.rows],
                }
                for result in self.results
            ],
        }

    def command(self) -> str:
        """What to type for these results."""
        return shlex.join(["python", "benchmarks/run.py", *self.arguments])

    def machine(self) -> dict[str, object]:
        """Where this was measured, as far as it matters."""
        return {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "processor": platform.machine(),
            "python": platform.python_version(),
            "peer": versions(self.peer),
            "ours": versions(self.ours),
        }

    def as_markdown(self) -> str:
        """The text of RESULTS.md."""
        lines = [f"| {' | '.join(HEADER)} |", "|" + "---|" * len(HEADER)]
        for result in self.results:
            lines += markdown_lines(result)
        growth = self.growth()
        return "\n".join(
            [
                INTRODUCTION.format(command=self.command(), machine=self.machine_text()) + "\n".join(lines),
                *(["", growth] if growth is not None else []),
                "",
            ]
        )

    def machine_text(self) -> str:
        """The machine in one sentence."""
        machine = self.machine()
        packages = {name: number for name, number in versions(self.peer).items() if name != "Flask-Migrate"}
        named = ", ".join(f"{name} {number}" for name, number in packages.items())
        return (
            f"Measured on {machine['cores']} cores ({machine['system']}, {machine['processor']}), "
            f"Python {machine['python']}, {named}."
        )


def shown(row: Row) -> tuple[str, str, str, str]:
    """The values of a line: 4.1, ours, their ratio, and the range of the ratios."""
    write = UNITS[row.figure.unit]
    low, high = row.ratios
    return write(row.peer), write(row.ours), f"{row.ratio:.1f}", f"{low:.1f} to {high:.1f}"


def verdict(row: Row) -> str:
    """Whether the goal is reached; nothing when there is none."""
    if not row.figure.goal():
        return ""
    return "missed" if row.is_missed() else "reached"


def terminal_line(row: Row) -> str:
    """A line for the terminal."""
    peer, ours, ratio, spread = shown(row)
    goal = f"goal {row.figure.goal()}: {verdict(row)}" if row.figure.goal() else ""
    text = f"{row.figure.label:26} {peer:>10} {ours:>10}   x {ratio:>5} ({spread})"
    return f"{text:72} {goal}".rstrip()


def markdown_lines(result: Result) -> list[str]:
    """The lines of a case in RESULTS.md."""
    title = result.case.title
    if not result.rows:
        return [f"| {title} | not measured: {result.skipped} | | | | | | |"]
    return [
        f"| {title if number == 0 else ''} | {row.figure.label} | {' | '.join(shown(row))} "
        f"| {row.figure.goal()} | {verdict(row)} |"
        for number, row in enumerate(result.rows)
    ]
