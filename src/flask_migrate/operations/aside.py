"""What belongs to columns of PostgreSQL and is in the way when they change: its statements, to drop and to make it."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic import op

from .names import quoted

#: Generated columns that are computed from some columns of a table.
GENERATED = """
    WITH needing AS (
        SELECT ad.adnum AS number FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
        JOIN pg_attribute x ON x.attrelid = d.refobjid AND x.attnum = d.refobjsubid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refobjid = CAST(:relation AS regclass)
          AND x.attname = ANY (CAST(:columns AS text[])) AND d.refobjsubid <> ad.adnum
        UNION SELECT d.objsubid FROM pg_depend d
        JOIN pg_attribute x ON x.attrelid = d.refobjid AND x.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.refobjid = CAST(:relation AS regclass) AND d.objid = d.refobjid
          AND x.attname = ANY (CAST(:columns AS text[])) AND d.refobjsubid <> d.objsubid)
    SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
           pg_get_expr(ad.adbin, ad.adrelid) AS expression, col_description(a.attrelid, a.attnum) AS comment,
           CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END AS collation
    FROM needing n JOIN pg_attribute a ON a.attrelid = CAST(:relation AS regclass) AND a.attnum = n.number
    JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum JOIN pg_type y ON y.oid = a.atttypid
    WHERE a.attgenerated <> '' ORDER BY a.attnum"""
#: Constraints that name some columns of a table, foreign keys of other tables among them; foreign keys come last.
CONSTRAINTS = """
    SELECT n.nspname AS schema, c.relname AS table, k.conname AS name, k.contype::text AS kind,
           pg_get_constraintdef(k.oid) AS definition, obj_description(k.oid, 'pg_constraint') AS comment
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.conparentid = 0 AND EXISTS (
        SELECT 1 FROM pg_attribute a WHERE a.attrelid = CAST(:relation AS regclass)
        AND a.attname = ANY (CAST(:columns AS text[])) AND (
            (k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey))
            OR (k.confrelid = a.attrelid AND a.attnum = ANY (k.confkey))))
    ORDER BY k.contype = 'f', k.oid"""
#: Indexes that some columns of a table are in, also within an expression, and that are no constraint's.
INDEXES = """
    SELECT DISTINCT n.nspname AS schema, c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition,
           obj_description(c.oid, 'pg_class') AS comment, i.indpred IS NULL AND i.indexprs IS NULL AS plain
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_depend d ON d.objid = i.indexrelid AND d.classid = 'pg_class'::regclass AND d.refobjid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE i.indrelid = CAST(:relation AS regclass) AND a.attname = ANY (CAST(:columns AS text[]))
      AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY 2"""
IS_COLUMN = """SELECT 1 FROM pg_attribute WHERE attrelid = CAST(:relation AS regclass) AND attname = :name
    AND NOT attisdropped"""
IS_CONSTRAINT = """SELECT 1 FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.conname = :name AND c.relname = :table AND n.nspname = :schema"""
IS_RELATION = """SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = :name AND n.nspname = :schema"""


class Aside:
    """What is put aside for some columns of one table, and comes back.

    :param connection: where the table is.
    :param relation: the table as SQL names it.
    :param place: the same for ``op.execute()``.
    :param columns: the columns that change.
    :param is_retyped: whether conditions speak of a type that is replaced, so that they must go before it.
    """

    def __init__(
        self,
        connection: sa.Connection,
        relation: str,
        place: str,
        columns: t.Collection[str],
        *,
        is_retyped: bool = False,
    ) -> None:
        self.connection, self.relation, self.place = connection, relation, place
        self.generated = self._rows(GENERATED, columns)
        both = [*columns, *(one.name for one in self.generated)]
        self.constraints = self._rows(CONSTRAINTS, both)
        self.indexes = self._rows(INDEXES, both)
        self.is_retyped = is_retyped

    def drop(self) -> None:
        """Drop what is in the way; what goes with a generated column goes with it."""
        if self.is_retyped:
            for one in reversed(self.constraints):
                if one.kind in "cf" and self._is_there(IS_CONSTRAINT, one):
                    place = quoted(one.table, one.schema)
                    op.execute(f"ALTER TABLE {place} DROP CONSTRAINT {quoted(one.name)}")
            for one in self.indexes:
                if not one.plain:
                    op.execute(f"DROP INDEX {quoted(one.name, one.schema)}")
        for one in self.generated:
            op.execute(f"ALTER TABLE {self.place} DROP COLUMN {quoted(one.name)}")

    def make(self, *, with_keys: bool = True) -> None:
        """Make again what is not there; foreign keys may be left for later."""
        for one in self.generated:
            if not self._is_there(IS_COLUMN, one, relation=self.relation):
                self._add_column(one)
        for one in self.indexes:
            if not self._is_there(IS_RELATION, one):
                op.execute(escaped(one.definition))
                comment_on(f"INDEX {quoted(one.name, one.schema)}", one.comment)
        for one in self.constraints:
            if (with_keys or one.kind != "f") and not self._is_there(IS_CONSTRAINT, one):
                place, name = quoted(one.table, one.schema), quoted(one.name)
                op.execute(f"ALTER TABLE {place} ADD CONSTRAINT {name} {escaped(one.definition)}")
                comment_on(f"CONSTRAINT {name} ON {place}", one.comment)

    def _add_column(self, one: t.Any) -> None:
        collation = f" COLLATE {one.collation}" if one.collation else ""
        made = f"{one.type}{collation} GENERATED ALWAYS AS ({one.expression}) STORED"
        null = " NOT NULL" if one.not_null else ""
        op.execute(f"ALTER TABLE {self.place} ADD COLUMN {quoted(one.name)} {escaped(made)}{null}")
        comment_on(f"COLUMN {self.place}.{quoted(one.name)}", one.comment)

    def _rows(self, query: str, columns: t.Iterable[str]) -> list[t.Any]:
        values = {"relation": self.relation, "columns": list(columns)}
        return list(self.connection.execute(sa.text(query), values))

    def _is_there(self, query: str, one: t.Any, **values: str) -> bool:
        known = {word: getattr(one, word) for word in ("schema", "table", "name") if f":{word}" in query}
        return self.connection.execute(sa.text(query), {**known, **values}).first() is not None


def comment_on(place: str, comment: str | None) -> None:
    """Give something its comment, if it had one."""
    if comment is not None:
        op.execute(f"COMMENT ON {place} IS {literal(comment)}")


def escaped(text: str) -> str:
    """SQL as ``op.execute()`` takes it, where a colon begins a parameter."""
    return text.replace(":", "\\:")


def literal(text: str) -> str:
    """A text as a literal for ``op.execute()``."""
    return "E'" + escaped(text.replace("\\", "\\\\").replace("'", "''")) + "'"
