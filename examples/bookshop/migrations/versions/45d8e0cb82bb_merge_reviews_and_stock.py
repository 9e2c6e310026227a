"""Merge reviews and stock

Revision ID: 45d8e0cb82bb
Revises: 29cf7da68ea1, 7ba36232f754
Create Date: 2026-11-21 02:59:38.131703

"""

revision = "45d8e0cb82bb"
down_revision = ("29cf7da68ea1", "7ba36232f754")
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
