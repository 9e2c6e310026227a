"""Revisions that make a table of SQLite anew, and what is there afterwards."""

from __future__ import annotations

from tests.execution.histories import History

TIGHTEN = """
with op.batch_alter_table("t") as batch_op:
    batch_op.alter_column("w", existing_type=sa.Integer(), nullable=False)
"""
RENAME = """
with op.batch_alter_table("t") as batch_op:
    batch_op.alter_column("w", new_column_name="width")
"""
DROP = """
with op.batch_alter_table("t") as batch_op:
    batch_op.drop_column("w")
"""


def rebuilt(history: History, setup: str, up: str = TIGHTEN) -> dict[str, str]:
    """The schema after a revision on a database that ``setup`` has made; no row of ``t`` is lost."""
    history.script(setup)
    with history.sqlite() as connection:
        [before] = connection.execute("SELECT count(*) FROM t")
    history.add(up)
    history.upgrade()
    with history.sqlite() as connection:
        assert list(connection.execute("SELECT count(*) FROM t")) == [before]
        assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
    return history.schema()


def parts(table: str) -> set[str]:
    """Columns and constraints of a table that holds none over several columns."""
    return set(table.partition("( ")[2].removesuffix(" )").split(", "))
