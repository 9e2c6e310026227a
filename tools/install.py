"""Make a virtual environment, install the project into it, and do nothing when that is already done.

    python tools/install.py .venv tests
    python tools/install.py .venv-min tests --constraints tools/requirements-min.txt

The arguments are the folder and the dependency groups of pyproject.toml. A stamp file in the folder holds
what was installed from which pyproject.toml, constraints and Python; as long as it says the same, the command
ends at once. pip is quiet unless it fails. The script runs on the bare interpreter, before anything is
installed: it uses the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 10)
#: The first pip that knows ``--group``.
PIP = "pip>=25.1"


def main() -> None:
    """Parse the command line and install."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the virtual environment, made when absent")
    parser.add_argument("groups", nargs="*", help="dependency groups to install beside the project")
    parser.add_argument("--constraints", type=Path, help="a constraints file for pip")
    arguments = parser.parse_args()
    check_python()
    install(ROOT / arguments.folder, arguments.groups, arguments.constraints)


def check_python() -> None:
    """Refuse an interpreter that the project does not support."""
    if sys.version_info < OLDEST:
        found, wanted = platform.python_version(), ".".join(map(str, OLDEST))
        sys.exit(f"{sys.executable} is Python {found}; the project needs {wanted} or later.")


def install(folder: Path, groups: list[str], constraints: Path | None) -> None:
    """Install the project with ``groups`` into ``folder``, unless its stamp says that this was done."""
    stamp = folder / "installed.stamp"
    source = fingerprint(constraints)
    present = installed_groups(stamp, source)
    if present is not None and present.issuperset(groups):
        return
    make_environment(folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    print(f"Installing the project into {folder.name} ({', '.join(groups) or 'no groups'}) ...", flush=True)
    pip(python, "--upgrade", PIP)
    chosen = [argument for group in groups for argument in ("--group", group)]
    bounds = ["--constraint", str(constraints)] if constraints else []
    pip(python, "--editable", ".", *chosen, *bounds)
    stamp.write_text("\n".join([source, *sorted({*groups, *(present or ())})]))


def fingerprint(constraints: Path | None) -> str:
    """What decides the content of the environment, on one line: interpreter, place, hashes of the files."""
    files = [ROOT / "pyproject.toml", *([ROOT / constraints] if constraints else [])]
    hashes = [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return " | ".join([" ".join(sys.version.split()), str(ROOT), *hashes])


def installed_groups(stamp: Path, source: str) -> set[str] | None:
    """The groups that were installed from the same ``source``; None when nothing was."""
    lines = stamp.read_text().splitlines() if stamp.exists() else []
    return set(lines[1:]) if lines and lines[0] == source else None


def make_environment(folder: Path) -> None:
    """Make the virtual environment; what another Python made here before is cleared."""
    maker = folder / "made-by.stamp"
    if maker.exists() and maker.read_text() == sys.version:
        return
    print(f"Making {folder.name} with Python {platform.python_version()} ...", flush=True)
    clear = ["--clear"] if maker.exists() else []
    made = run(sys.executable, "-m", "venv", *clear, str(folder))
    if made.returncode:
        sys.exit(f"{made.stdout}\n{folder} could not be made. On Debian and Ubuntu: apt-get install python3-venv")
    maker.write_text(sys.version)


def pip(python: Path, *arguments: str) -> None:
    """Run ``pip install``; show what it printed only when it fails."""
    done = run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)
    if done.returncode:
        sys.exit(f"{done.stdout}\npip install {' '.join(arguments)} failed, see above.")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, its output and errors kept together as text."""
    return subprocess.run(
        command,
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


if __name__ == "__main__":
    main()
