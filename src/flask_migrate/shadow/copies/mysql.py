"""MariaDB and MySQL show the statement that makes an object."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

DEFINER = re.compile(r"\sDEFINER\s*=\s*(?:`(?:[^`]|``)*`|\S+)@(?:`(?:[^`]|``)*`|\S+)")
COUNTER = re.compile(r"\sAUTO_INCREMENT=\d+(?=[^()]*\Z)")
ROUTINES = (
    "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() "
    "AND routine_type IN ('FUNCTION', 'PROCEDURE')"
)
#: Percent signs in a statement are no parameters.
AS_IT_IS = {"no_parameters": True}
TRIGGERS = (
    "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY action_order"
)


def read(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """The statements in an order that works for most; keys may lead to tables that come later."""
    return {"": tuple(_statements(connection))}


def _statements(connection: sa.Connection) -> t.Iterator[str]:
    found = [(kind, name) for name, kind in connection.exec_driver_sql("SHOW FULL TABLES")]
    for kind, name in sorted(found, key=lambda item: (item[0] != "SEQUENCE", item[0] == "VIEW")):
        yield _shown(connection, "VIEW" if kind == "VIEW" else "SEQUENCE" if kind == "SEQUENCE" else "TABLE", name)
    for kind, name in connection.exec_driver_sql(ROUTINES).all():
        yield _shown(connection, kind, name)
    for (name,) in connection.exec_driver_sql(TRIGGERS).all():
        yield _shown(connection, "TRIGGER", name)


def _shown(connection: sa.Connection, kind: str, name: str) -> str:
    found = connection.exec_driver_sql(f"SHOW CREATE {kind} {_quoted(name)}", execution_options=AS_IT_IS)
    row = found.one()._mapping
    heads = ("Create Table", "Create View", "Table", "Create Function", "Create Procedure", "SQL Original Statement")
    words: dict[str, t.Any] = {str(key): value for key, value in row.items()}
    text = next((str(words[head]) for head in heads if str(words.get(head, "")).startswith("CREATE")), "")
    if kind in ("TABLE", "SEQUENCE"):
        return COUNTER.sub("", text)
    database = _quoted(str(connection.engine.url.database))
    return DEFINER.sub("", text, count=1).replace(f"{database}.", "")


def _quoted(name: str) -> str:
    """As SQL writes it; the dialect would double percent signs as well."""
    return "`{}`".format(name.replace("`", "``"))
