"""Prices are exact and never negative

A price of 0.1 + 0.2 was not 0.3.

Revision ID: 8cd253b59564
Revises: 5b45bfe79bcc
Create Date: 2026-11-21 02:59:32.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "8cd253b59564"
down_revision = "5b45bfe79bcc"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.alter_column(
            "price",
            existing_type=sa.Float(),
            type_=sa.Numeric(precision=10, scale=2),
            existing_nullable=False,
        )
        batch_op.create_check_constraint(op.f("ck_books_price_not_negative"), "price >= 0")


def downgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.drop_constraint(op.f("ck_books_price_not_negative"), type_="check")
        batch_op.alter_column(
            "price",
            existing_type=sa.Numeric(precision=10, scale=2),
            type_=sa.Float(),
            existing_nullable=False,
        )
