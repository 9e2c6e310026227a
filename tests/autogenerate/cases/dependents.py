"""Views and triggers that need what changes."""

from __future__ import annotations

import sqlalchemy as sa

from ..case import ENGINES, Case, identity

PROCEDURE = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
VIEWS = (
    'CREATE VIEW named AS SELECT id, name FROM "user"',
    "CREATE VIEW short AS SELECT id FROM named WHERE name <> 'it''s: 100%'",
)
SETUP = {
    "sqlite": VIEWS,
    "mariadb": [view.replace('"', "`") for view in VIEWS],
    "postgresql": [
        *VIEWS,
        "COMMENT ON VIEW named IS 'it''s :x'",
        "GRANT SELECT ON named TO PUBLIC",
        'CREATE MATERIALIZED VIEW stored AS SELECT name FROM "user"',
        "CREATE INDEX ix_stored ON stored (name)",
        PROCEDURE,
        'CREATE TRIGGER noting BEFORE UPDATE OF name ON "user" FOR EACH ROW EXECUTE FUNCTION note()',
    ],
}


def user(metadata: sa.MetaData, type_: object = None, *, age: bool = True) -> None:
    """A table of which a view shows the name."""
    columns = [sa.Column("age", sa.Integer)] if age else []
    sa.Table("user", metadata, identity(), sa.Column("name", type_ or sa.String(20)), *columns)


ROWS = {"user": [{"id": 1, "name": "Ann", "age": 5}]}

CASES = (
    Case(
        name="dependents-type-under-a-view",
        before=user,
        after=lambda m: user(m, sa.String(60)),
        rows=ROWS,
        setup=SETUP,
        foreign=('index "stored"',),
    ),
    Case(
        name="dependents-column-dropped-beside-a-view",
        before=user,
        after=lambda m: user(m, age=False),
        rows=ROWS,
        absent=["dependents_kept"],
        setup=SETUP,
        foreign=('index "stored"',),
    ),
    Case(
        name="dependents-nothing-without-views",
        before=user,
        after=lambda m: user(m, age=False),
        rows=ROWS,
        absent=["dependents_kept"],
        engines=ENGINES,
    ),
    Case(
        name="dependents-renamed-table",
        before=user,
        after=lambda m: sa.Table(
            "account", m, identity(), sa.Column("label", sa.String(70)), sa.Column("age", sa.Integer)
        ),
        rows=ROWS,
        setup={"postgresql": SETUP["postgresql"][:2]},
        same={"user": "account", "user.name": "account.label", "account.label": "user.name"},
        options={"rename_table": "user:account", "rename_column": "user.name:label"},
    ),
)
