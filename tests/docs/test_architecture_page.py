"""docs/architecture.md draws the layers as they are."""

from __future__ import annotations

import re
from pathlib import Path

from tests.imports import modules_of
from tests.test_architecture import LAYERS, SOURCE, unit_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_layers_are_those_of_the_code() -> None:
    """The table has every module and folder of the package, in the layer that the imports are tested against."""
    rows = re.findall(r"^\| L(\d) \| `(\w+)` \|", TEXT, re.MULTILINE)
    drawn = {("" if name == "__init__" else name, int(layer)) for layer, name in rows}
    layer_of = {unit: number for number, units in enumerate(LAYERS) for unit in units}
    assert drawn == {(unit, layer_of[unit]) for unit in map(unit_of, modules_of(SOURCE))}


def test_places_exist() -> None:
    """Every file and folder that the page names is there."""
    names = re.findall(r"`(tests/[\w./]*)`", TEXT)
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []
