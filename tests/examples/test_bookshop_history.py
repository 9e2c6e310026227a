"""The history of the bookshop: up, down, and with rows, on every engine."""

from __future__ import annotations

import decimal
import importlib
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.examples.shops import (
    APP,
    BOOKSHOP,
    OWN_TABLES,
    Rows,
    assert_at_models,
    connect,
    counts,
    db,
    describe,
    execute,
    query,
    read,
)
from tests.projects import Project

FIRST, BRANCH, MERGE, HEAD = "0867f873415d", "dd00e9ef8fd8", "45d8e0cb82bb", "1a66b38c81f3"
#: A way down that does not leave open which side of the merge goes first.
WAY_DOWN = (
    "ab04ad9bb292",
    "776d188194bf",
    "f35705b79585",
    "33473e30ac44",
    MERGE,
    BRANCH,
    "8cd253b59564",
    "5b45bfe79bcc",
    FIRST,
)


def test_history_has_a_branch_and_a_merge(make_shop: Callable[..., Project]) -> None:
    """The scripts on disk are fourteen, two follow the branch point, and one joins two."""
    parents = {
        re.search(r'^revision = "(\w+)"', text, re.M)[1]: re.findall(
            r"\w{12}", re.search(r"^down_revision = (.*)$", text, re.M)[1]
        )
        for text in (path.read_text() for path in (BOOKSHOP / "migrations" / "versions").glob("*.py"))
    }
    assert len(parents) == 14
    assert sorted(rev for rev, down in parents.items() if BRANCH in down) == ["23d6b004092e", "88e0636ebb7a"]
    assert [rev for rev, down in parents.items() if len(down) == 2] == [MERGE]
    assert [rev for rev in parents if not any(rev in down for down in parents.values())] == [HEAD]


def test_history_makes_what_the_models_say(shop: Project, second_url: str, make_shop: Callable[..., Project]) -> None:
    """A database made by the history equals one that is made from the models at once, and `check` agrees."""
    db(shop, "upgrade")
    other = make_shop(url=second_url)
    with other.context(APP, "create_app") as app:
        app.extensions["sqlalchemy"].create_all()

    assert describe(shop.url) == describe(second_url)
    assert len(describe(shop.url)) == 11
    assert_at_models(shop)


def test_way_down_and_up_with_rows(filled_shop: Project) -> None:
    """Step by step down to the first revision no table loses a row, and the way up ends at the models again."""
    before = read(filled_shop)
    for revision in WAY_DOWN:
        db(filled_shop, "downgrade", revision)
        left = counts(read(filled_shop))
        assert left == {table: count for table, count in counts(before).items() if table in left}, revision
    assert sorted(left) == ["authors", "book_authors", "books"]

    db(filled_shop, "upgrade")
    after = read(filled_shop)
    assert after["authors"] == before["authors"]
    assert after["book_authors"] == before["book_authors"]
    lost = {"isbn", "format"}
    assert [
        {name: value for name, value in book.items() if name not in {*lost, "publisher_id"}}
        for book in sorted(after["books"], key=lambda book: book["id"])
    ] == [
        {name: value for name, value in book.items() if name not in {*lost, "publisher_id"}}
        for book in sorted(before["books"], key=lambda book: book["id"])
    ]
    assert publishers_of_books(before) == publishers_of_books(after)
    assert_at_models(filled_shop)


def publishers_of_books(rows: Rows) -> dict[int, str | None]:
    """The name of the publisher of each book."""
    names = {publisher["id"]: publisher["name"] for publisher in rows["publishers"]}
    return {book["id"]: names.get(book["publisher_id"]) for book in rows["books"]}


def test_last_step_down_and_up_changes_no_value(filled_shop: Project) -> None:
    """The column that the last revision fills has the same values after a way down and up."""
    before = read(filled_shop)
    db(filled_shop, "downgrade")
    db(filled_shop, "upgrade")
    assert read(filled_shop) == before


def test_base_and_back(filled_shop: Project) -> None:
    """At base nothing of the shop is left, enum types included, and the whole history runs again."""
    db(filled_shop, "downgrade", "base")
    assert filled_shop.tables(filled_shop.url) <= OWN_TABLES
    db(filled_shop, "upgrade")
    assert set(counts(read(filled_shop)).values()) == {0}
    assert_at_models(filled_shop)


def test_prices_become_exact(shop: Project) -> None:
    """A price that was a float is the same amount in cents, and is a float again on the way back."""
    db(shop, "upgrade", "5b45bfe79bcc")
    execute(shop, "INSERT INTO books (title, price) VALUES ('Clock', 12.5), ('Lamp', 0.1)")
    db(shop, "upgrade", "8cd253b59564")
    prices = [decimal.Decimal(str(price)) for (price,) in query(shop, "SELECT price FROM books ORDER BY id")]
    assert prices == [decimal.Decimal("12.50"), decimal.Decimal("0.10")]
    db(shop, "downgrade")
    assert query(shop, "SELECT price FROM books ORDER BY id") == [(12.5,), (pytest.approx(0.1),)]


