"""The two pages of the shop."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from .models import Author, Book, Review, db

blueprint = Blueprint("pages", __name__)

BOOKS_PER_PAGE = 25


@blueprint.get("/")
def books() -> str:
    """The books by title, a page at a time; ``?q=`` keeps those whose title, author or ISBN has the text."""
    search = request.args.get("q", "").strip()
    query = select(Book).options(selectinload(Book.authors)).order_by(Book.sort_title, Book.id)
    if search:
        query = query.where(
            or_(
                Book.title.icontains(search, autoescape=True),
                Book.isbn == search,
                Book.authors.any(Author.name.icontains(search, autoescape=True)),
            )
        )
    page = db.paginate(query, per_page=BOOKS_PER_PAGE, max_per_page=BOOKS_PER_PAGE)
    return render_template("books.html", page=page, search=search)


@blueprint.get("/books/<int:book_id>")
def book(book_id: int) -> str:
    """One book: who wrote it, where it stands, how many are left and what readers say."""
    found = db.one_or_404(
        select(Book)
        .where(Book.id == book_id)
        .options(
            joinedload(Book.publisher),
            joinedload(Book.stock),
            selectinload(Book.authors),
            selectinload(Book.categories),
            selectinload(Book.reviews).joinedload(Review.customer),
        )
    )
    average = db.session.scalar(select(func.avg(Review.rating)).where(Review.book_id == book_id))
    return render_template("book.html", book=found, average=average)
