"""Generated projects: an app, a migrations folder as Flask-Migrate 4.1 writes it, revisions, models."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from environments import WORK, Environment

APP = """\
import os

import measured
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BENCH_URL"]
db = SQLAlchemy(app)
{models}
Migrate(app, db{options})
measured.app_is_loaded()
"""

REVISION = '''\
"""Change number {number}

Revision ID: {rev}
Revises: {shown}
Create Date: 2024-01-01 00:00:00.000000

"""
from alembic import op
import sqlalchemy as sa
{imports}

# revision identifiers, used by Alembic.
revision = {rev!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade():
    {body}


def downgrade():
    pass
'''

MODEL = """

class Model{number}(db.Model):
    __tablename__ = "table_{number}"
    __table_args__ = (
        db.Index("ix_{number}_name_made", "name", "made"),
        db.UniqueConstraint("code", name="uq_{number}_code"),
        {schema},
    )
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False, index=True)
    code = db.Column(db.String(40), nullable=False)
    note = db.Column(db.Text)
    amount = db.Column(db.Numeric(10, 2), nullable=False)
    made = db.Column(db.DateTime, nullable=False)
    rank = db.Column(db.Integer, index=True)
    parent_id = db.Column(db.ForeignKey("{parent}.id"))
"""

SCHEMAS = 5


@dataclass(frozen=True)
class Project:
    """A project to be generated.

    :param shape: ``linear``, ``diamonds`` (each a branch of two and their merge) or ``tables``.
    :param size: how many revisions, diamonds or tables.
    :param has_schemas: spread the tables over five schemas.
    """

    shape: str
    size: int
    has_schemas: bool = False

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.shape}-{self.size}{'-schemas' if self.has_schemas else ''}"

    @property
    def folder(self) -> Path:
        """Where it is."""
        return WORK / "projects" / self.name

    @property
    def tables(self) -> int:
        """How many tables its models describe."""
        return self.size if self.shape == "tables" else 0

    def revisions(self) -> Iterator[tuple[str, str | tuple[str, ...] | None]]:
        """Each revision and the one, or those, that it follows."""
        if self.shape == "diamonds":
            yield from diamonds(self.size)
            return
        down = None
        for number in range(self.size if self.shape == "linear" else 1):
            yield (rev := revision_id(number)), down
            down = rev


def diamonds(count: int) -> Iterator[tuple[str, str | tuple[str, ...] | None]]:
    """A first revision, then ``count`` times two branches and their merge."""
    top = revision_id(0)
    yield top, None
    for number in range(1, 3 * count, 3):
        left, right, merge = (revision_id(number + offset) for offset in range(3))
        yield left, top
        yield right, top
        yield merge, (left, right)
        top = merge


def revision_id(number: int) -> str:
    """An id as Alembic's own: twelve hexadecimal digits, in no order."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:12]


def build(project: Project, peer: Environment) -> Path:
    """Write ``project`` unless it is there already, and return its folder."""
    stamp = project.folder / "generated.stamp"
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == source:
        return project.folder
    print(f"Generating the project {project.name} ...", flush=True)
    shutil.rmtree(project.folder, ignore_errors=True)
    project.folder.mkdir(parents=True)
    (project.folder / "app.py").write_text(app_source(project), encoding="utf-8")
    environ = {"BENCH_URL": "sqlite://"}
    peer.run("-m", "flask", "--app", "app", "db", "init", cwd=project.folder, env=environ)
    for number, (rev, down) in enumerate(project.revisions()):
        path = project.folder / "migrations" / "versions" / f"{rev}_change_number_{number}.py"
        path.write_text(revision_source(number, rev, down), encoding="utf-8")
    stamp.write_text(source)
    return project.folder


def app_source(project: Project) -> str:
    """The text of ``app.py``, models included."""
    models = "".join(model_source(number, project.has_schemas) for number in range(project.tables))
    return APP.format(models=models, options=", include_schemas=True" if project.has_schemas else "")


def model_source(number: int, has_schemas: bool) -> str:
    """A model of eight columns, three indexes, a unique constraint and a foreign key within its schema."""
    step = SCHEMAS if has_schemas else 1
    schema = f"shop_{number % step}"
    parent = f"table_{max(number - step, number % step)}"
    return MODEL.format(
        number=number,
        parent=f"{schema}.{parent}" if has_schemas else parent,
        schema={"schema": schema} if has_schemas else {},
    )


def revision_source(number: int, rev: str, down: str | tuple[str, ...] | None) -> str:
    """The text of a revision script that does nothing; the first one knows where to stop a measurement."""
    is_first = down is None
    return REVISION.format(
        number=number,
        rev=rev,
        down=down,
        shown=", ".join(down) if isinstance(down, tuple) else down or "",
        imports="import measured\n" if is_first else "",
        body="measured.stop_at_first_step()" if is_first else "pass",
    )


def forget_bytecode(folder: Path) -> None:
    """Delete what Python, or whoever keeps a cache beside it, has left in the migrations folder."""
    for cache in list((folder / "migrations").rglob("__pycache__")):
        shutil.rmtree(cache)
