"""One measured process."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from environments import WORK, CommandFailed

#: Kilobytes on Linux, bytes on macOS.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Sample:
    """What one process cost, and what it printed.

    :param figures: ``cpu`` and ``wall`` in seconds and ``peak`` in bytes, of the whole process, and whatever the
        process itself wrote to the file that ``BENCH_FIGURES`` names.
    :param output: its standard output.
    """

    figures: dict[str, float]
    output: str


def measure(command: list[str], cwd: Path, env: dict[str, str]) -> Sample:
    """Run ``command`` to its end.

    :raises CommandFailed: when it fails; the message holds what it wrote to standard error.
    """
    own, out, err = WORK / "figures.json", WORK / "stdout.txt", WORK / "stderr.txt"
    own.unlink(missing_ok=True)
    with out.open("wb") as stdout, err.open("wb") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**env, "BENCH_FIGURES": str(own)},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
        status, usage = wait(process)
        wall = time.perf_counter() - started
    if status:
        tail = err.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise CommandFailed(f"{' '.join(command)} ended with exit code {status}:\n{tail}")
    figures = {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "peak": usage.ru_maxrss * MAXRSS_UNIT}
    with contextlib.suppress(FileNotFoundError):
        figures |= json.loads(own.read_text(encoding="utf-8"))
    return Sample(figures, out.read_text(encoding="utf-8"))


def wait(process: subprocess.Popen[bytes]) -> tuple[int, resource.struct_rusage]:
    """The exit code of ``process``, and what it used; its children that have ended are counted."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage
