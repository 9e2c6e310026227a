"""The commands that look at tenants: current, status, check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_migrate.sqlfiles import split
from tests.scripts import FIRST, SECOND, THIRD
from tests.tenants.projects import TenantProject

MakeTenants = Callable[..., TenantProject]


def test_current_and_status(make_tenants: MakeTenants) -> None:
    """Where each tenant is, and how many are at which revision."""
    project = make_tenants("acme", "globex", "initech")
    project.ok("upgrade", "--tenants", "acme")
    project.ok("upgrade", "--tenants", "globex", SECOND)
    lines = project.ok("current", "--tenants", "all").stdout.splitlines()
    assert lines[:3] == [f"acme: {THIRD} (head)", f"globex: {SECOND}", "initech: no revision"]
    lines = project.ok("status", "--tenants", "all").stdout.splitlines()
    assert lines[:3] == [
        f"at {THIRD}, nothing is pending: acme",
        f"at {SECOND}, 1 pending: globex",
        "at no revision, 3 pending: initech",
    ]
    assert project.project.invoke("db", "status", "--tenants", "all", "--exit-code").returncode == 3
    assert project.project.invoke("db", "status", "--tenants", "acme", "--exit-code").returncode == 0
    assert project.all_tables("initech") == set()


def test_check(make_tenants: MakeTenants) -> None:
    """Each tenant is compared with the models by itself."""
    project = make_tenants("acme", "globex", scripts=False)
    project.ok("migrate", "-m", "users")
    project.ok("upgrade", "--tenants", "all")
    assert "2 tenants: 2 agree with the models" in project.ok("check", "--tenants", "all").stdout
    project.sql("globex", "ALTER TABLE {}gadget DROP COLUMN name")
    result = project.result("check", "--tenants", "all", code=1)
    assert [failure["tenant"] for failure in result["failed"]] == ["globex"]
    assert result["tenants"]["globex"]["changes"] == ["+ column gadget.name: String(128)"]


@pytest.mark.engines("sqlite")
def test_revision_without_script(make_tenants: MakeTenants) -> None:
    """A tenant at a revision that nobody has is the only one that fails."""
    project = make_tenants("acme", "globex")
    project.ok("upgrade", "--tenants", "all")
    project.sql("acme", "UPDATE {}alembic_version SET version_num = 'lost'")
    result = project.result("current", "--tenants", "all", code=1)
    assert [failure["tenant"] for failure in result["failed"]] == ["acme"]
    assert "Can't locate revision identified by 'lost'" in result["failed"][0]["error"]
    assert result["tenants"]["globex"]["is_at_head"]
    result = project.result("upgrade", "--tenants", "all", code=1)
    assert result["unchanged"] == ["globex"]


def test_drift(make_tenants: MakeTenants) -> None:
    """What was changed by hand in one tenant is told of that one."""
    project = make_tenants("acme", "globex")
    project.ok("upgrade", "--tenants", "all")
    project.ok("drift", "--tenants", "all")
    project.sql("globex", "CREATE TABLE {}extra (id INTEGER)")
    result = project.result("drift", "--tenants", "all", code=4)
    assert [failure["tenant"] for failure in result["failed"]] == ["globex"]
    assert "extra" in result["failed"][0]["error"]


def test_plan_and_sql(make_tenants: MakeTenants, tmp_path: Path) -> None:
    """Tenants in which the same would be done have one plan; each has SQL of its own, from where it is."""
    project = make_tenants("acme", "globex", "initech", "hooli")
    project.ok("upgrade", "--tenants", "acme")
    project.ok("upgrade", "--tenants", "globex", SECOND)
    shown = project.ok("upgrade", "--tenants", "all", "--plan").stdout
    assert f"globex:\n  at {SECOND}\n  upgrade {THIRD} make three\n" in shown
    assert f"initech, hooli:\n  at no revision\n  upgrade {FIRST} make one\n" in shown
    assert "4 tenants: 3 would change, 1 up to date already" in shown
    assert "acme" in project.ok("downgrade", "--tenants", "acme", "base", "--plan").stdout
    assert project.all_tables("initech") == set()
    plan = project.result("upgrade", "--tenants", "all", "--plan")
    assert [item["revision"] for item in plan["tenants"]["globex"]["targets"][0]["revisions"]] == [THIRD]

    project.ok("upgrade", "--tenants", "all", "--sql", "--output-dir", str(tmp_path / "sql"))
    assert sorted(path.name for path in (tmp_path / "sql").iterdir()) == ["globex.sql", "hooli.sql", "initech.sql"]
    text = (tmp_path / "sql" / "globex.sql").read_text()
    assert "three" in text
    assert "CREATE TABLE one" not in text
    for statement in split(text, sa.make_url(project.project.url).get_backend_name()):
        project.sql("globex", statement.text)
    assert project.version("globex") == [THIRD]
    printed = project.ok("upgrade", "--tenants", "hooli", "initech", "--sql").stdout
    assert printed.count("-- Tenant ") == 2
    assert "written" not in printed
