"""PostgreSQL's catalogs as statements; every name in them has its schema, for the search path is empty."""

from __future__ import annotations

SCHEMAS = (
    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' "
    "AND nspname NOT LIKE 'flask\\_migrate\\_%' ORDER BY 1"
)
#: What belongs to an extension comes with it.
_NOT_OF_EXTENSION = """NOT EXISTS (SELECT 1 FROM pg_depend e
    WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid} AND e.deptype = 'e')"""
_CLASS = _NOT_OF_EXTENSION.format(catalog="pg_class", oid="c.oid")
_TYPE = _NOT_OF_EXTENSION.format(catalog="pg_type", oid="y.oid")
_ROUTINE = _NOT_OF_EXTENSION.format(catalog="pg_proc", oid="p.oid")
_SEQUENCE = "INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s"
_NUMBERS = "s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache"

_ENUMS = f"""
    SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, y.typname,
        (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
         FROM pg_enum WHERE enumtypid = y.oid))
    FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
    WHERE y.typtype = 'e' AND n.nspname = ANY(:schemas) AND {_TYPE} ORDER BY y.oid"""
_COMPOSITES = f"""
    SELECT format('CREATE TYPE %I.%I AS (%s)', n.nspname, y.typname,
        (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
         FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped))
    FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace JOIN pg_class c ON c.oid = y.typrelid
    WHERE c.relkind = 'c' AND n.nspname = ANY(:schemas) AND {_TYPE} ORDER BY y.oid"""
_DOMAINS = f"""
    SELECT concat_ws(' ', format('CREATE DOMAIN %I.%I AS %s', n.nspname, y.typname,
            format_type(y.typbasetype, y.typtypmod)),
        (SELECT format('COLLATE %I.%I', k.nspname, l.collname) FROM pg_collation l
         JOIN pg_namespace k ON k.oid = l.collnamespace JOIN pg_type b ON b.oid = y.typbasetype
         WHERE l.oid = y.typcollation AND y.typcollation <> b.typcollation),
        'DEFAULT ' || y.typdefault, CASE WHEN y.typnotnull THEN 'NOT NULL' END,
        (SELECT string_agg(format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), ' ' ORDER BY conname)
         FROM pg_constraint WHERE contypid = y.oid AND contype = 'c'))
    FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
    WHERE y.typtype = 'd' AND n.nspname = ANY(:schemas) AND {_TYPE} ORDER BY y.oid"""
_SEQUENCES = f"""
    SELECT format('CREATE %sSEQUENCE %I.%I AS %s {_SEQUENCE}%s',
        CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' ELSE '' END,
        n.nspname, c.relname, format_type(s.seqtypid, NULL), {_NUMBERS}, CASE WHEN s.seqcycle THEN ' CYCLE' END)
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(:schemas) AND {_CLASS} AND NOT EXISTS (
        SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
    ORDER BY c.oid"""
_ROUTINES = f"""
    SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p') AND n.nspname = ANY(:schemas) AND {_ROUTINE} ORDER BY p.oid"""

#: Parents before their partitions.
TABLES = f"""
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relpersistence = 'u' AS unlogged,
        c.reloptions AS options, CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS split,
        CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
        (SELECT format('%I.%I', m.nspname, q.relname) FROM pg_inherits h JOIN pg_class q ON q.oid = h.inhparent
         JOIN pg_namespace m ON m.oid = q.relnamespace WHERE h.inhrelid = c.oid LIMIT 1) AS parent
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname = ANY(:schemas) AND {_CLASS}
    ORDER BY c.relispartition, c.oid"""
COLUMNS = f"""
    SELECT c.oid, concat_ws(' ', format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
        (SELECT format('COLLATE %I.%I', k.nspname, l.collname) FROM pg_collation l
         JOIN pg_namespace k ON k.oid = l.collnamespace JOIN pg_type b ON b.oid = a.atttypid
         WHERE l.oid = a.attcollation AND a.attcollation <> b.typcollation),
        CASE WHEN a.attgenerated = 's' THEN format('GENERATED ALWAYS AS (%s) STORED', pg_get_expr(f.adbin, f.adrelid))
             WHEN a.attgenerated = 'v' THEN format('GENERATED ALWAYS AS (%s)', pg_get_expr(f.adbin, f.adrelid))
             ELSE 'DEFAULT ' || pg_get_expr(f.adbin, f.adrelid) END,
        (SELECT format('GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I {_SEQUENCE}%s)',
            CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, qn.nspname, q.relname, {_NUMBERS},
            CASE WHEN s.seqcycle THEN ' CYCLE' END)
         FROM pg_depend d JOIN pg_class q ON q.oid = d.objid JOIN pg_namespace qn ON qn.oid = q.relnamespace
         JOIN pg_sequence s ON s.seqrelid = q.oid
         WHERE d.classid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
         AND d.deptype = 'i' AND a.attidentity <> ''),
        CASE WHEN a.attnotnull THEN 'NOT NULL' END)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND n.nspname = ANY(:schemas) AND {_CLASS}
    ORDER BY c.oid, a.attnum"""

_OWNERS = """
    SELECT format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname, tn.nspname, o.relname, a.attname)
    FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class o ON o.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = o.relnamespace
    JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = d.refobjsubid
    WHERE c.relkind = 'S' AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
    AND d.refclassid = 'pg_class'::regclass AND n.nspname = ANY(:schemas)"""
_CONSTRAINTS = f"""
    SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
        pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND k.conislocal AND k.conparentid = 0
    AND n.nspname = ANY(:schemas) AND {_CLASS}
    ORDER BY k.contype = 'f', k.oid"""
_INDEXES = f"""
    SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = ANY(:schemas) AND {_CLASS}
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    AND NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
    ORDER BY i.indexrelid"""
_VIEWS = f"""
    SELECT format('CREATE %s %I.%I%s AS %s%s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END,
        n.nspname, c.relname, ' WITH (' || array_to_string(c.reloptions, ', ') || ')',
        rtrim(pg_get_viewdef(c.oid), ';'), CASE c.relkind WHEN 'm' THEN ' WITH NO DATA' END)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND n.nspname = ANY(:schemas) AND {_CLASS} ORDER BY c.oid"""
_TRIGGERS = f"""
    SELECT pg_get_triggerdef(g.oid) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND n.nspname = ANY(:schemas) AND {_CLASS} ORDER BY g.oid"""
_TRIGGER_STATES = f"""
    SELECT format('ALTER TABLE %I.%I %s TRIGGER %I', n.nspname, c.relname,
        CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname)
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT g.tgisinternal AND g.tgenabled <> 'O' AND c.relkind IN ('r', 'p') AND n.nspname = ANY(:schemas)
    AND {_CLASS} ORDER BY g.oid"""
_COMMENTS = """
    SELECT format('COMMENT ON %s %s IS %L',
        CASE WHEN i.type LIKE '% column' THEN 'COLUMN' WHEN i.type = 'table constraint' THEN 'CONSTRAINT'
             WHEN i.type = 'composite type' THEN 'TYPE' ELSE upper(i.type) END, i.identity, d.description)
    FROM pg_description d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE d.classoid IN ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass,
        'pg_trigger'::regclass)
    AND d.objoid >= 16384 AND (i.schema = ANY(:schemas) OR i.type IN ('table constraint', 'trigger'))"""

BEFORE_TABLES = (_ENUMS, _COMPOSITES, _DOMAINS, _SEQUENCES, _ROUTINES)
AFTER_TABLES = (_OWNERS, _CONSTRAINTS, _INDEXES, _VIEWS, _TRIGGERS, _TRIGGER_STATES, _COMMENTS)
