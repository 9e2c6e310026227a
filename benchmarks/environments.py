"""The two virtual environments: Flask-Migrate 4.1 in one, this checkout in the other, all else the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
#: Everything that a run makes; git ignores it.
WORK = HERE / ".work"
REQUIREMENTS = HERE / "requirements.txt"
PEER = "Flask-Migrate==4.1.0"


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    :param name: ``peer`` or ``ours``.
    :param python: its interpreter.
    """

    name: str
    python: Path

    def run(self, *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
        """Run its interpreter and return standard output; stop the benchmark when it fails."""
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=cwd,
            env=base_environ() | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CommandFailed(f"python {' '.join(arguments)} failed in {self.name}:\n{done.stdout}{done.stderr}")
        return done.stdout


class CommandFailed(Exception):
    """A command that has to succeed did not; the message holds what it printed."""


def base_environ() -> dict[str, str]:
    """The environment of every process: that of the caller, without what would change what is measured.

    ``PYTHONDONTWRITEBYTECODE`` above all: with it, every process compiles every module anew.
    """
    foreign = ("BENCH_", "DATABASE_", "FLASK_", "PYTHON", "SQLALCHEMY_", "VIRTUAL_ENV")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return {**kept, "PYTHONPATH": str(HERE / "inside")}


def make_environments() -> tuple[Environment, Environment]:
    """The environments ``peer`` and ``ours``, made or brought up to date where needed.

    The checkout is installed as a copy, so that edits during a run do not change what is measured.
    """
    return make("peer", PEER, ""), make("ours", str(ROOT), source_hash())


def make(name: str, package: str, source: str) -> Environment:
    """The environment called ``name`` with ``package`` in it; ``source`` tells the states of a checkout apart."""
    folder = WORK / name
    environment = Environment(name, folder / "bin" / "python")
    base = " ".join([sys.version, str(folder), hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()])
    if read(folder / "base.stamp") != base:
        print(f"Making the environment {name} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip(environment, "--requirement", str(REQUIREMENTS))
        (folder / "base.stamp").write_text(base)
    if read(folder / "package.stamp") != package + source:
        print(f"Installing {Path(package).name if source else package} into {name} ...", flush=True)
        pip(environment, "--no-deps", "--force-reinstall", package)
        (folder / "package.stamp").write_text(package + source)
    return environment


def pip(environment: Environment, *arguments: str) -> None:
    """Install into ``environment``."""
    environment.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)


def read(path: Path) -> str | None:
    """The text of a file, or None when there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def source_hash() -> str:
    """What tells one state of the package's source from another."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for path in sorted((ROOT / "src").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def versions(environment: Environment) -> dict[str, str]:
    """The installed packages that a reader wants to know of, and their versions."""
    names = ["Flask-Migrate", "alembic", "SQLAlchemy", "Flask", "Flask-SQLAlchemy", "psycopg", "PyMySQL"]
    code = f"from importlib.metadata import version\nfor name in {names}: print(name, version(name))"
    return dict(line.split() for line in environment.run("-c", code).splitlines())
