"""MariaDB's catalog; names that the server invents for keys and checks are written as ``*``."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

QUERIES = {
    "table": """
        SELECT TABLE_NAME, ENGINE, TABLE_COLLATION, TABLE_COMMENT, CREATE_OPTIONS FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'""",
    "column": """
        SELECT c.TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLLATION_NAME,
               COLUMN_COMMENT, GENERATION_EXPRESSION
        FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'""",
    "index": """
        SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, INDEX_TYPE, INDEX_COMMENT,
               GROUP_CONCAT(CONCAT(COLUMN_NAME, ':', IFNULL(SUB_PART, ''), ':', IFNULL(COLLATION, ''))
                            ORDER BY SEQ_IN_INDEX)
        FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
        GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE, INDEX_TYPE, INDEX_COMMENT""",
    "key": """
        SELECT c.TABLE_NAME, c.CONSTRAINT_NAME, CONSTRAINT_TYPE, GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION)
        FROM information_schema.TABLE_CONSTRAINTS c JOIN information_schema.KEY_COLUMN_USAGE u
             ON u.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND u.CONSTRAINT_NAME = c.CONSTRAINT_NAME
             AND u.TABLE_NAME = c.TABLE_NAME
        WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE')
        GROUP BY c.TABLE_NAME, c.CONSTRAINT_NAME, CONSTRAINT_TYPE""",
    "foreign key": """
        SELECT r.TABLE_NAME, r.CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE, u.REFERENCED_TABLE_SCHEMA = DATABASE(),
               r.REFERENCED_TABLE_NAME,
               GROUP_CONCAT(CONCAT(COLUMN_NAME, ':', REFERENCED_COLUMN_NAME) ORDER BY ORDINAL_POSITION)
        FROM information_schema.REFERENTIAL_CONSTRAINTS r JOIN information_schema.KEY_COLUMN_USAGE u
             ON u.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND u.CONSTRAINT_NAME = r.CONSTRAINT_NAME
             AND u.TABLE_NAME = r.TABLE_NAME
        WHERE r.CONSTRAINT_SCHEMA = DATABASE()
        GROUP BY r.TABLE_NAME, r.CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE, u.REFERENCED_TABLE_SCHEMA,
                 r.REFERENCED_TABLE_NAME""",
    "check": """
        SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
        WHERE CONSTRAINT_SCHEMA = DATABASE()""",
    "view": """
        SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE FROM information_schema.VIEWS
        WHERE TABLE_SCHEMA = DATABASE()""",
    "trigger": """
        SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_STATEMENT
        FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()""",
    "sequence": """
        SELECT TABLE_NAME FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE'""",
    "order": """
        SELECT TABLE_NAME, GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME""",
}
NAMES = {"table": 1, "view": 1, "trigger": 1, "sequence": 1, "order": 1}
#: What the server calls a key or a check without a name.
INVENTED = {"foreign key": re.compile(r"_ibfk_\d+$"), "check": re.compile(r"^CONSTRAINT_\d+$")}


def read(connection: sa.Connection) -> dict[str, t.Any]:
    """Everything that the information schema has of the database."""
    found: dict[str, t.Any] = {}
    for kind, query in QUERIES.items():
        for row in connection.exec_driver_sql(query):
            names, value = list(row[: NAMES.get(kind, 2)]), tuple(row[NAMES.get(kind, 2) :])
            if kind in INVENTED and INVENTED[kind].search(names[1]):
                names[1] = f"* {value}"
            if kind == "column":  # a default names the database of its sequence
                value = tuple(re.sub(r"nextval\(`\w+`\.", "nextval(", part) if part else part for part in value)
            if kind == "sequence":
                columns = "start_value, minimum_value, maximum_value, increment, cache_size, cycle_option"
                value = tuple(connection.exec_driver_sql(f"SELECT {columns} FROM `{names[0]}`").one())
            found[f"{kind} {'.'.join(f'{chr(34)}{name}{chr(34)}' for name in names)}"] = value
    return found


def empty(connection: sa.Connection) -> None:
    """Drop everything but the version table, which is emptied: DDL is slow here."""
    query = "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
    found: dict[str, list[str]] = {}
    for name, kind in connection.exec_driver_sql(query).all():
        word = kind if kind in ("VIEW", "SEQUENCE") else "TABLE"
        found.setdefault(word, []).append("`" + name.replace("`", "``") + "`")
    connection.exec_driver_sql("SET foreign_key_checks = 0")
    for word, names in found.items():
        if "`alembic_version`" in names:
            connection.exec_driver_sql("DELETE FROM alembic_version")
            names.remove("`alembic_version`")
        if names:
            connection.exec_driver_sql(f"DROP {word} {', '.join(names)}".replace("%", "%%"))
    connection.exec_driver_sql("SET foreign_key_checks = 1")
