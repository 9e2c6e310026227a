"""What an engine says of the objects that a DDL statement is about, to tell later whether it took effect."""

from __future__ import annotations

import hashlib
import re
import typing as t

import sqlalchemy as sa

from .statements import Statement, quoted, raw

if t.TYPE_CHECKING:
    from ..schema.read.sqlite_tokens import Cursor

#: Kinds of objects beside tables, and where MariaDB and MySQL describe them.
_MYSQL_OBJECTS = {
    "TRIGGER": "SELECT trigger_name, event_object_table, event_manipulation, action_timing, action_statement "
    "FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    "PROCEDURE|FUNCTION|PACKAGE": "SELECT routine_name, routine_type, dtd_identifier, routine_definition, "
    "routine_comment FROM information_schema.routines WHERE routine_schema = DATABASE()",
    "EVENT": "SELECT event_name, event_definition, execute_at, interval_value, interval_field, status "
    "FROM information_schema.events WHERE event_schema = DATABASE()",
    "DATABASE|SCHEMA": "SELECT schema_name, default_character_set_name, default_collation_name "
    "FROM information_schema.schemata",
}

_POSTGRESQL = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
SELECT concat_ws('|', c.oid, c.relname, c.relkind, c.relnamespace, c.reloptions, c.relpersistence) AS line
  FROM pg_class c WHERE {user_c}
