"""One review per customer and book

Where a customer has reviewed a book more than once, the newest review stays.

Revision ID: 29cf7da68ea1
Revises: 23d6b004092e
Create Date: 2026-11-21 02:59:35.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "29cf7da68ea1"
down_revision = "23d6b004092e"
branch_labels = None
depends_on = None


def upgrade():
    reviews = sa.table("reviews", sa.column("id"), sa.column("book_id"), sa.column("customer_id"))
    newest = (
        sa.select(sa.func.max(reviews.c.id).label("id"))
        .group_by(reviews.c.book_id, reviews.c.customer_id)
        .subquery("newest")  # MariaDB reads a table that it deletes from only through a subquery of its own.
    )
    op.execute(reviews.delete().where(reviews.c.id.not_in(sa.select(newest.c.id))))
    with op.batch_alter_table("reviews") as batch_op:
        batch_op.create_unique_constraint(op.f("uq_reviews_book_id_customer_id"), ["book_id", "customer_id"])


def downgrade():
    with op.batch_alter_table("reviews") as batch_op:
        batch_op.drop_constraint(op.f("uq_reviews_book_id_customer_id"), type_="unique")
