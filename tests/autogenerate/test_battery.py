"""Every case of the battery, on every engine that it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from .case import Case
from .cases import ALL, MODULES
from .laboratory import Failed, Laboratory


@pytest.mark.filterwarnings("ignore:Computed column .* is being created as 'STORED'")
@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_case(case: Case, engine_name: str, laboratory: Laboratory) -> None:
    """There and back, with rows."""
    if engine_name not in case.engines:
        pytest.skip(f"not for {engine_name}")
    if engine_name not in case.broken:
        laboratory.run(case)
        return
    with pytest.raises(Failed):
        laboratory.run(case)


def test_every_module_is_listed() -> None:
    """A file of cases that the tuple does not name would never run."""
    files = {path.stem for path in Path(__file__).parent.joinpath("cases").glob("*.py")} - {"__init__"}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == files


def test_names_are_unique() -> None:
    """A name says which case is meant."""
    names = [case.name for case in ALL]
    assert sorted(names) == sorted(set(names))
