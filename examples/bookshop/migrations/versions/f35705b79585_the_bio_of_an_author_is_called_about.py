"""The bio of an author is called about

Revision ID: f35705b79585
Revises: 33473e30ac44
Create Date: 2026-11-21 02:59:40.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "f35705b79585"
down_revision = "33473e30ac44"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("authors") as batch_op:
        batch_op.alter_column("bio", new_column_name="about", existing_type=sa.Text(), existing_nullable=True)


def downgrade():
    with op.batch_alter_table("authors") as batch_op:
        batch_op.alter_column("about", new_column_name="bio", existing_type=sa.Text(), existing_nullable=True)
