"""Publishers get a table of their own

The names that stood in the books move there. On the way back they return to the books; a publisher without a
book is forgotten.

Revision ID: 88e0636ebb7a
Revises: dd00e9ef8fd8
Create Date: 2026-11-21 02:59:36.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "88e0636ebb7a"
down_revision = "dd00e9ef8fd8"
branch_labels = None
depends_on = None

books = sa.table("books", sa.column("publisher"), sa.column("publisher_id"))
publishers = sa.table("publishers", sa.column("id"), sa.column("name"))


def upgrade():
    op.create_table(
        "publishers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishers")),
        sa.UniqueConstraint("name", name=op.f("uq_publishers_name")),
    )
    with op.batch_alter_table("books") as batch_op:
        batch_op.add_column(sa.Column("publisher_id", sa.Integer(), nullable=True))
        batch_op.create_index(op.f("ix_books_publisher_id"), ["publisher_id"])
        batch_op.create_foreign_key(
            op.f("fk_books_publisher_id_publishers"),
            "publishers",
            ["publisher_id"],
            ["id"],
            ondelete="SET NULL",
        )

    names = sa.select(books.c.publisher).where(books.c.publisher.is_not(None)).distinct()
    op.execute(publishers.insert().from_select(["name"], names))
    same_name = sa.select(publishers.c.id).where(publishers.c.name == books.c.publisher)
    op.execute(books.update().values(publisher_id=same_name.scalar_subquery()))

    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_column("publisher")


def downgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.add_column(sa.Column("publisher", sa.String(length=120), nullable=True))

    same_key = sa.select(publishers.c.name).where(publishers.c.id == books.c.publisher_id)
    op.execute(books.update().values(publisher=same_key.scalar_subquery()))

    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_constraint(op.f("fk_books_publisher_id_publishers"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_books_publisher_id"))
        batch_op.drop_column("publisher_id")
    op.drop_table("publishers")
