"""empty message

Revision ID: c08a6e5d3f91
Revises: 9e41d7b06a85, b7720f4c8e13
Create Date: 2020-05-04 09:14:04.444014

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = 'c08a6e5d3f91'
down_revision = ('9e41d7b06a85', 'b7720f4c8e13')
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
