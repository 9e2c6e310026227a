"""Stock

Revision ID: 7ba36232f754
Revises: 88e0636ebb7a
Create Date: 2026-11-21 02:59:37.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "7ba36232f754"
down_revision = "88e0636ebb7a"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "stock",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shelf", sa.String(length=20), nullable=True),
        sa.Column("counted_at", sa.DateTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_stock_book_id_books"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_stock")),
    )


def downgrade():
    op.drop_table("stock")
