"""Views and triggers that stand in the way of a change: dropped before it, made anew after it."""

from __future__ import annotations

import contextlib
import typing as t

import sqlalchemy as sa
from alembic import op

from ..errors import MigrateError
from .aside import Aside, escaped, literal
from .names import quoted

#: The views that need a table, directly or through other views, those that need others last.
VIEWS = """
    WITH RECURSIVE needing AS (
        SELECT r.ev_class AS oid, 1 AS depth FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = CAST(:relation AS regclass)
        AND r.ev_class <> d.refobjid
        UNION
        SELECT r.ev_class, n.depth + 1 FROM needing n JOIN pg_depend d ON d.refobjid = n.oid
        JOIN pg_rewrite r ON r.oid = d.objid
        WHERE d.classid = 'pg_rewrite'::regclass AND r.ev_class <> d.refobjid AND n.depth < 100)
    SELECT c.oid, n.nspname, c.relname, c.relkind = 'm' AS stored, pg_get_viewdef(c.oid) AS definition,
           c.relowner::regrole::text AS owner, obj_description(c.oid, 'pg_class') AS comment,
           array_to_string(c.reloptions, ', ') AS options
    FROM (SELECT oid, max(depth) AS depth FROM needing GROUP BY oid) f
    JOIN pg_class c ON c.oid = f.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') ORDER BY f.depth, c.oid"""
#: What belongs to a relation and goes with it, as the statements that make it anew.
TRIGGERS = """
    SELECT t.tgname AS name, pg_get_triggerdef(t.oid) AS made, t.tgenabled AS enabled FROM pg_trigger t
    WHERE t.tgrelid = CAST(:relation AS regclass) AND NOT t.tgisinternal ORDER BY t.oid"""
RULES = """
    SELECT pg_get_ruledef(oid) FROM pg_rewrite
    WHERE ev_class = CAST(:relation AS regclass) AND rulename <> '_RETURN' ORDER BY oid"""
DEFAULTS = """
    SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE d.adrelid = CAST(:relation AS regclass) ORDER BY 1"""
POLICIES = """
    SELECT p.polname AS name, p.polpermissive AS permissive, p.polcmd::text AS command,
           ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END FROM unnest(p.polroles) r) AS roles,
           pg_get_expr(p.polqual, p.polrelid) AS condition, pg_get_expr(p.polwithcheck, p.polrelid) AS checked,
           obj_description(p.oid, 'pg_policy') AS comment
    FROM pg_policy p WHERE p.polrelid = CAST(:relation AS regclass) ORDER BY p.oid"""
COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = CAST(:relation AS regclass) ORDER BY 1"
GRANTS = """
    SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.is_grantable
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = CAST(:relation AS regclass) AND a.grantee <> c.relowner"""
COMMENTS = """
    SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a
    WHERE a.attrelid = CAST(:relation AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
    AND col_description(a.attrelid, a.attnum) IS NOT NULL"""
#: The columns of a table that views, triggers, policies or generated columns need.
COLUMNS = """
    SELECT DISTINCT a.attname FROM pg_depend d
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = CAST(:relation AS regclass)
    AND (d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass)
         OR (d.classid = 'pg_class'::regclass AND d.objid = d.refobjid AND d.objsubid <> d.refobjsubid)
         OR (d.classid = 'pg_attrdef'::regclass AND EXISTS (
             SELECT 1 FROM pg_attrdef ad WHERE ad.oid = d.objid AND ad.adnum <> d.refobjsubid)))"""
