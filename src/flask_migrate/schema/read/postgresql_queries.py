"""The statements that read PostgreSQL's catalogs, each for all asked-for schemas at once.

Every name is qualified, since a temporary table may be called ``pg_class``. Arrays are cast to ``text[]`` and
``"char"`` to ``text``, which every driver returns as Python's lists and strings.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import sqlalchemy as sa

from .scope import Scope

#: Output of the deparsing functions depends on these; the search path has one schema only when one is read. The last
#: two cost time where the planner takes a catalog for larger than it is, as it does when tables were made just now.
SETTINGS = """
SELECT pg_catalog.set_config('search_path', :path, true), pg_catalog.set_config('quote_all_identifiers', 'off', true),
       pg_catalog.set_config('datestyle', 'ISO, YMD', true), pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('timezone', 'UTC', true), pg_catalog.set_config('extra_float_digits', '1', true),
       pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('jit', 'off', true), pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)
"""

SERVER = """
SELECT pg_catalog.current_schema() AS default_schema,
       pg_catalog.current_setting('server_version') AS version,
       CAST(pg_catalog.current_setting('server_version_num') AS integer) AS number
"""

SCHEMAS = """
SELECT n.nspname AS schema, pg_catalog.quote_ident(n.nspname) AS quoted
FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY (CAST(:schemas AS text[])) ORDER BY n.nspname
"""

TEMPORARY = """
SELECT c.relname AS name, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind
FROM pg_catalog.pg_class c
WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relkind IN ('r', 'p', 'v', 'S')
"""

NOT_OF_EXTENSION = """NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = CAST('pg_catalog.{catalog}' AS regclass) AND e.objid = {object} AND e.deptype = 'e')"""

COMMENT = """LEFT JOIN pg_catalog.pg_description {alias} ON {alias}.objoid = {object} AND {alias}.objsubid = {part}
    AND {alias}.classoid = CAST('pg_catalog.{catalog}' AS regclass)"""


def _free(catalog: str, object_: str) -> str:
    return NOT_OF_EXTENSION.format(catalog=catalog, object=object_)


def _comment(catalog: str, object_: str, part: str = "0", alias: str = "d") -> str:
    return COMMENT.format(catalog=catalog, object=object_, part=part, alias=alias)


#: The relations that are read; partitions are parts of their parents.
RELATIONS = f"""
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS name, CAST(c.relkind AS text) AS kind,
       CAST(c.relpersistence AS text) AS persistence, c.reloptions AS options, am.amname AS method,
       ts.spcname AS tablespace, c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced_row_security,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_by,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS bound,
       CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
       ARRAY(SELECT CAST(i.inhparent AS bigint) FROM pg_catalog.pg_inherits i
             WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
       fs.srvname AS server, ft.ftoptions AS server_options, d.description AS comment
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
{_comment("pg_class", "c.oid")}
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname = ANY (CAST(:schemas AS text[]))
  AND {_free("pg_class", "c.oid")}
"""

RELATION_FILTER = f"""
    JOIN pg_catalog.pg_class c ON c.oid = {{relation}} AND c.relkind IN ('r', 'p', 'f', 'm') AND NOT c.relispartition
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY (CAST(:schemas AS text[]))
     AND {_free("pg_class", "c.oid")}
"""

COLLATION = """CASE WHEN {collation} <> 0 AND {collation} <> {usual} THEN
    (SELECT CASE WHEN cn.nspname = 'pg_catalog' THEN '' ELSE pg_catalog.quote_ident(cn.nspname) || '.' END
            || pg_catalog.quote_ident(co.collname)
     FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
     WHERE co.oid = {collation}) END"""

#: ``n_distinct`` and ``n_distinct_inherited`` are all options that a column can be given; some builds of the server
#: keep marks of their own in the same place.
COLUMNS = rf"""
SELECT CAST(a.attrelid AS bigint) AS relation, a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) AS default_, CAST(a.attidentity AS text) AS identity,
       CAST(a.attgenerated AS text) AS generated,
       {COLLATION.format(collation="a.attcollation", usual="ty.typcollation")} AS collation,
       CASE WHEN a.attstorage <> ty.typstorage THEN CAST(a.attstorage AS text) END AS storage,
       ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o LIKE 'n\_distinct%') AS options,
       d.description AS comment,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle
