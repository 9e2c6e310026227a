"""docs/api.md is the list of what is public."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flask_migrate

PAGE = Path(__file__).parent.parent.parent / "docs" / "api.md"


def test_page_lists_what_is_public() -> None:
    """Every public name is on the page, and every name on the page is public."""
    listed = re.findall(r"^\.\. (?:auto\w+|py:\w+):: (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(set(flask_migrate.__all__) - set(listed)) == []
    assert sorted(set(listed) - set(flask_migrate.__all__)) == []
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("name", flask_migrate.__all__)
def test_public_name_exists(name: str) -> None:
    """A public name can be imported, and what it holds says what it is for."""
    found = getattr(flask_migrate, name)
    assert not callable(found) or found.__doc__
