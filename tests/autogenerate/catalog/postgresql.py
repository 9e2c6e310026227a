"""PostgreSQL's catalog."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

SCHEMAS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
#: No object that an extension brought.
NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = {} AND e.deptype = 'e')"
OF_CLASS = NO_EXTENSION.format("c.oid")

QUERIES = {
    "schema": f"SELECT n.nspname FROM pg_namespace n WHERE {SCHEMAS} AND {NO_EXTENSION.format('n.oid')}",
    "table": f"""
        SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.reloptions, obj_description(c.oid, 'pg_class'),
               pg_get_partkeydef(c.oid), c.relrowsecurity
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f') AND {SCHEMAS} AND {OF_CLASS}""",
    "column": f"""
        SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
               (SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation AND o.collname <> 'default'),
               col_description(c.oid, a.attnum)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {SCHEMAS} AND {OF_CLASS}""",
    "constraint": f"""
        SELECT n.nspname, c.relname, o.conname, o.contype, pg_get_constraintdef(o.oid),
               obj_description(o.oid, 'pg_constraint')
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {SCHEMAS} AND {OF_CLASS} AND o.contype IN ('p', 'u', 'f', 'c', 'x')""",
    "index": f"""
        SELECT n.nspname, c.relname, i.relname, pg_get_indexdef(i.oid), obj_description(i.oid, 'pg_class')
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {SCHEMAS} AND {OF_CLASS}""",
    "enum": f"""
        SELECT n.nspname, y.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder),
               obj_description(y.oid, 'pg_type')
        FROM pg_type y JOIN pg_enum e ON e.enumtypid = y.oid JOIN pg_namespace n ON n.oid = y.typnamespace
        WHERE {SCHEMAS} AND {NO_EXTENSION.format("y.oid")} GROUP BY n.nspname, y.typname, y.oid""",
    "domain": f"""
        SELECT n.nspname, y.typname, format_type(y.typbasetype, y.typtypmod), y.typnotnull, y.typdefault,
               array(SELECT o.conname || pg_get_constraintdef(o.oid) FROM pg_constraint o WHERE o.contypid = y.oid)
        FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
        WHERE y.typtype = 'd' AND {SCHEMAS} AND {NO_EXTENSION.format("y.oid")}""",
    "sequence": f"""
        SELECT n.nspname, c.relname, s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
               s.seqcache, s.seqcycle, d.deptype, t.relname, a.attname
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_depend d ON d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
             AND d.deptype IN ('a', 'i')
        LEFT JOIN pg_class t ON t.oid = d.refobjid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE {SCHEMAS} AND {OF_CLASS}""",
    "view": f"""
        SELECT n.nspname, c.relname, c.relkind, pg_get_viewdef(c.oid), c.reloptions, obj_description(c.oid, 'pg_class')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {SCHEMAS} AND {OF_CLASS}""",
    "trigger": f"""
        SELECT n.nspname, c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND {SCHEMAS}""",
}
#: How many of the first columns of a result name the entry.
NAMES = {"schema": 1, "enum": 2, "domain": 2, "table": 2, "sequence": 2, "view": 2}
ORDER = f"""
    SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {SCHEMAS} GROUP BY 1, 2"""


def read(connection: sa.Connection) -> dict[str, t.Any]:
    """Everything that SQL can make, as its own functions write it."""
    found: dict[str, t.Any] = {}
    for kind, query in {**QUERIES, "order": ORDER}.items():
        count = 2 if kind == "order" else NAMES.get(kind, 3)
        for row in connection.exec_driver_sql(query.replace("%", "%%")):
            names = [f'"{name}"' for name in row[:count] if name != "public" or count == 1]
            found[f"{kind} {'.'.join(names)}"] = tuple(row[count:])
    return found


def empty(connection: sa.Connection) -> None:
    """Drop everything."""
    query = f"SELECT n.nspname FROM pg_namespace n WHERE {SCHEMAS}"
    for name in connection.exec_driver_sql(query.replace("%", "%%")).scalars().all():
        quoted = name.replace('"', '""').replace("%", "%%")
        connection.exec_driver_sql(f'DROP SCHEMA "{quoted}" CASCADE')
    connection.exec_driver_sql("CREATE SCHEMA public")