FROM pg_catalog.pg_attribute a
{RELATION_FILTER.format(relation="a.attrelid")}
JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
LEFT JOIN pg_catalog.pg_depend dep ON a.attidentity <> '' AND dep.deptype = 'i'
     AND dep.classid = CAST('pg_catalog.pg_class' AS regclass)
     AND dep.refclassid = CAST('pg_catalog.pg_class' AS regclass)
     AND dep.refobjid = a.attrelid AND dep.refobjsubid = a.attnum
LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = dep.objid
{_comment("pg_class", "a.attrelid", "a.attnum")}
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'm'
ORDER BY a.attrelid, a.attnum
"""

COLUMN_NAMES = """ARRAY(
    SELECT CAST(ka.attname AS text)
    FROM ROWS FROM (unnest({numbers})) WITH ORDINALITY AS k (number, place)
    JOIN pg_catalog.pg_attribute ka ON ka.attrelid = {relation} AND ka.attnum = k.number
    ORDER BY k.place)"""


def constraints(version: int) -> str:
    """The constraints of tables; ``version`` is ``server_version_num``."""
    names = COLUMN_NAMES.format
    set_columns = names(numbers="con.confdelsetcols", relation="con.conrelid") if version >= 150000 else "NULL"
    return f"""
SELECT CAST(con.conrelid AS bigint) AS relation, con.conname AS name, CAST(con.contype AS text) AS kind,
       con.condeferrable AS deferrable, con.condeferred AS deferred, con.convalidated AS validated,
       con.connoinherit AND con.contype = 'c' AS no_inherit,
       {"con.conenforced" if version >= 180000 else "true"} AS enforced,
       {"con.conperiod" if version >= 180000 else "false"} AS period,
       {names(numbers="con.conkey", relation="con.conrelid")} AS columns,
       fn.nspname AS referred_schema, fc.relname AS referred_table,
       {names(numbers="con.confkey", relation="con.confrelid")} AS referred_columns,
       CAST(con.confupdtype AS text) AS on_update, CAST(con.confdeltype AS text) AS on_delete,
       CAST(con.confmatchtype AS text) AS match, {set_columns} AS set_columns,
       CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid) END AS condition,
       CASE WHEN con.contype = 'x' THEN pg_catalog.pg_get_constraintdef(con.oid) END AS definition,
       CASE WHEN con.contype IN ('p', 'u') THEN ARRAY(
           SELECT CAST(ta.attname AS text) FROM pg_catalog.generate_series(i.indnkeyatts, i.indnatts - 1) AS k (place)
           JOIN pg_catalog.pg_attribute ta ON ta.attrelid = i.indrelid AND ta.attnum = i.indkey[k.place]
           ORDER BY k.place) END AS include,
       {"i.indnullsnotdistinct" if version >= 150000 else "false"} AS nulls_not_distinct,
       ic.reloptions AS options, ts.spcname AS tablespace, d.description AS comment
FROM pg_catalog.pg_constraint con
{RELATION_FILTER.format(relation="con.conrelid")}
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = con.conindid AND con.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_catalog.pg_class fc ON fc.oid = con.confrelid AND con.contype = 'f'
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
{_comment("pg_constraint", "con.oid")}
WHERE con.contype IN ('p', 'u', 'f', 'c', 'x') AND con.conparentid = 0
"""


def indexes(version: int) -> str:
    """The parts of indexes that are not the inside of a constraint, a row for each part."""
    collation = COLLATION.format(collation="ia.attcollation", usual="COALESCE(ta.attcollation, ity.typcollation)")
    return f"""
