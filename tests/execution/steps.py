"""A revision with every kind of statement, and what a database holds."""

from __future__ import annotations

import sqlalchemy as sa

from tests.execution.histories import engine_of

#: The table that data steps write a row to: each step has to be there once.
FIRST = """
op.create_table("steps", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(40)))
op.create_table(
    "person",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40)),
    sa.Column("old", sa.String(40)),
)
op.execute("INSERT INTO person (id, name, old) VALUES (1, 'Ann', 'a'), (2, 'Bob', NULL), (3, 'Cy', 'c%%')")
"""

#: DDL by operations and by SQL, rows by SQL, by operations and by a session, and decisions by what was read.
EVERYTHING = """
from sqlalchemy.orm import Session, declarative_base
bind = op.get_bind()
step = lambda name: op.execute(sa.text("INSERT INTO steps (name) VALUES (:name)").bindparams(name=name))
op.create_table(
    "note",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person_id", sa.Integer),
    sa.Column("text", sa.String(80)),
)
op.execute("INSERT INTO note (id, text) VALUES (1001, '100%'), (1002, 'it''s %s')")
step("created")
op.bulk_insert(
    sa.table("note", sa.column("id"), sa.column("text")), [{"id": n + 1000, "text": f"bulk {n}"} for n in range(10, 13)]
)
Base = declarative_base()
class Note(Base):
    __tablename__ = "note"
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.Integer)
    text = sa.Column(sa.String(80))
with Session(bind) as session:
    parent = Note(text="parent")
    session.add(parent)
    session.flush()
    session.add_all([Note(text=f"child {n}", person_id=parent.id) for n in range(3)])
    session.commit()
op.add_column("person", sa.Column("entire", sa.String(90)))
for row in bind.execute(sa.text("SELECT id, name, old FROM person ORDER BY id")).mappings().all():
    if row["old"] is not None:
        bind.execute(sa.text("UPDATE person SET entire = :entire WHERE id = :id").bindparams(
            entire=row["name"] + "/" + row["old"], id=row["id"]))
step("copied")
if "old" in [column["name"] for column in sa.inspect(bind).get_columns("person")]:
    op.drop_column("person", "old")
step("dropped")
op.execute("CREATE TABLE `copy %s` AS SELECT id, entire FROM person WHERE entire IS NOT NULL")
op.create_index("ix_note", "note", ["text"])
op.execute("INSERT INTO note (id, text) SELECT id + 1100, name FROM person")
step("selected")
op.execute("CREATE VIEW names AS SELECT name FROM person")
op.rename_table("copy %s", "final")
with op.batch_alter_table("person") as batch_op:
    batch_op.alter_column("name", existing_type=sa.String(40), nullable=False, new_column_name="called")
step("renamed")
try:
    with bind.begin_nested():
        op.execute("INSERT INTO steps (id, name) SELECT id, 'twice' FROM steps WHERE name = 'created'")
except sa.exc.IntegrityError:
    step("caught")
op.execute("ALTER TABLE note ADD COLUMN extra INTEGER DEFAULT 7")
op.execute("UPDATE note SET extra = extra + 1")
op.drop_index("ix_note", table_name="note")
step("last")
"""


def everything(engine_name: str) -> str:
    """:data:`EVERYTHING` as the engine spells it."""
    if engine_name == "mariadb":
        return EVERYTHING
    return EVERYTHING.replace("`copy %s`", '\\"copy %s\\"').replace(
        "CREATE VIEW names", 'DROP VIEW IF EXISTS names")\nop.execute("CREATE VIEW names'
    )


#: What is compared of tables whose keys the engine gives: a transaction that was rolled back leaves gaps in them.
QUERIES = {
    "steps": "SELECT name FROM steps",
    "note": "SELECT n.text, p.text AS parent, n.extra FROM note n LEFT JOIN note p ON p.id = n.person_id",
}


def contents(url: str) -> dict[str, object]:
    """Columns, indexes and rows of every table, and the views; not the log."""
    found: dict[str, object] = {}
    with engine_of(url) as engine, engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in inspector.get_table_names():
            if table == "flask_migrate_log":
                continue
            columns = inspector.get_columns(table)
            shapes = [(column["name"], str(column["type"]), column["nullable"]) for column in columns]
            indexes = sorted((index["name"], tuple(index["column_names"])) for index in inspector.get_indexes(table))
            names = [name for name, _, _ in shapes if name != "id" or table == "person"]
            every = sa.select(*[sa.column(name) for name in names] or [sa.text("1")]).select_from(sa.table(table))
            rows = connection.execute(sa.text(QUERIES[table]) if table in QUERIES else every)
            found[table] = (shapes, indexes, sorted(map(repr, rows)))
        found["views"] = sorted(inspector.get_view_names())
    return found
