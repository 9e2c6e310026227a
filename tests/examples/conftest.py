"""Fixtures: the bookshop with an empty database, and with a filled one."""

from __future__ import annotations

import shutil
import typing as t
from collections.abc import Callable

import pytest

pytest.register_assert_rewrite("tests.examples.shops")

from tests.examples.shops import APP, BOOKSHOP, db  # noqa: E402  # the helpers' asserts are rewritten first
from tests.projects import Project  # noqa: E402  # the asserts of the helpers are rewritten first


@pytest.fixture
def make_shop(make_project: Callable[..., Project]) -> Callable[..., Project]:
    """A function that makes a project with a copy of the bookshop: ``make_shop(url=…)``."""

    def make(**options: t.Any) -> Project:
        shop = make_project("", **options)
        ignored = shutil.ignore_patterns("instance", "__pycache__")
        shutil.copytree(BOOKSHOP, shop.folder, ignore=ignored, dirs_exist_ok=True)
        return shop

    return make


@pytest.fixture
def shop(make_shop: Callable[..., Project]) -> Project:
    """The bookshop on the test's engine, with an empty database."""
    return make_shop()


@pytest.fixture
def filled_shop(shop: Project) -> Project:
    """The bookshop at head, with 60 books and what belongs to them."""
    db(shop, "upgrade")
    shop.ok("fill", "--books", "60", app=APP)
    return shop
