"""The commands in the files of the page on CI and deploys are commands with these options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from flask_migrate.cli.group import db
from tests.docs.pages import read_blocks

PAGE = Path(__file__).parent.parent.parent / "docs" / "deploy.md"
TEXT = PAGE.read_text(encoding="utf-8")
PLACES = [block.text for block in read_blocks(TEXT) if block.language not in ("console", "python")]
CELLS = re.findall(r"`(flask db [^`]+)`", TEXT)


def commands() -> list[str]:
    """Every ``flask db …`` of the page that the player of the console blocks does not run."""
    lists = [" ".join(re.findall(r"[^\s,\"\[\]]+", found)) for found in re.findall(r"\[(flask, db, [^]]+)\]", TEXT)]
    lines = [part for text in PLACES for part in re.findall(r"flask db [^\n&;]*", text)]
    return sorted({*CELLS, *lists, *(line.strip() for line in lines)})


@pytest.mark.parametrize("command", commands())
def test_command(command: str) -> None:
    """Its name and its options are understood."""
    _, _, name, *arguments = shlex.split(command.replace("${{ github.base_ref }}", "main"))
    found = db.get_command(None, name)  # type: ignore[arg-type]  # the group does not look at it
    assert found is not None, command
    found.make_context(name, arguments)


def test_there_are_some() -> None:
    """The patterns find what they are to find."""
    found = commands()
    assert {"flask db check --heads --history", "flask db upgrade --wait 300", "flask db doctor"} <= set(found)