def test_publishers_move_out_of_the_books_and_back(shop: Project) -> None:
    """Each name becomes one publisher, a book without a name gets none, and the names return."""
    db(shop, "upgrade", BRANCH)
    execute(
        shop,
        "INSERT INTO books (title, price, publisher) VALUES"
        " ('Clock', 1, 'Copper Press'), ('Lamp', 1, 'Velvet Press'), ('Map', 1, 'Copper Press'), ('Atlas', 1, NULL)",
    )
    db(shop, "upgrade", "88e0636ebb7a")
    assert query(shop, "SELECT name FROM publishers ORDER BY name") == [("Copper Press",), ("Velvet Press",)]
    joined = "SELECT title, name FROM books LEFT JOIN publishers ON publishers.id = publisher_id ORDER BY title"
    before = [("Atlas", None), ("Clock", "Copper Press"), ("Lamp", "Velvet Press"), ("Map", "Copper Press")]
    assert query(shop, joined) == before
    db(shop, "downgrade")
    assert query(shop, "SELECT title, publisher FROM books ORDER BY title") == before


def test_newest_review_of_a_customer_stays(shop: Project) -> None:
    """Where a customer has reviewed a book twice, the constraint finds the newer review alone."""
    db(shop, "upgrade", "23d6b004092e")
    execute(
        shop,
        "INSERT INTO books (id, title, price) VALUES (1, 'Clock', 1), (2, 'Lamp', 1)",
        "INSERT INTO customers (id, name, email) VALUES (1, 'Reader 1', 'reader-1@example.com')",
        "INSERT INTO reviews (id, book_id, customer_id, rating) VALUES (1, 1, 1, 2), (2, 1, 1, 4), (3, 2, 1, 5)",
    )
    db(shop, "upgrade", "29cf7da68ea1")
    assert query(shop, "SELECT id, book_id, rating FROM reviews ORDER BY id") == [(2, 1, 4), (3, 2, 5)]


def test_rename_keeps_what_is_known_about_authors(shop: Project) -> None:
    """The text of bio is the text of about, and again the other way."""
    db(shop, "upgrade", "33473e30ac44")
    execute(shop, "INSERT INTO authors (name, bio) VALUES ('Copper Kettle', 'Made of two words.')")
    db(shop, "upgrade", "f35705b79585")
    assert query(shop, "SELECT about FROM authors") == [("Made of two words.",)]
    db(shop, "downgrade")
    assert query(shop, "SELECT bio FROM authors") == [("Made of two words.",)]


def test_audiobooks_come_and_go(shop: Project) -> None:
    """The check takes the new format, and on the way back an audiobook becomes an e-book."""
    db(shop, "upgrade", "776d188194bf")
    insert = "INSERT INTO books (title, price, format) VALUES ('Clock', 1, 'audiobook')"
    with pytest.raises(sa.exc.DBAPIError):
        execute(shop, insert)
    db(shop, "upgrade", "ab04ad9bb292")
    execute(shop, insert)
    db(shop, "downgrade")
    assert query(shop, "SELECT format FROM books") == [("ebook",)]


def test_titles_are_filed_without_their_article(shop: Project) -> None:
    """The statement of the last revision files old titles as the application files new ones."""
    filed = {
        "The Lamp": "Lamp, The",
        "A Map": "Map, A",
        "An Attic for 100 %": "Attic for 100 %, An",
        "the lamp again": "lamp again, the",
        "Theory": "Theory",
        "Another Lamp": "Another Lamp",
        "The": "The",
        "Größe – a “wórd”": "Größe – a “wórd”",
        "The Kettle's Song": "Kettle's Song, The",
    }
    db(shop, "upgrade", "ab04ad9bb292")
    with connect(shop.url) as connection:
        for title in filed:
            connection.execute(sa.text("INSERT INTO books (title, price) VALUES (:title, 1)"), {"title": title})
    db(shop, "upgrade")
    assert dict(query(shop, "SELECT title, sort_title FROM books")) == filed
    with shop.context(APP, "create_app"):
        sort_title = importlib.import_module(f"{APP}.models").sort_title
        assert {title: sort_title(title) for title in filed} == filed


@pytest.mark.engines("postgresql")
def test_history_as_sql(shop: Project) -> None:
    """The whole history can be written as SQL, and running that text makes the same database."""
    script = db(shop, "upgrade", "--sql")
    with connect(shop.url) as connection:
        connection.connection.cursor().execute(script)  # as it stands: a percent sign is no placeholder here
    assert_at_models(shop)
