"""The migrations folder, its history, and what of it each database has."""

from __future__ import annotations

import os
import pathlib
import typing as t

import sqlalchemy as sa

from ... import revisions
from ...config import TEMPLATES, load_config
from ...errors import MigrateError
from ...targets import connect
from ..drifting import measure
from ..envs.upgrading import read_env
from ..project import Directory, open_project
from ..state import status
from .findings import Finding, broken

if t.TYPE_CHECKING:
    from ...targets import Target
    from ..state import TargetStatus

#: How many changes by hand a finding names.
SHOWN = 5


def check_folder(folder: str) -> t.Iterator[Finding]:
    """Whether the folder is there and can be read, without any app."""
    is_own = os.path.basename(folder) == "migrations"
    if not os.path.isdir(folder):
        way = "flask db init" if is_own else f"flask db init -d {folder}"
        yield Finding("warning", "folder", f"There is no migrations folder {folder!r}.", way)
        return
    try:
        script = revisions.load(load_config(folder))
        heads = script.get_heads()
    except Exception as error:  # a script may raise anything
        yield broken("folder", error)
        return
    number = len(list(script.walk_revisions()))
    yield Finding("ok", "folder", f"{folder} holds {number} revision{'' if number == 1 else 's'}.")
    if len(heads) > 1:
        yield Finding("broken", "heads", f"The history has {len(heads)} heads: {', '.join(heads)}.", "flask db merge")
    yield from _check_env(pathlib.Path(folder, "env.py"), "" if is_own else f" -d {folder}")


def _check_env(path: pathlib.Path, option: str) -> t.Iterator[Finding]:
    """Whether env.py is of an earlier release."""
    try:
        found = read_env(path)
    except MigrateError as error:
        yield broken("env.py", error)
        return
    if found.kind == "current":
        if path.read_text(encoding="utf-8") != (TEMPLATES / "flask" / "env.py").read_text(encoding="utf-8"):
            yield Finding("note", "env.py", f"{path} has edits of its own; it is used as it is.")
        return
    kind = f"is {found.origin}" if found.kind == "stock" else "is of an earlier release, and was edited"
    if found.kind == "kept":
        yield Finding("note", "env.py", f"{path} is the project's own; it is used as it is.", f"flask db env{option}")
    else:
        sentence = f"{path} {kind}; it is used as it is."
        yield Finding("note", "env.py", sentence, f"flask db env --upgrade{option}")


def check_history(directory: Directory) -> t.Iterator[Finding]:
    """Whether the app's own callbacks leave a history that can be read."""
    try:
        open_project(directory)
    except Exception as error:  # the callbacks of the app may raise anything
        yield broken("folder", error)


def check_target(target: Target, directory: Directory, *, has_tenants: bool = False) -> t.Iterator[Finding]:
    """What is pending, half done, edited, locked and changed by hand in ``target``, which is the chosen one.

    :param has_tenants: whether the tenants are migrated, and the default database only if it is at a revision.
    """
    name = target.name
    try:
        found = status(directory)
    except Exception as error:  # env.py and the app's callbacks may raise anything
        yield broken("history", error, name)
        return
    if found.error:
        sentence, _, way = found.error.partition("\n")
        yield Finding("broken", "history", sentence, " ".join(way.split()), name)
        return
    for one in found.targets:
        if not one.revisions and has_tenants and target.is_default:
            yield Finding("note", "pending", "The default database is at no revision; its tenants are migrated.")
            continue
        yield from _unstamped(target, one) or _applied(one, bool(found.heads))
    yield from _drift(name, directory)


def _unstamped(target: Target, found: TargetStatus) -> list[Finding]:
    """A database at no revision that has tables of the models."""
    if found.revisions or found.half_done:
        return []
    there = set(connect(target, lambda connection: sa.inspect(connection).get_table_names()))
    own = sorted(table.name for table in target.metadata.tables.values() if not table.schema and table.name in there)
    if not own:
        return []
    more = f" and {len(own) - SHOWN} more" if len(own) > SHOWN else ""
    sentence = f"The database is at no revision, and has tables of the models: {', '.join(own[:SHOWN])}{more}."
    way = "flask db adopt --stamp-only" if found.pending else "flask db adopt"
    return [Finding("warning", "pending", sentence, way, found.name)]


def _applied(target: TargetStatus, has_history: bool) -> t.Iterator[Finding]:
    at = ", ".join(target.revisions) or "no revision"
    if target.pending:
        number = len(target.pending)
        what = "1 revision is pending" if number == 1 else f"{number} revisions are pending"
        yield Finding("warning", "pending", f"The database is at {at}; {what}.", "flask db upgrade", target.name)
    elif has_history:
        yield Finding("ok", "pending", f"The database is at {at}; nothing is pending.", "", target.name)
    else:
        yield Finding("note", "pending", "The history is empty.", "flask db migrate", target.name)
    if target.half_done:
        sentence = f"Revision {target.half_done.revision} is half done: {target.half_done.error or 'its process ended'}"
        yield Finding("broken", "log", " ".join(sentence.split()), "flask db upgrade, or flask db repair", target.name)
    elif target.log:
        entry = target.log[0]
        state: t.Literal["ok", "warning"] = "warning" if entry.outcome == "failed" else "ok"
        way = "flask db log" if state == "warning" else ""
        sentence = f"The log's newest row: {entry.direction} of {entry.revision}, {entry.outcome}."
        yield Finding(state, "log", sentence, way, target.name)
    if target.edited:
        names = ", ".join(target.edited)
        yield Finding("warning", "scripts", f"Edited after they were applied: {names}.", "flask db log", target.name)
    if target.holder:
        sentence = f"The database is being migrated by {target.holder.describe()}."
        yield Finding("warning", "lock", sentence, "flask db status", target.name)
    else:
        yield Finding("ok", "lock", "Nobody holds the lock.", "", target.name)


def _drift(name: str, directory: Directory) -> t.Iterator[Finding]:
    """What was changed by hand, as far as the log knows; nothing is replayed."""
    try:
        found = measure(open_project(directory), only_log=True)
    except Exception as error:  # as above
        yield broken("drift", error, name)
        return
    for one in found:
        sentences = one.result().sentences
        if sentences:
            more = f" And {len(sentences) - SHOWN} more." if len(sentences) > SHOWN else ""
            yield Finding("warning", "drift", " ".join(sentences[:SHOWN]) + more, "flask db drift", name)
        elif one.expected is not None:
            yield Finding("ok", "drift", "The database is what its history makes.", "", name)
        elif one.revisions:
            yield Finding("note", "drift", "The log does not know the schema.", "flask db drift --replay", name)
