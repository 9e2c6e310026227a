"""Sell audiobooks

On the way back an audiobook becomes an e-book.

Revision ID: ab04ad9bb292
Revises: 776d188194bf
Create Date: 2026-11-21 02:59:42.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "ab04ad9bb292"
down_revision = "776d188194bf"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_constraint(op.f("ck_books_format"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_books_format"), "format IN ('hardcover', 'paperback', 'ebook', 'audiobook')"
        )


def downgrade():
    books = sa.table("books", sa.column("format"))
    op.execute(books.update().where(books.c.format == "audiobook").values(format="ebook"))
    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_constraint(op.f("ck_books_format"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_books_format"), "format IN ('hardcover', 'paperback', 'ebook')"
        )
