"""Statements that run on a scratch database must not reach beyond it."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

from .base import OutOfReach

#: What precedes the name of an object that a statement reads or changes.
BEFORE = (
    r"(?:TABLE|INTO|UPDATE|FROM|JOIN|REFERENCES|VIEW|TRIGGER|INDEX|SEQUENCE|PROCEDURE|FUNCTION|TYPE|DOMAIN|TO|CALL)"
)
OF_INDEX = re.compile(r"\s*CREATE\b.*\b(?:INDEX|TRIGGER)\b", re.I | re.S)
#: What belongs to a whole database or server; a scratch schema shares it with the real one.
SHARED = re.compile(
    r"\s*(?:CREATE|ALTER|DROP|COMMENT\s+ON|SECURITY\s+LABEL\s+ON)\s+(?:OR\s+REPLACE\s+)?"
    r"(EXTENSION|ROLE|USER|GROUP|DATABASE|SCHEMA|PUBLICATION|SUBSCRIPTION|EVENT\s+TRIGGER|TABLESPACE|SERVER"
    r"|FOREIGN\s+DATA\s+WRAPPER|LANGUAGE|CAST)\b|\s*(SET\s+(?:SESSION\s+|LOCAL\s+)?search_path|REASSIGN|DROP\s+OWNED)\b",
    re.I,
)


#: The beginning of the names of schemas in which autogenerate tries tables for a moment.
TRIAL = "flask_migrate_trial_"


def keep_out(engine: sa.Engine, others: t.Sequence[str], *, shares_database: bool = False) -> None:
    """Refuse statements over ``engine`` that name an object in one of ``others``, databases or schemas.

    :param shares_database: also refuse what changes the whole database.
    """
    pattern = _pattern(others)

    def look(
        connection: sa.Connection, cursor: t.Any, statement: str, parameters: t.Any, context: t.Any, many: bool
    ) -> None:
        found = pattern.search(statement) if pattern is not None else None
        if found is None and OF_INDEX.match(statement) and pattern is not None:
            found = _pattern(others, "ON").search(statement)
        if found is not None:
            raise _refused(next(filter(None, found.groups())))
        shared = SHARED.match(statement) if shares_database and TRIAL not in statement else None
        if shared is not None:
            raise _refused(next(filter(None, shared.groups())))

    if others or shares_database:
        sa.event.listen(engine, "before_cursor_execute", look)


def _pattern(others: t.Sequence[str], before: str = BEFORE) -> t.Any:
    if not others:
        return None
    names = "|".join(re.escape(name) for name in others)
    return re.compile(
        rf"\b{before}\s+(?:ONLY\s+)?(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:[`\"]({names})[`\"]|({names}))\s*\.", re.I
    )


def _refused(name: str) -> OutOfReach:
    return OutOfReach(
        f"A statement of the history names {name}, which the scratch database has to leave alone.",
        "Name an empty database on another server to try it on: MIGRATE_SHADOW_URL in the app's configuration.",
    )
