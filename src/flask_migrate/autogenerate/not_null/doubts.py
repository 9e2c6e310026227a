"""Columns that nobody knows a value for."""

from __future__ import annotations

import shlex

from ...errors import Refused


class Doubts:
    """What has to be asked, gathered so that one refusal names all of it."""

    def __init__(self) -> None:
        self.columns: list[tuple[str, str]] = []

    def add(self, column: str, why: str) -> None:
        """Note a column, as ``table.column``, and what is the matter with it."""
        self.columns.append((column, why))

    def raise_any(self) -> None:
        """Raise :class:`Refused` when there is any."""
        if not self.columns:
            return
        lines = [f"  {column} {why}" for column, why in self.columns]
        options = " ".join(f"--fill {shlex.quote(column)}=EXPRESSION" for column, _ in self.columns)
        raise Refused(
            "\n".join(["NOT NULL needs a value for the rows that are there. Nothing was written.", *lines]),
            f"Say in SQL what they get: flask db migrate {options}\n"
            "Or give the column a default= or server_default= in the model.",
        )