ENABLED = {"D": "DISABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


@contextlib.contextmanager
def dependents_kept(table_name: str, schema: str | None = None, *, columns: t.Collection[str] = ()) -> t.Iterator[None]:
    """Drop the views, triggers and policies that need a table before the block, and make them anew after it.

    PostgreSQL refuses to drop a column, or to change its type, under a view or a trigger. Owner, rights, comments,
    options and the indexes of materialized views are kept. On other engines, and in ``--sql`` mode, nothing is done.

    :param table_name: the table that changes.
    :param schema: its schema.
    :param columns: the columns that get another type or are replaced: generated columns that are computed from them
        are dropped and made again as well, and so are the indexes and constraints that go with a replaced column.
    :raises MigrateError: when a view can't be made anew, because it needs what is gone.
    """
    context = op.get_context()
    if context.dialect.name != "postgresql" or context.as_sql:
        yield
        return
    connection = op.get_bind()
    preparer = connection.dialect.identifier_preparer
    place = preparer.quote(table_name) if schema is None else f"{preparer.quote(schema)}.{preparer.quote(table_name)}"
    relation = place.replace("%%", "%")
    views = [View(connection, row) for row in _rows(connection, VIEWS, relation)]
    triggers = list(_triggers(connection, relation, quoted(table_name, schema)))
    triggers += _policies(connection, relation, quoted(table_name, schema))
    aside = Aside(connection, relation, quoted(table_name, schema), columns)
    for statement in [f"DROP {view.kind} {view.place}" for view in reversed(views)]:
        op.execute(statement)
    for trigger in triggers:
        op.execute(trigger.dropped)
    aside.drop()
    yield
    aside.make()
    for view in views:
        view.make(table_name)
    for trigger in triggers:
        trigger.make(table_name)


class Trigger(t.NamedTuple):
    """A trigger of the table.

    :param dropped: the statement that drops it.
    :param made: the statements that make it.
    """

    dropped: str
    made: list[str]

    def make(self, table_name: str) -> None:
        """Make it.

        :raises MigrateError: when it needs what is gone.
        """
        try:
            for statement in self.made:
                op.execute(statement)
        except sa.exc.ProgrammingError as error:
            what = self.dropped.removeprefix("DROP ").replace("\\:", ":")
            raise MigrateError(
                f"The {what} can't be made anew after the change of {table_name}: {error.orig}".rstrip(),
                "Drop or change it in the script, before the table is changed.",
            ) from error


class View:
    """A view, and the statements that make it as it is."""

    def __init__(self, connection: sa.Connection, row: t.Any) -> None:
        self.name = f"{row.nspname}.{row.relname}"
        self.place = quoted(row.relname, row.nspname)
        self.kind = "MATERIALIZED VIEW" if row.stored else "VIEW"
        relation = str(row.oid)
        options = f" WITH ({row.options})" if row.options else ""
        definition = escaped(row.definition.rstrip().rstrip(";"))
        self.statements = [f"CREATE {self.kind} {self.place}{options} AS {definition}"]
        self.statements.append(f"ALTER {self.kind} {self.place} OWNER TO {escaped(row.owner)}")
        if row.comment is not None:
            self.statements.append(f"COMMENT ON {self.kind} {self.place} IS {literal(row.comment)}")
        for column, comment in _rows(connection, COMMENTS, relation):
            self.statements.append(f"COMMENT ON COLUMN {self.place}.{quoted(column)} IS {literal(comment)}")
        for right, role, may_grant in _rows(connection, GRANTS, relation):
            option = " WITH GRANT OPTION" if may_grant else ""
            self.statements.append(f"GRANT {right} ON {self.place} TO {escaped(role)}{option}")
        self.statements += [escaped(row[0]) for row in _rows(connection, INDEXES, relation)]
        for column, default in _rows(connection, DEFAULTS, relation):
            self.statements.append(
                f"ALTER VIEW {self.place} ALTER COLUMN {quoted(column)} SET DEFAULT {escaped(default)}"
            )
        self.statements += [escaped(row[0]) for row in _rows(connection, RULES, relation)]
        for trigger in _triggers(connection, relation, self.place):
            self.statements += trigger.made

    def make(self, table_name: str) -> None:
        """Make the view.

        :raises MigrateError: when it needs what is gone.
        """
        try:
            for statement in self.statements:
                op.execute(statement)
        except sa.exc.ProgrammingError as error:
            raise MigrateError(
                f"The view {self.name} can't be made anew after the change of {table_name}: {error.orig}".rstrip(),
                "Drop or change the view in the script, before the table is changed.",
            ) from error


def are_needed(connection: sa.Connection, table: str, schema: str | None, columns: t.Collection[str]) -> bool:
    """Whether a view or a trigger needs one of some columns of a table."""
    quote = connection.dialect.identifier_preparer.quote
    relation = (quote(table) if schema is None else f"{quote(schema)}.{quote(table)}").replace("%%", "%")
    found = connection.execute(sa.text(COLUMNS), {"relation": relation}).scalars()
    return not set(columns).isdisjoint(found)


def _triggers(connection: sa.Connection, relation: str, place: str) -> t.Iterator[Trigger]:
    for name, made, enabled in _rows(connection, TRIGGERS, relation):
        statements = [escaped(made)]
        if enabled in ENABLED:
            statements.append(f"ALTER TABLE {place} {ENABLED[enabled]} {quoted(name)}")
        yield Trigger(f"DROP TRIGGER {quoted(name)} ON {place}", statements)


def _policies(connection: sa.Connection, relation: str, place: str) -> t.Iterator[Trigger]:
    for row in _rows(connection, POLICIES, relation):
        name = quoted(row.name)
        words = [f"CREATE POLICY {name} ON {place} AS {'PERMISSIVE' if row.permissive else 'RESTRICTIVE'}"]
        words.append(f"FOR {COMMANDS[row.command]} TO {escaped(', '.join(row.roles))}")
        words += [f"USING ({escaped(row.condition)})"] if row.condition is not None else []
        words += [f"WITH CHECK ({escaped(row.checked)})"] if row.checked is not None else []
        made = [" ".join(words)]
        if row.comment is not None:
            made.append(f"COMMENT ON POLICY {name} ON {place} IS {literal(row.comment)}")
        yield Trigger(f"DROP POLICY {name} ON {place}", made)


def _rows(connection: sa.Connection, query: str, relation: str) -> list[t.Any]:
    return list(connection.execute(sa.text(query), {"relation": relation}))
