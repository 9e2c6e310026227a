"""doctor, undo and ``migrate --amend`` know the tenants."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scripts import SECOND, THIRD
from tests.tenants.projects import TenantProject


def line_of(tenants: TenantProject, code: int = 0) -> tuple[str, str, str]:
    """What doctor says of the tenants."""
    data = tenants.result("doctor", code=code)
    (found,) = [finding for finding in data["findings"] if finding["check"] == "tenants"]
    return found["state"], found["sentence"], found["way"]


def test_doctor(make_tenants: Callable[..., TenantProject]) -> None:
    """One line for all of them; the default database is none of them."""
    tenants = make_tenants("a", "b")
    assert line_of(tenants) == (
        "warning",
        "2 tenants, of which 2 are behind: a, b.",
        "flask db upgrade --tenants all",
    )
    tenants.ok("upgrade", "--tenants", "a")
    assert line_of(tenants)[1] == "2 tenants, of which 1 is behind: b."
    tenants.ok("upgrade", "--tenants", "all")
    assert line_of(tenants) == ("ok", "2 tenants, all at the head.", "")
    data = tenants.result("doctor")
    pending = [finding for finding in data["findings"] if finding["check"] == "pending"]
    assert [finding["state"] for finding in pending] in ([], ["note"])


@pytest.mark.engines("postgresql")
def test_doctor_and_a_tenant_that_is_not_there(make_tenants: Callable[..., TenantProject]) -> None:
    """A tenant without its schema is broken."""
    tenants = make_tenants("a")
    tenants.add_place("gone", "gone")
    state, sentence, way = line_of(tenants, code=1)
    assert (state, way) == ("broken", "flask db status --tenants all")
    assert sentence.startswith("2 tenants; gone can't be used: The database has no schema 'gone'.")


def test_undo(make_tenants: Callable[..., TenantProject]) -> None:
    """A revision that a tenant has stays; once none has it, it goes."""
    tenants = make_tenants("a", "b")
    tenants.ok("upgrade", "--tenants", "b")
    before = tenants.project.versions()
    for command in (["undo"], ["migrate", "--amend"]):
        refused = tenants.fails(*command, code=5)
        assert f"Revision {THIRD} is applied in the tenant b; its file was not " in refused.stderr
        assert "flask db downgrade --tenants all" in refused.stderr
    assert tenants.project.versions() == before
    tenants.ok("downgrade", "--tenants", "b", SECOND, "--yes")
    tenants.ok("undo")
    assert len(tenants.project.versions()) == len(before) - 1


@pytest.mark.engines("postgresql")
def test_undo_and_a_tenant_that_can_not_be_asked(make_tenants: Callable[..., TenantProject]) -> None:
    """Without an answer of each tenant the file stays."""
    tenants = make_tenants("a")
    tenants.add_place("gone", "gone")
    before = tenants.project.versions()
    assert "The tenant gone can't be asked whether it has revision" in tenants.fails("undo").stderr
    assert tenants.project.versions() == before
