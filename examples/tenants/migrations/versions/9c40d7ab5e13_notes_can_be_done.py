"""notes can be done

Revision ID: 9c40d7ab5e13
Revises: 2f8e61c07b4d
Create Date: 2026-11-09 16:40:05.000000

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '9c40d7ab5e13'
down_revision = '2f8e61c07b4d'
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass


def upgrade_customer():
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_done', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade_customer():
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.drop_column('is_done')
