"""Books are filed without their article

Fills the new column in one statement, so that the script also works as SQL (--sql).

Revision ID: 1a66b38c81f3
Revises: ab04ad9bb292
Create Date: 2026-11-21 02:59:43.131703

"""

import sqlalchemy as sa
from alembic import op

revision = "1a66b38c81f3"
down_revision = "ab04ad9bb292"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.add_column(sa.Column("sort_title", sa.String(length=210), nullable=True))

    books = sa.table("books", sa.column("title", sa.String()), sa.column("sort_title", sa.String()))
    title = books.c.title
    cases = [(title.ilike(f"{article} _%"), article_last(title, article)) for article in ("The", "An", "A")]
    op.execute(books.update().values(sort_title=sa.case(*cases, else_=title)))

    with op.batch_alter_table("books") as batch_op:
        batch_op.alter_column("sort_title", existing_type=sa.String(length=210), nullable=False)
        batch_op.create_index(op.f("ix_books_sort_title"), ["sort_title"])
        batch_op.drop_index(op.f("ix_books_title"))


def article_last(title, article):
    """``The Kettle`` becomes ``Kettle, The``."""
    rest = sa.func.substr(title, len(article) + 2, type_=sa.String())
    return rest + ", " + sa.func.substr(title, 1, len(article), type_=sa.String())


def downgrade():
    with op.batch_alter_table("books") as batch_op:
        batch_op.create_index(op.f("ix_books_title"), ["title"])
        batch_op.drop_index(op.f("ix_books_sort_title"))
        batch_op.drop_column("sort_title")