UNION ALL SELECT concat_ws('|', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
  pg_get_expr(d.adbin, d.adrelid)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND {user_c}
UNION ALL SELECT concat_ws('|', i.indexrelid, i.indisvalid, i.indisready, i.indisclustered, i.indisreplident)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE {user_c}
UNION ALL SELECT concat_ws('|', k.oid, k.conname, k.convalidated) FROM pg_constraint k
UNION ALL SELECT concat_ws('|', e.enumtypid, e.enumlabel, e.enumsortorder) FROM pg_enum e
UNION ALL SELECT concat_ws('|', t.oid, t.typname, t.typnamespace) FROM pg_type t
UNION ALL SELECT concat_ws('|', p.oid, p.proname, md5(p.prosrc), p.proacl) FROM pg_proc p WHERE p.oid >= 16384
UNION ALL SELECT concat_ws('|', g.oid, g.tgname, g.tgenabled) FROM pg_trigger g
UNION ALL SELECT concat_ws('|', r.oid, r.rulename) FROM pg_rewrite r WHERE r.oid >= 16384
UNION ALL SELECT concat_ws('|', x.extname, x.extversion) FROM pg_extension x
UNION ALL SELECT concat_ws('|', n.oid, n.nspname) FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%'
) lines
""".format(user_c="c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'pg_toast'))")


def table_of(statement: Statement) -> tuple[str | None, str | None]:
    """Schema and name of the table that a DDL construct changes; no name for SQL that came as text."""
    element = statement.element
    for candidate in (element, getattr(element, "element", None)):
        name = getattr(candidate, "table_name", None)
        table = candidate if isinstance(candidate, sa.Table) else getattr(candidate, "table", None)
        if isinstance(name, str):
            return getattr(candidate, "schema", None), str(name)
        if isinstance(table, sa.Table):
            return table.schema, str(table.name)
    return None, None


def fingerprint(connection: sa.Connection, statement: Statement) -> str:
    """A digest of what ``statement``, which is DDL, may change; it stays the same when only rows change."""
    return fingerprint_of(connection, statement.text, *table_of(statement))


def fingerprint_of(connection: sa.Connection, text: str, schema: str | None, table: str | None) -> str:
    """The same, for the text of a statement and the table that it changes, if that is known."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return str(raw(connection, _POSTGRESQL)[0][0])
    if dialect == "sqlite":
        return digest(repr(raw(connection, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")))
    if table is not None:
        return digest(_show_create(connection, table, schema))
    return digest("\n".join(_mysql_objects(connection, text)))


def digest(text: str) -> str:
    """A short digest of ``text``; white space does not count."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _show_create(connection: sa.Connection, table: str, schema: str | None = None) -> str:
    name = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
    try:
        rows = raw(connection, f"SHOW CREATE TABLE {name}")
    except connection.dialect.loaded_dbapi.Error:
        return ""  # there is no such table
    # AUTO_INCREMENT=… changes with the rows, not with the schema.
    return re.sub(r" AUTO_INCREMENT=\d+", "", str(rows[0][1]))


def _mysql_objects(connection: sa.Connection, text: str) -> t.Iterator[str]:
    """What ``text`` names: the tables that stand where it says so, or every table whose name is anywhere in it."""
    named = tables_named_in(text)
    if named is not None:
        for schema, name in named:
            yield f"{schema}.{name}: {_show_create(connection, name, schema)}"
        return
    yield from _mysql_objects_anywhere(connection, text)


def tables_named_in(text: str) -> list[tuple[str | None, str]] | None:
    """Schema and name of each table that a statement about tables or indexes changes.

    :returns: ``None`` for what is not understood for certain, or may change anything else.
    """
    from ..schema.read.sqlite_tokens import Cursor, NotUnderstood, tokenize  # takes time to load, with its package

    if "/*!" in text or "/*M!" in text or ";" in text.strip().rstrip(";"):
        return None
    cursor = Cursor([token for token in tokenize(text.replace("%%", "%")) if token.text != ";"])
    try:
        return _tables_at(cursor)
    except NotUnderstood:
        return None


def _tables_at(cursor: Cursor) -> list[tuple[str | None, str]] | None:
    if cursor.accept("ALTER", "TABLE"):
        cursor.accept("IF", "EXISTS")
        found = [_table_name(cursor)]
        # Another table is concerned as well when this one gets its name, or gives it a partition.
        others = {token.keyword for token in cursor.rest()} & {"RENAME", "EXCHANGE", "CONVERT"}
        return None if others else found
    if cursor.accept("CREATE", "TABLE"):
        cursor.accept("IF", "NOT", "EXISTS")
        return [_table_name(cursor)]
    if cursor.accept("DROP", "TABLE") or cursor.accept("RENAME", "TABLE"):
        cursor.accept("IF", "EXISTS")
        found = [_table_name(cursor)]
        while cursor.accept(",") or cursor.accept("TO"):
            found.append(_table_name(cursor))
        return found if cursor.at_end else None
    return _table_of_index(cursor)


def _table_of_index(cursor: Cursor) -> list[tuple[str | None, str]] | None:
    """The table in ``CREATE [UNIQUE] INDEX … ON table`` and ``DROP INDEX … ON table``."""
    is_new = cursor.accept("CREATE")
    if is_new:
        cursor.one_of("UNIQUE", "FULLTEXT", "SPATIAL")
    if not (cursor.accept("INDEX") if is_new else cursor.accept("DROP", "INDEX")):
        return None
    while not cursor.accept("ON"):
        cursor.take()
    return [_table_name(cursor)]


def _table_name(cursor: Cursor) -> tuple[str | None, str]:
    first = cursor.take().name
    return (first, cursor.take().name) if cursor.accept(".") else (None, first)


def _mysql_objects_anywhere(connection: sa.Connection, text: str) -> t.Iterator[str]:
    """The tables whose names are in ``text``, in every database that it may be about, and objects of its kinds."""
    words = text.lower().replace("``", "`").replace("%%", "%")
    current = raw(connection, "SELECT DATABASE()")[0][0]
    for (schema,) in raw(connection, "SHOW DATABASES"):
        if schema == current or schema.lower() in words:
            names = sorted(str(name) for name, *_ in raw(connection, f"SHOW TABLES FROM {quoted(schema)}"))
            yield repr(names)
            yield from (_show_create(connection, name, schema) for name in names if name.lower() in words)
    for kinds, query in _MYSQL_OBJECTS.items():
        if re.search(rf"\b({kinds})\b", text, re.IGNORECASE):
            yield from sorted(repr(tuple(row)) for row in raw(connection, query))