SELECT CAST(i.indrelid AS bigint) AS relation, ic.relname AS name, i.indisunique AS is_unique,
       am.amname AS method, ia.attnum <= i.indnkeyatts AS is_key, CAST(ta.attname AS text) AS column_name,
       CASE WHEN ta.attname IS NULL
            THEN pg_catalog.pg_get_indexdef(i.indexrelid, ia.attnum, false) END AS expression,
       CASE WHEN ia.attnum <= i.indnkeyatts THEN i.indoption[ia.attnum - 1] ELSE 0 END AS flags,
       {collation} AS collation,
       CASE WHEN opc.opcdefault THEN NULL WHEN pg_catalog.pg_opclass_is_visible(opc.oid) THEN opc.opcname
            ELSE pg_catalog.quote_ident(opn.nspname) || '.' || pg_catalog.quote_ident(opc.opcname) END AS opclass,
       ia.attoptions AS part_options, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       {"i.indnullsnotdistinct" if version >= 150000 else "false"} AS nulls_not_distinct,
       i.indisvalid AS valid, ic.reloptions AS options, ts.spcname AS tablespace, d.description AS comment
FROM pg_catalog.pg_index i
{RELATION_FILTER.format(relation="i.indrelid")}
JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = ic.relam
JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indexrelid
JOIN pg_catalog.pg_type ity ON ity.oid = ia.atttypid
LEFT JOIN pg_catalog.pg_attribute ta ON ta.attrelid = i.indrelid AND ta.attnum = i.indkey[ia.attnum - 1]
LEFT JOIN pg_catalog.pg_opclass opc ON ia.attnum <= i.indnkeyatts AND opc.oid = i.indclass[ia.attnum - 1]
LEFT JOIN pg_catalog.pg_namespace opn ON opn.oid = opc.opcnamespace
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
{_comment("pg_class", "ic.oid")}
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, ic.relname, ia.attnum
"""


VIEWS = f"""
SELECT c.oid AS oid, pg_catalog.pg_get_viewdef(c.oid) AS definition
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname = ANY (CAST(:schemas AS text[])) AND {_free("pg_class", "c.oid")}
"""

SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
       s.seqcache AS cache, s.seqcycle AS cycle, c.relpersistence = 'u' AS unlogged,
       on_.nspname AS owner_schema, oc.relname AS owner_table, oa.attname AS owner_column, d.description AS comment
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY (CAST(:schemas AS text[]))
LEFT JOIN pg_catalog.pg_depend dep ON dep.objid = c.oid AND dep.deptype IN ('a', 'i') AND dep.refobjsubid > 0
     AND dep.classid = CAST('pg_catalog.pg_class' AS regclass)
     AND dep.refclassid = CAST('pg_catalog.pg_class' AS regclass)
LEFT JOIN pg_catalog.pg_class oc ON oc.oid = dep.refobjid
LEFT JOIN pg_catalog.pg_namespace on_ ON on_.oid = oc.relnamespace
LEFT JOIN pg_catalog.pg_attribute oa ON oa.attrelid = oc.oid AND oa.attnum = dep.refobjsubid
{_comment("pg_class", "c.oid")}
WHERE dep.deptype IS DISTINCT FROM 'i' AND {_free("pg_class", "c.oid")}
"""

TYPES = f"""
SELECT n.nspname AS schema, ty.typname AS name, CAST(ty.typtype AS text) AS kind, ty.oid AS oid,
       ARRAY(SELECT CAST(e.enumlabel AS text) FROM pg_catalog.pg_enum e
             WHERE e.enumtypid = ty.oid ORDER BY e.enumsortorder) AS labels,
       pg_catalog.format_type(NULLIF(ty.typbasetype, 0), ty.typtypmod) AS base, ty.typnotnull AS not_null,
       pg_catalog.pg_get_expr(ty.typdefaultbin, 0) AS default_,
       {COLLATION.format(collation="ty.typcollation", usual="COALESCE(bt.typcollation, 0)")} AS collation,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' '
                                     || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = ty.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS fields,
       pg_catalog.format_type(r.rngsubtype, NULL) AS subtype, d.description AS comment
FROM pg_catalog.pg_type ty
JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace AND n.nspname = ANY (CAST(:schemas AS text[]))
LEFT JOIN pg_catalog.pg_type bt ON bt.oid = ty.typbasetype
LEFT JOIN pg_catalog.pg_class tc ON tc.oid = ty.typrelid
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = ty.oid
{_comment("pg_type", "ty.oid")}
WHERE (ty.typtype IN ('e', 'd', 'r') OR (ty.typtype = 'c' AND tc.relkind = 'c'))
  AND {_free("pg_type", "ty.oid")}
"""

