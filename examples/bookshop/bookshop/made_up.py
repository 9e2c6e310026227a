"""Rows made of words and chance: nobody and nothing in them exists."""

from __future__ import annotations

import datetime
import decimal
import itertools
import random
import typing as t

from .models import Format, OrderStatus

Row = dict[str, t.Any]

WORDS = """
    Amber Broken Copper Crooked Distant Electric Floating Frozen Golden Hidden Hollow Invisible Last Lonely
    Paper Patient Quiet Restless Salted Second Silent Sleeping Slow Velvet Wandering Winter Wooden Yellow

    Anchor Attic Bicycle Bridge Candle Clock Cloud Compass Drawer Engine Garden Harbour Island Kettle
    Ladder Lamp Lantern Lighthouse Map Mirror Mountain Orchard Piano River Station Teapot Umbrella Window

    Badger Beetle Cricket Ferret Gecko Heron Ibex Lemur Marmot Newt Otter Pangolin Puffin Walrus
"""
ADJECTIVES, THINGS, CREATURES = (paragraph.split() for paragraph in WORDS.split("\n\n"))
TITLES = (
    "The {adjective} {thing}",
    "{an_adjective} {thing}",
    "{an_thing} for the {creature}",
    "The {creature} and the {thing}",
    "{thing} of the {adjective} {creature}",
    "{adjective} {creature}, {adjective} {thing}",
)
VERDICTS = {
    1: "I put it back on the shelf after ten pages.",
    2: "It starts well and then loses its way.",
    3: "Good enough for a train ride.",
    4: "I would read the next one too.",
    5: "Read it twice and gave a copy away.",
}
SHELVES = {
    "Fiction": ("Crime", "Fantasy", "Short stories", "Translations"),
    "Science": ("Astronomy", "Biology", "Chemistry", "Mathematics"),
    "Craft": ("Bookbinding", "Cooking", "Gardening", "Woodwork"),
    "Children": ("Board books", "Comics", "First readers", "Picture books"),
}
FIRST_DAY = datetime.datetime(2024, 1, 1, 9)


def names(count: int) -> list[str]:
    """``count`` different names: an adjective and a thing, with a number once all pairs are used."""
    pairs = [
        f"{adjective} {THINGS[(place + turn) % len(THINGS)]}"
        for turn in range(len(THINGS))
        for place, adjective in enumerate(ADJECTIVES)
    ]
    numbered = (f"{pair} {number}" for number in itertools.count(2) for pair in pairs)
    return list(itertools.islice(itertools.chain(pairs, numbered), count))


def authors(count: int) -> list[Row]:
    """Authors; every third has something to say about themselves."""
    return [
        {"name": name, "about": f"{name} is made of two words." if number % 3 == 0 else None}
        for number, name in enumerate(names(count))
    ]


def publishers() -> list[Row]:
    """One publisher per adjective."""
    return [{"name": f"{adjective} Press"} for adjective in ADJECTIVES]


def categories() -> list[Row]:
    """The categories that stand in no other one."""
    return [{"name": name, "slug": slug(name), "parent_id": None} for name in SHELVES]


def subcategories(parents: t.Mapping[str, int]) -> list[Row]:
    """The categories inside others; ``parents`` has the key of each outer one by its name."""
    return [
        {"name": name, "slug": slug(f"{outer} {name}"), "parent_id": parents[outer]}
        for outer, inner in SHELVES.items()
        for name in inner
    ]


def slug(name: str) -> str:
    """The name as it stands in an address."""
    return name.lower().replace(" ", "-")


def customers(count: int, chance: random.Random) -> list[Row]:
    """Customers with a number for a name and an address that can't exist."""
    return [
        {
            "name": f"Reader {number}",
            "email": f"reader-{number}@example.com",
            "newsletter": chance.random() < 0.4,
        }
        for number in range(1, count + 1)
    ]


def books(count: int, publisher_ids: t.Sequence[int], chance: random.Random) -> list[Row]:
    """Books; one in twenty has no publisher, one in ten neither ISBN nor date."""
    return [book(number, publisher_ids, chance) for number in range(count)]


