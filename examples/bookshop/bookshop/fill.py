"""The command that fills an empty shop: the same seed gives the same rows, on every engine."""

from __future__ import annotations

import random
import typing as t

import click
from flask.cli import with_appcontext
from sqlalchemy import insert, select

from . import made_up
from .models import (
    Author,
    Book,
    BookAuthor,
    Category,
    Customer,
    Order,
    OrderLine,
    Publisher,
    Review,
    Stock,
    book_categories,
    db,
)

BATCH = 1000


@click.command("fill")
@click.option("--books", default=600, show_default=True, type=click.IntRange(1), help="How many to add.")
@click.option("--seed", default=1, show_default=True, help="Another seed gives other books.")
@with_appcontext
def fill_command(books: int, seed: int) -> None:
    """Fill an empty shop with books, readers, reviews and orders."""
    if db.session.scalar(select(Book.id).limit(1)) is not None:
        raise click.ClickException("The shop already has books. Nothing was added.")
    counts = fill(books, seed)
    for table, count in counts.items():
        click.echo(f"{count:>7,}  {table}")
    click.echo(f"{sum(counts.values()):>7,}  rows in {len(counts)} tables")


def fill(books: int = 600, seed: int = 1) -> dict[str, int]:
    """Add ``books`` books and what belongs to them in one transaction; return the rows added per table."""
    chance = random.Random(seed)
    counts: dict[str, int] = {}

    def add(target: t.Any, rows: list[made_up.Row]) -> None:
        for start in range(0, len(rows), BATCH):
            db.session.execute(insert(target), rows[start : start + BATCH])
        name = getattr(target, "__tablename__", None) or target.name
        counts[name] = counts.get(name, 0) + len(rows)

    add_people(add, books, chance)
    add_books(add, books, chance)
    add_sales(add, chance)
    db.session.commit()
    return counts


def add_people(add: t.Callable[..., None], books: int, chance: random.Random) -> None:
    """Authors, publishers and customers, as many as ``books`` books need."""
    add(Author, made_up.authors(max(books // 4, 1)))
    add(Publisher, made_up.publishers())
    add(Customer, made_up.customers(max(books // 2, 1), chance))


def add_books(add: t.Callable[..., None], books: int, chance: random.Random) -> None:
    """The books, who wrote them, and where they stand."""
    add(Book, made_up.books(books, keys_of(Publisher.id), chance))
    book_ids = keys_of(Book.id)
    add(BookAuthor, made_up.book_authors(book_ids, keys_of(Author.id), chance))

    add(Category, made_up.categories())
    parents = dict(db.session.execute(select(Category.name, Category.id)).all())
    add(Category, made_up.subcategories(parents))
    inner = keys_of(Category.id, Category.parent_id.is_not(None))
    add(book_categories, made_up.book_categories(book_ids, inner, chance))
    add(Stock, made_up.stock(book_ids, chance))


def add_sales(add: t.Callable[..., None], chance: random.Random) -> None:
    """What the customers said and bought: as many orders as there are books."""
    customer_ids, book_ids = keys_of(Customer.id), keys_of(Book.id)
    add(Review, made_up.reviews(book_ids, customer_ids, chance))

    prices = dict(db.session.execute(select(Book.id, Book.price).order_by(Book.id)).all())
    add(Order, made_up.orders(len(prices), customer_ids, chance))
    add(OrderLine, made_up.order_lines(keys_of(Order.id), prices, chance))


def keys_of(key: t.Any, *conditions: t.Any) -> list[int]:
    """The keys in the order in which the engine gave them, which is the order of the rows."""
    return list(db.session.scalars(select(key).where(*conditions).order_by(key)))