DOMAIN_CHECKS = """
SELECT con.contypid AS oid, con.conname AS name, pg_catalog.pg_get_expr(con.conbin, 0) AS condition,
       con.convalidated AS validated
FROM pg_catalog.pg_constraint con
JOIN pg_catalog.pg_namespace n ON n.oid = con.connamespace AND n.nspname = ANY (CAST(:schemas AS text[]))
WHERE con.contypid <> 0 AND con.contype = 'c'
"""

TRIGGERS = f"""
SELECT n.nspname AS schema, c.relname AS "table", tg.tgname AS name,
       pg_catalog.pg_get_triggerdef(tg.oid, true) AS definition, CAST(tg.tgenabled AS text) AS enabled,
       d.description AS comment
FROM pg_catalog.pg_trigger tg
JOIN pg_catalog.pg_class c ON c.oid = tg.tgrelid AND NOT c.relispartition
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY (CAST(:schemas AS text[]))
{_comment("pg_trigger", "tg.oid")}
WHERE NOT tg.tgisinternal AND {_free("pg_class", "c.oid")} AND {_free("pg_trigger", "tg.oid")}
"""

FUNCTIONS = f"""
SELECT n.nspname AS schema, p.proname AS name, pg_catalog.oidvectortypes(p.proargtypes) AS arguments,
       CAST(p.prokind AS text) AS kind, pg_catalog.quote_ident(n.nspname) AS quoted_schema,
       CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid)
            ELSE pg_catalog.concat_ws(', ',
                'SFUNC = ' || CAST(ag.aggtransfn AS text),
                'STYPE = ' || pg_catalog.format_type(ag.aggtranstype, NULL),
                'FINALFUNC = ' || CAST(NULLIF(CAST(ag.aggfinalfn AS oid), 0) AS regproc),
                'INITCOND = ' || pg_catalog.quote_literal(ag.agginitval)) END AS definition,
       d.description AS comment
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname = ANY (CAST(:schemas AS text[]))
LEFT JOIN pg_catalog.pg_aggregate ag ON ag.aggfnoid = p.oid
{_comment("pg_proc", "p.oid")}
WHERE {_free("pg_proc", "p.oid")} AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend i
    WHERE i.classid = CAST('pg_catalog.pg_proc' AS regclass) AND i.objid = p.oid AND i.deptype = 'i')
"""


Row = dict[str, t.Any]


def rows(connection: sa.Connection, query: str, **parameters: t.Any) -> list[Row]:
    """The rows of one statement, by column name."""
    return [dict(row) for row in connection.execute(sa.text(query), parameters).mappings()]


@dataclass(frozen=True)
class Catalogs:
    """The catalogs, as far as they are about the asked-for schemas; ``number`` is ``server_version_num``."""

    connection: sa.Connection
    scope: Scope
    default: str
    names: tuple[str, ...]
    number: int

    def rows(self, query: str) -> list[Row]:
        """The rows of one statement about the asked-for schemas."""
        return rows(self.connection, query, schemas=list(self.names))

    def label(self, schema: str | None) -> str | None:
        """How a schema is called in the result."""
        return None if schema is None else self.scope.label(schema, self.default)

    def wants(self, kind: str, row: Row) -> bool:
        """Whether the caller wants the object of this row."""
        return self.scope.wants(kind, self.label(row["schema"]), row["name"])

    def wanted(self, kind: str, query: str) -> list[Row]:
        """The rows of a statement without those of objects that the caller excludes."""
        return [row for row in self.rows(query) if self.wants(kind, row)]
