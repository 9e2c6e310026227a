"""ISBN of a book and an index on titles

Revision ID: dd00e9ef8fd8
Revises: 8cd253b59564
Create Date: 2026-11-21 02:59:33.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "dd00e9ef8fd8"
down_revision = "8cd253b59564"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.add_column(sa.Column("isbn", sa.String(length=13), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_books_isbn"), ["isbn"])
        batch_op.create_index(op.f("ix_books_title"), ["title"])


def downgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_index(op.f("ix_books_title"))
        batch_op.drop_constraint(op.f("uq_books_isbn"), type_="unique")
        batch_op.drop_column("isbn")
