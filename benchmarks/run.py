"""Measure this checkout against Flask-Migrate 4.1: the same projects, in turn, one process after the other.

    python benchmarks/run.py                    every case
    python benchmarks/run.py --quick            small projects, few pairs, no goals
    python benchmarks/run.py heads current      these cases
    python benchmarks/run.py --list             what there is
    python benchmarks/run.py --write            keep the table in benchmarks/RESULTS.md

A pair is a process of Flask-Migrate 4.1 and then one of this checkout; a ratio is the median of 4.1 ÷ ours over
all pairs, so what else the machine does hits both alike. Before the first pair of a command comes one that is not
counted: its outputs must be the same, and it leaves the bytecode and caches behind that a second command finds.

This script needs nothing but Python; the environments that it makes, the generated projects and the results as
JSON are in ``benchmarks/.work``.
"""

from __future__ import annotations

import argparse
import sys

from cases import FULL, QUICK, Case, all_cases
from databases import Databases
from environments import WORK, make_environments
from measuring import Bench
from report import Report


def main() -> None:
    """Parse the command line, measure, report."""
    arguments = parser().parse_args()
    sizes = QUICK if arguments.quick else FULL
    cases = selected(all_cases(sizes), arguments.cases)
    if arguments.list:
        print("\n".join(f"{case.name:24} {case.title}" for case in cases))
        return
    WORK.mkdir(exist_ok=True)
    peer, ours = make_environments()
    databases = Databases(peer)
    report = Report(peer, ours, sys.argv[1:])
    try:
        bench = Bench(peer, ours, databases, arguments.pairs, sizes.pairs)
        for case in cases:
            report.add(bench.measure(case))
    finally:
        databases.drop()
    report.finish(write=arguments.write)


def parser() -> argparse.ArgumentParser:
    """The options of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="run.py [options] [CASE ...]"
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="the cases to measure, all by default")
    parser.add_argument("--quick", action="store_true", help="small projects")
    parser.add_argument("--pairs", type=int, help="how many pairs of processes for each case")
    parser.add_argument("--list", action="store_true", help="print the cases and measure nothing")
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    return parser


def selected(cases: tuple[Case, ...], names: list[str]) -> list[Case]:
    """The cases called ``names``, in the order of the table; all of them without names."""
    unknown = set(names) - {case.name for case in cases}
    if unknown:
        sys.exit(f"There is no case called {', '.join(sorted(unknown))}; --list shows what there is.")
    return [case for case in cases if not names or case.name in names]


if __name__ == "__main__":
    main()
