"""docs/api.md is the list of what is public."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import flask_migrate
from flask_migrate import operations

PAGE = Path(__file__).parent.parent.parent / "docs" / "api.md"


def test_page_lists_what_is_public() -> None:
    """Every public name is on the page, and every name on the page is public."""
    listed: dict[str, list[str]] = {}
    module = "flask_migrate"
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\.\. currentmodule:: ([\w.]+)", line):
            module = found[1]
        elif found := re.fullmatch(r"\.\. (?:auto\w+|py:\w+):: (\w+)", line):
            listed.setdefault(module, []).append(found[1])
    functions = [name for name, value in vars(operations).items() if inspect.isfunction(value)]
    assert {module: sorted(names) for module, names in listed.items()} == {
        "flask_migrate": sorted(flask_migrate.__all__),
        "flask_migrate.operations": sorted(functions),
    }


@pytest.mark.parametrize("name", flask_migrate.__all__)
def test_public_name_exists(name: str) -> None:
    """A public name can be imported, and what it holds says what it is for."""
    found = getattr(flask_migrate, name)
    assert not callable(found) or found.__doc__