def book(number: int, publisher_ids: t.Sequence[int], chance: random.Random) -> Row:
    """One book. The price is whole cents, the title may exist twice, the ISBN may not."""
    is_registered = chance.random() < 0.9
    format = chance.choice(list(Format))
    age = datetime.timedelta(chance.randrange(9000))
    return {
        "title": title(chance),
        "isbn": isbn(number) if is_registered else None,
        "price": decimal.Decimal(chance.randrange(499, 6000)) / 100,
        "pages": None if format is Format.AUDIOBOOK else chance.randrange(40, 900),
        "format": format,
        "published_on": FIRST_DAY.date() - age if is_registered else None,
        "publisher_id": chance.choice(publisher_ids) if chance.random() < 0.95 else None,
    }


def title(chance: random.Random) -> str:
    """A title that nobody has thought about."""
    adjective, thing = chance.choice(ADJECTIVES), chance.choice(THINGS)
    return chance.choice(TITLES).format(
        adjective=adjective,
        thing=thing,
        creature=chance.choice(CREATURES),
        an_adjective=with_article(adjective),
        an_thing=with_article(thing),
    )


def with_article(word: str) -> str:
    """The word after its indefinite article."""
    return f"An {word}" if word[0] in "AEIOU" else f"A {word}"


def isbn(number: int) -> str:
    """Thirteen digits with a correct check digit, of the group 999, which no real book has."""
    digits = f"999{number:09}"
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def book_authors(book_ids: t.Sequence[int], author_ids: t.Sequence[int], chance: random.Random) -> list[Row]:
    """Who wrote which book: mostly one author, at times two or three."""
    return [
        {"book_id": book_id, "author_id": author_id, "position": position}
        for book_id in book_ids
        for position, author_id in enumerate(some(author_ids, chance.choice((1, 1, 1, 2, 3)), chance), 1)
    ]


def book_categories(book_ids: t.Sequence[int], category_ids: t.Sequence[int], chance: random.Random) -> list[Row]:
    """Where a book stands: in one category or two."""
    return [
        {"book_id": book_id, "category_id": category_id}
        for book_id in book_ids
        for category_id in some(category_ids, chance.randint(1, 2), chance)
    ]


def stock(book_ids: t.Sequence[int], chance: random.Random) -> list[Row]:
    """Up to nineteen copies of each book; some are sold out."""
    return [
        {
            "book_id": book_id,
            "quantity": chance.randrange(20),
            "shelf": f"{chance.choice('ABC')}{number % 40}",
        }
        for number, book_id in enumerate(book_ids)
    ]


def reviews(book_ids: t.Sequence[int], customer_ids: t.Sequence[int], chance: random.Random) -> list[Row]:
    """Up to five reviews of a book, never two of one customer."""
    return [
        review(book_id, customer_id, chance)
        for book_id in book_ids
        for customer_id in some(customer_ids, chance.randrange(6), chance)
    ]


def review(book_id: int, customer_id: int, chance: random.Random) -> Row:
    """One review; one in four is stars without words."""
    rating = chance.choice((1, 2, 3, 3, 4, 4, 4, 5, 5))
    return {
        "book_id": book_id,
        "customer_id": customer_id,
        "rating": rating,
        "body": VERDICTS[rating] if chance.random() < 0.75 else None,
        "created_at": moment(chance),
    }


def orders(count: int, customer_ids: t.Sequence[int], chance: random.Random) -> list[Row]:
    """Orders without their lines."""
    return [
        {
            "customer_id": chance.choice(customer_ids),
            "status": chance.choices(list(OrderStatus), weights=(2, 3, 9, 1))[0],
            "ordered_at": moment(chance),
        }
        for _ in range(count)
    ]


def order_lines(
    order_ids: t.Sequence[int], prices: t.Mapping[int, decimal.Decimal], chance: random.Random
) -> list[Row]:
    """One to four books per order, at their ``prices`` by key."""
    return [
        {
            "order_id": order_id,
            "book_id": book_id,
            "quantity": chance.choice((1, 1, 1, 2, 3)),
            "unit_price": prices[book_id],
        }
        for order_id in order_ids
        for book_id in some(list(prices), chance.randint(1, 4), chance)
    ]


def some(keys: t.Sequence[int], count: int, chance: random.Random) -> list[int]:
    """``count`` different keys, or all where there are fewer."""
    return chance.sample(keys, min(count, len(keys)))


def moment(chance: random.Random) -> datetime.datetime:
    """A minute in the two years after the first day."""
    return FIRST_DAY + datetime.timedelta(minutes=chance.randrange(2 * 365 * 24 * 60))
