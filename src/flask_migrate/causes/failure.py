"""What an engine said, taken apart."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa

from ..targets.failures import driver_text
from .sql import Action, action_of

if t.TYPE_CHECKING:
    from alembic.script import ScriptDirectory


@dataclasses.dataclass(frozen=True)
class Failure:
    """An engine's refusal of a statement.

    :param code: the SQLSTATE of PostgreSQL, the number of MariaDB and MySQL; ``None`` with SQLite.
    :param text: the engine's words.
    :param detail: what PostgreSQL adds to them.
    :param named: what PostgreSQL says it is about: ``table``, ``column`` and ``constraint``, as far as it does.
    :param statement: the statement.
    :param action: what the statement was to do, as far as it is understood.
    """

    dialect: str
    code: str | int | None
    text: str
    detail: str
    action: Action
    script: ScriptDirectory
    revision: str
    applied: tuple[str, ...]
    named: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    statement: str = ""

    def has_code(self, *codes: str | int) -> bool:
        """Whether the engine gave one of ``codes``."""
        return self.code in codes


def failure_of(
    error: sa.exc.DBAPIError, dialect: str, script: ScriptDirectory, revision: str, applied: tuple[str, ...]
) -> Failure:
    """``error`` taken apart."""
    original = error.orig
    args: tuple[t.Any, ...] = getattr(original, "args", ())
    code: str | int | None = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if dialect in ("mysql", "mariadb"):
        code = args[0] if args and isinstance(args[0], int) else None
    statement = error.statement or ""
    if dialect != "sqlite":
        statement = statement.replace("%%", "%")  # the drivers want percent signs doubled
    detail = getattr(getattr(original, "diag", None), "message_detail", None) or getattr(original, "detail", None) or ""
    action = action_of(statement)
    return Failure(
        dialect, code, driver_text(error), str(detail), action, script, revision, applied, _named(original), statement
    )


def _named(original: t.Any) -> dict[str, str]:
    source = getattr(original, "diag", None) or getattr(original, "__cause__", None) or original
    found = {key: getattr(source, f"{key}_name", None) for key in ("schema", "table", "column", "constraint")}
    return {key: str(value) for key, value in found.items() if value}
