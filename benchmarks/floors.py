"""What some cases can't fall below, measured in the same run."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path


def transactions(count: int) -> float:
    """CPU seconds of ``count`` transactions that move a version and add a row, by Python's ``sqlite3`` alone.

    Each revision has such a transaction of its own; Flask-Migrate 4.1 has one for a whole downgrade on SQLite.
    """
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "floor.sqlite", isolation_level=None)
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA journal_mode=TRUNCATE")
        database.execute("CREATE TABLE version (number TEXT)")
        database.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, revision TEXT, started TEXT, checksum TEXT)")
        database.execute("INSERT INTO version VALUES ('')")
        began = time.process_time()
        for number in range(count):
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE version SET number = ?", (str(number),))
            database.execute(
                "INSERT INTO log (revision, started, checksum) VALUES (?, ?, ?)", (str(number), "", "x" * 64)
            )
            database.execute("COMMIT")
        seconds = time.process_time() - began
        database.close()
    return seconds
