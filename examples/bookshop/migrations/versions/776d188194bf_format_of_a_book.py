"""Format of a book

The books that are there already are paperbacks.

Revision ID: 776d188194bf
Revises: f35705b79585
Create Date: 2026-11-21 02:59:41.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "776d188194bf"
down_revision = "f35705b79585"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.add_column(
            sa.Column("format", sa.String(length=20), server_default="paperback", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_books_format"), "format IN ('hardcover', 'paperback', 'ebook')"
        )


def downgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_constraint(op.f("ck_books_format"), type_="check")
        batch_op.drop_column("format")
