"""``init --from-folder``: numbered SQL files as the revisions of a new folder."""

from __future__ import annotations

import datetime
import pathlib
import re

from ..sqlfiles.importing import Imported
from .sql_pair import FUNCTIONS

_SCRIPT = '''"""{title}

From {source}.

Revision ID: {revision}
Revises: {parent}
Create Date: {now}

"""
from alembic import op
from flask_migrate.sqlfiles import run


# revision identifiers, used by Alembic.
revision = {revision!r}
down_revision = {parent_id!r}
branch_labels = None
depends_on = None
{irreversible}{functions}'''


def write_all(revisions: tuple[Imported, ...], folder: pathlib.Path) -> None:
    """Write into ``folder`` three files for each of ``revisions``, each the parent of the next one."""
    parent: str | None = None
    for one in revisions:
        stem = f"{one.revision}_{re.sub(r'[^a-z0-9]+', '_', one.message.lower()).strip('_')[:40]}".rstrip("_")
        reason = f"{one.source} has no half that takes it back"
        text = _SCRIPT.format(
            title=_in_docstring(one.message or one.revision),
            source=_in_docstring(one.source),
            revision=one.revision,
            parent=parent or "",
            parent_id=parent,
            now=datetime.datetime.now().isoformat(" "),
            irreversible="" if one.down is not None else f"\nirreversible = {reason!r}\n",
            functions=FUNCTIONS,
        )
        (folder / f"{stem}.py").write_text(text, encoding="utf-8")
        (folder / f"{stem}.up.sql").write_text(one.up, encoding="utf-8")
        if one.down is not None:
            (folder / f"{stem}.down.sql").write_text(one.down, encoding="utf-8")
        parent = one.revision


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")
