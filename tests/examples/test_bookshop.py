"""The bookshop at the newest revision: what its database refuses, `flask fill`, its pages, its README."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.examples.shops import (
    APP,
    BOOKSHOP,
    CLOCKS,
    counts,
    db,
    execute,
    query,
    read,
    without_clocks,
)
from tests.projects import Project


def test_every_server_default_works(shop: Project) -> None:
    """Rows that name the required columns only get a format, a status, counts and the time."""
    db(shop, "upgrade")
    execute(
        shop,
        "INSERT INTO authors (id, name) VALUES (1, 'Copper Kettle')",
        "INSERT INTO books (id, title, sort_title, price) VALUES (1, 'Clock', 'Clock', 1)",
        "INSERT INTO book_authors (book_id, author_id) VALUES (1, 1)",
        "INSERT INTO stock (book_id) VALUES (1)",
        "INSERT INTO customers (id, name, email) VALUES (1, 'Reader 1', 'reader-1@example.com')",
        "INSERT INTO reviews (book_id, customer_id, rating) VALUES (1, 1, 5)",
        "INSERT INTO orders (id, customer_id) VALUES (1, 1)",
        "INSERT INTO order_lines (order_id, book_id, unit_price) VALUES (1, 1, 1)",
    )
    assert query(shop, "SELECT format FROM books") == [("paperback",)]
    assert query(shop, "SELECT position FROM book_authors") == [(1,)]
    assert query(shop, "SELECT quantity FROM stock") == [(0,)]
    assert query(shop, "SELECT newsletter FROM customers") in ([(False,)], [(0,)])
    assert query(shop, "SELECT status FROM orders") == [("open",)]
    assert query(shop, "SELECT quantity FROM order_lines") == [(1,)]
    rows = read(shop)
    moments = [rows[table][0][column] for table, column in sorted(CLOCKS)]
    moments += [rows["reviews"][0]["created_at"], rows["orders"][0]["ordered_at"]]
    assert [type(moment) for moment in moments] == [datetime.datetime] * 6


#: What no application may do, whatever bug it has.
FORBIDDEN = (
    "UPDATE books SET price = -1",
    "UPDATE books SET pages = 0",
    "UPDATE books SET format = 'scroll'",
    "UPDATE books SET title = NULL",
    "UPDATE books SET publisher_id = 999999",
    "UPDATE books SET isbn = '9990000000012'",
    "UPDATE reviews SET rating = 6",
    "UPDATE reviews SET customer_id = 1",
    "UPDATE stock SET quantity = -1",
    "UPDATE order_lines SET quantity = 0",
    "UPDATE order_lines SET unit_price = -1",
    "UPDATE customers SET email = 'reader@example.com'",
    "UPDATE categories SET name = 'Crime', parent_id = 1",
    "DELETE FROM customers",
    "DELETE FROM books",
)


def test_constraints_refuse(filled_shop: Project) -> None:
    """What a constraint forbids is refused by the engine."""
    accepted = []
    for statement in FORBIDDEN:
        with contextlib.suppress(sa.exc.DBAPIError):
            execute(filled_shop, statement)
            accepted.append(statement)
    assert accepted == []


def test_cascades(filled_shop: Project) -> None:
    """With an author goes the authorship, with a category what is in it; books stay, without a publisher too."""
    before = counts(read(filled_shop))
    execute(
        filled_shop, "DELETE FROM authors", "DELETE FROM categories WHERE parent_id IS NULL", "DELETE FROM publishers"
    )
    gone = ("authors", "book_authors", "categories", "book_categories", "publishers")
    assert counts(read(filled_shop)) == before | dict.fromkeys(gone, 0)
    assert query(filled_shop, "SELECT count(*) FROM books WHERE publisher_id IS NOT NULL") == [(0,)]


@pytest.mark.engines("sqlite")
def test_fill_says_what_it_added(shop: Project) -> None:
    """The command counts the rows of each table, and the counts are true."""
    db(shop, "upgrade")
    output = shop.ok("fill", app=APP).stdout
    *lines, total = [line.split(maxsplit=1) for line in output.splitlines()]
    said = {table: int(count.replace(",", "")) for count, table in lines}
    assert said == counts(read(shop))
    assert total == [f"{sum(said.values()):,}", "rows in 11 tables"]
    assert sum(said.values()) > 5000
    assert 0 not in said.values()


def test_fill_is_the_same_each_time(filled_shop: Project, second_url: str, make_shop: Callable[..., Project]) -> None:
    """The same seed makes the same rows in another database, and another seed does not."""
    other = make_shop(url=second_url)
    db(other, "upgrade")
    other.ok("fill", "--books", "60", app=APP)
    assert without_clocks(read(other)) == without_clocks(read(filled_shop))

    db(other, "downgrade", "base")
    db(other, "upgrade")
    other.ok("fill", "--books", "60", "--seed", "2", app=APP)
    assert without_clocks(read(other))["books"] != without_clocks(read(filled_shop))["books"]


@pytest.mark.engines("sqlite")
def test_fill_leaves_a_shop_with_books_alone(filled_shop: Project) -> None:
    """A second fill is refused, and no row is added."""
    before = read(filled_shop)
    refused = filled_shop.fails("fill", app=APP)
    assert refused.stderr == "Error: The shop already has books. Nothing was added.\n"
    assert read(filled_shop) == before


def test_list_of_books(filled_shop: Project) -> None:
    """The first page has 25 titles in the order of the catalogue, and a link to the next ones."""
    filed = query(filled_shop, "SELECT id, title, sort_title FROM books")
    first = sorted(filed, key=lambda book: (book[2].lower(), book[0]))[0]
    with filled_shop.context(APP, "create_app") as app:
        client = app.test_client()
        page = client.get("/")
        assert page.status_code == 200
        assert re.findall(r'<a href="/books/(\d+)">([^<]+)', page.text)[0] == (str(first[0]), first[1])
        assert len(re.findall(r'<a href="/books/\d+">', page.text)) == 25
        assert "1 to 25 of 60" in page.text
        assert '<a aria-current="page" href="/?page=1">1</a>' in page.text
        assert len(re.findall(r'<a href="/books/\d+">', client.get("/?page=3").text)) == 10
        assert client.get("/?page=4").status_code == 404


def test_search(filled_shop: Project) -> None:
    """The search finds titles, authors and ISBNs whatever their case, and takes signs of SQL literally."""
    with filled_shop.context(APP, "create_app") as app:
        client = app.test_client()
        (title, isbn), *_ = query(filled_shop, "SELECT title, isbn FROM books WHERE isbn IS NOT NULL ORDER BY id")
        ((author, wrote),) = query(
            filled_shop,
            "SELECT name, count(*) FROM authors JOIN book_authors ON author_id = authors.id"
            " GROUP BY authors.id, name ORDER BY authors.id LIMIT 1",
        )
        assert f">{title}</a>" in client.get("/", query_string={"q": title.upper()}).text
        assert "1 to 1 of 1" in client.get("/", query_string={"q": isbn}).text
        assert f"1 to {wrote} of {wrote}" in client.get("/", query_string={"q": author.lower()}).text
        nothing = "No book has this in its title, its authors or its ISBN."
        assert nothing in client.get("/", query_string={"q": "%"}).text
        assert "&lt;b&gt;" in client.get("/", query_string={"q": "<b>"}).text


def test_page_of_a_book(filled_shop: Project) -> None:
    """A book's page has its authors, categories, stock and reviews; a book that is not there is not found."""
    rows = read(filled_shop)
    book_id = max(review["book_id"] for review in rows["reviews"])
    (book,) = (book for book in rows["books"] if book["id"] == book_id)
    wrote = {row["author_id"] for row in rows["book_authors"] if row["book_id"] == book_id}
    stands = {row["category_id"] for row in rows["book_categories"] if row["book_id"] == book_id}
    (stock,) = (row for row in rows["stock"] if row["book_id"] == book_id)
    expected = [
        f"<h1>{book['title']}</h1>",
        f"<dd>{book['price']}</dd>",
        *(author["name"] for author in rows["authors"] if author["id"] in wrote),
        *(category["name"] for category in rows["categories"] if category["id"] in stands),
        f"{stock['quantity']} on shelf {stock['shelf']}" if stock["quantity"] else "sold out",
        *(f"<strong>{row['rating']} of 5</strong>" for row in rows["reviews"] if row["book_id"] == book_id),
    ]
    with filled_shop.context(APP, "create_app") as app:
        client = app.test_client()
        page = client.get(f"/books/{book_id}")
        assert page.status_code == 200
        assert [part for part in expected if part not in page.text] == []
        assert client.get("/books/999999").status_code == 404


@pytest.mark.engines("sqlite")
def test_empty_shop(shop: Project) -> None:
    """Before it is filled, the first page says how to fill the shop."""
    db(shop, "upgrade")
    with shop.context(APP, "create_app") as app:
        page = app.test_client().get("/")
    assert page.status_code == 200
    assert "The shop is empty. <code>flask --app bookshop fill</code> brings the books." in page.text


@pytest.mark.engines("sqlite")
def test_commands_of_the_readme(shop: Project) -> None:
    """The commands that the README lists run in their order; the server alone is left out."""
    (block,) = re.findall(r"^```sh\n(.*?)^```", (BOOKSHOP / "README.md").read_text("utf-8"), re.M | re.S)
    first, *commands, last = block.splitlines()
    assert (first, last) == ("export FLASK_APP=bookshop", "flask run")
    for command in commands:
        program, *arguments = command.split()
        assert program == "flask"
        shop.ok(*arguments, app=APP)
