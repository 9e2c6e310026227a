"""A temporary file as the scratch database of SQLite."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import typing as t

import sqlalchemy as sa

from .base import PREFIX, Shadow, engine_like, is_left_behind, new_name


@contextlib.contextmanager
def shadow(engine: sa.Engine) -> t.Iterator[Shadow]:
    """A database in a folder of its own, removed at the end."""
    _sweep()
    folder = os.path.join(tempfile.gettempdir(), new_name())
    os.mkdir(folder, 0o700)
    try:
        made = engine_like(engine, database=os.path.join(folder, "shadow.sqlite"), query={})
        sa.event.listen(made, "connect", _prepare)
        yield Shadow(made, "a temporary file")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(connection: t.Any, record: t.Any) -> None:
    """Nothing has to survive a power cut; and what the app's listeners attach becomes a scratch file as well."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA database_list")
    files = {name: file for _, name, file in cursor.fetchall() if name != "temp"}
    folder = os.path.dirname(files.pop("main"))
    for number, name in enumerate(files):
        quoted = '"{}"'.format(name.replace('"', '""'))
        cursor.execute(f"DETACH DATABASE {quoted}")
        cursor.execute(f"ATTACH DATABASE ? AS {quoted}", (os.path.join(folder, f"attached_{number}.sqlite"),))
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.execute("PRAGMA journal_mode = MEMORY")
    cursor.close()


def _sweep() -> None:
    with contextlib.suppress(OSError):
        for entry in os.scandir(tempfile.gettempdir()):
            if entry.name.startswith(PREFIX) and is_left_behind(entry.name):
                shutil.rmtree(entry.path, ignore_errors=True)
