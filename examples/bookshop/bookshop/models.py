"""The tables of the bookshop."""

from __future__ import annotations

import datetime
import decimal
import enum
import typing as t

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all models share: every key, index and constraint gets a name, so that a migration can drop it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def enforce_foreign_keys(engine: Engine) -> None:
    """SQLite keeps foreign keys, and cascades, only on connections that ask for it."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))


Key = t.Annotated[int, mapped_column(primary_key=True)]
Money = t.Annotated[decimal.Decimal, mapped_column(Numeric(10, 2))]
Timestamp = t.Annotated[datetime.datetime, mapped_column(server_default=text("CURRENT_TIMESTAMP"))]


def values_of(members: type[enum.Enum]) -> list[str]:
    """What an enum column stores: the values of the members, not their names."""
    return [member.value for member in members]


def sort_title(title: str) -> str:
    """The title as a librarian files it: ``The Kettle`` stands under ``Kettle, The``."""
    article, _, rest = title.partition(" ")
    return f"{rest}, {article}" if rest and article.lower() in ("a", "an", "the") else title


class Format(enum.Enum):
    """How a book is made. Kept as text with a check constraint, so that a new value is a small migration."""

    HARDCOVER = "hardcover"
    PAPERBACK = "paperback"
    EBOOK = "ebook"
    AUDIOBOOK = "audiobook"


class OrderStatus(enum.Enum):
    """Where an order is. An enum type of the engine: the list is complete and will hardly change."""

    OPEN = "open"
    PAID = "paid"
    SENT = "sent"
    CANCELLED = "cancelled"


class Author(db.Model):
    """Somebody who wrote a book."""

    __tablename__ = "authors"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120), index=True)
    about: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Timestamp]

    books: Mapped[list[Book]] = relationship(secondary="book_authors", back_populates="authors")


class Publisher(db.Model):
    """A company that makes books."""

    __tablename__ = "publishers"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120), unique=True)

    books: Mapped[list[Book]] = relationship(back_populates="publisher")


class Category(db.Model):
    """A shelf of the shop, which may stand inside another one."""

    __tablename__ = "categories"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"))

    parent: Mapped[Category | None] = relationship(back_populates="children", remote_side="Category.id")
    children: Mapped[list[Category]] = relationship(back_populates="parent")
    books: Mapped[list[Book]] = relationship(secondary="book_categories", back_populates="categories")


book_categories = db.Table(
    "book_categories",
    Column("book_id", ForeignKey("books.id", ondelete="CASCADE"), primary_key=True),
    Column("category_id", ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class BookAuthor(db.Model):
    """That an author wrote a book, and in which place the cover says so."""

    __tablename__ = "book_authors"

    book_id: Mapped[int] = mapped_column(ForeignKey("books.id", ondelete="CASCADE"), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))


class Book(db.Model):
    """A book that the shop sells."""

    __tablename__ = "books"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("pages > 0", name="pages_positive"),
    )

    id: Mapped[Key]
    title: Mapped[str] = mapped_column(String(200))
    sort_title: Mapped[str] = mapped_column(
        String(210), index=True, default=lambda context: sort_title(context.get_current_parameters()["title"])
    )
    isbn: Mapped[str | None] = mapped_column(String(13), unique=True)
    price: Mapped[Money]
    pages: Mapped[int | None]
    format: Mapped[Format] = mapped_column(
        Enum(
            Format,
            values_callable=values_of,
            native_enum=False,
            create_constraint=True,
            name="format",
            length=20,
        ),
        server_default=Format.PAPERBACK.value,
    )
    published_on: Mapped[datetime.date | None]
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("publishers.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[Timestamp]
    # New columns of a book go here: `make demo` adds one below this line, in a copy.

    authors: Mapped[list[Author]] = relationship(
        secondary="book_authors", back_populates="books", order_by="BookAuthor.position"
    )
    categories: Mapped[list[Category]] = relationship(
        secondary="book_categories", back_populates="books", order_by="Category.name"
    )
    publisher: Mapped[Publisher | None] = relationship(back_populates="books")
    reviews: Mapped[list[Review]] = relationship(back_populates="book", order_by="Review.created_at.desc()")
    stock: Mapped[Stock | None] = relationship(back_populates="book")


class Stock(db.Model):
    """How many copies of a book the shop has, and where they stand."""

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"),)

    book_id: Mapped[int] = mapped_column(ForeignKey("books.id", ondelete="CASCADE"), primary_key=True)
    quantity: Mapped[int] = mapped_column(server_default=text("0"))
    shelf: Mapped[str | None] = mapped_column(String(20))
    counted_at: Mapped[Timestamp]

    book: Mapped[Book] = relationship(back_populates="stock")


class Customer(db.Model):
    """Somebody who buys and reviews books."""

    __tablename__ = "customers"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    newsletter: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[Timestamp]

    reviews: Mapped[list[Review]] = relationship(back_populates="customer")
    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Review(db.Model):
    """What a customer thinks of a book."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("book_id", "customer_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_one_to_five"),
    )

    id: Mapped[Key]
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    rating: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Timestamp]

    book: Mapped[Book] = relationship(back_populates="reviews")
    customer: Mapped[Customer] = relationship(back_populates="reviews")


class Order(db.Model):
    """What a customer bought in one go."""

    __tablename__ = "orders"
    __table_args__ = (Index(None, "status", "ordered_at"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    status: Mapped[OrderStatus] = mapped_column(
        Enum(OrderStatus, values_callable=values_of, name="order_status"),
        server_default=OrderStatus.OPEN.value,
    )
    ordered_at: Mapped[Timestamp]

    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", cascade="all, delete-orphan")


class OrderLine(db.Model):
    """One book of an order, at the price of that day."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_price >= 0", name="unit_price_not_negative"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id", ondelete="RESTRICT"), primary_key=True, index=True)
    quantity: Mapped[int] = mapped_column(server_default=text("1"))
    unit_price: Mapped[Money]

    order: Mapped[Order] = relationship(back_populates="lines")
    book: Mapped[Book] = relationship()
