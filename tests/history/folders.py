"""A folder of revision files, as Alembic and as we open it."""

from __future__ import annotations

import os
import textwrap
import time
import typing as t
from pathlib import Path

from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from flask_migrate.revisions import load
from flask_migrate.revisions.directory import LazyScriptDirectory

TEMPLATE = '''"""{message}

Revision ID: {revision}
Revises: {parents}
"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = {revision!r}
down_revision = {parents!r}
branch_labels = {labels!r}
depends_on = {dependencies!r}

{body}

def upgrade():
    pass


def downgrade():
    pass
'''

MAKO = '''"""${message}"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    pass


def downgrade():
    pass
'''

#: Code that tells that the file ran, and which a reader of headers need not run.
TELLTALE = 'import pathlib\npathlib.Path(__file__ + ".ran").touch()\n'


class Folder:
    """A migrations folder below ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.versions = path / "versions"
        self.versions.mkdir(parents=True)
        (path / "script.py.mako").write_text(MAKO, encoding="utf-8")

    def write(self, name: str, source: str | bytes) -> Path:
        """Write a file into ``versions``, or elsewhere with a path; a common indentation is removed."""
        target = self.versions / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source if isinstance(source, bytes) else textwrap.dedent(source).encode())
        return target

    def revision(
        self,
        revision: str,
        parents: str | tuple[str, ...] | None = None,
        *,
        name: str | None = None,
        message: str | None = None,
        labels: str | tuple[str, ...] | None = None,
        dependencies: str | tuple[str, ...] | None = None,
        body: str = "",
    ) -> Path:
        """Write a revision file as the templates make it."""
        text = TEMPLATE.format(
            revision=revision,
            parents=parents,
            message=f"make {revision}" if message is None else message,
            labels=labels,
            dependencies=dependencies,
            body=body,
        )
        return self.write(name or f"{revision}_make.py", text)

    def line(self, *revisions: str, body: str = "") -> None:
        """Write revisions that follow each other."""
        for parent, revision in zip((None, *revisions), revisions, strict=False):
            self.revision(revision, parent, body=body)

    def config(self, **options: str) -> Config:
        """The config of the folder."""
        config = Config()
        config.set_main_option("script_location", str(self.path))
        for name, value in options.items():
            config.set_main_option(name, value)
        return config

    def ours(self, **options: str) -> LazyScriptDirectory:
        """The folder as we open it."""
        script = load(self.config(**options))
        assert isinstance(script, LazyScriptDirectory)
        return script

    def stock(self, **options: str) -> ScriptDirectory:
        """The folder as Alembic opens it."""
        return ScriptDirectory.from_config(self.config(**options))

    def ran(self) -> list[str]:
        """The names of the files with the telltale that ran since this was asked last."""
        found = sorted(self.path.rglob("*.ran"))
        for path in found:
            path.unlink()
        return [path.name.removesuffix(".ran") for path in found]

    def index(self) -> Path:
        """The index of ``versions``; there must be at most one."""
        found = sorted((self.versions / "__pycache__").glob("flask-migrate.*.index"))
        assert len(found) < 2, found
        return found[0] if found else self.versions / "__pycache__" / "no index"


def shown(directory: ScriptDirectory) -> list[t.Any]:
    """All that can be known of the scripts of a folder without their functions."""
    return [facts(script) for script in directory.revision_map._revision_map.values() if script]


def facts(script: Script) -> t.Any:
    """All that can be known of a script without its functions."""
    texts = [script.cmd_format(verbose, True, True, True) for verbose in (False, True)]
    return (script.revision, script.down_revision, script.dependencies, script.branch_labels, script.path, *texts)


def wait_for_tick(folder: Path) -> None:
    """Wait until the clock of the file system shows another time than that of what was written last."""
    probe = folder / "probe"
    probe.touch()
    before = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == before:
        time.sleep(0.001)
        os.utime(probe)
    probe.unlink()
