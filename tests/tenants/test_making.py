"""create-tenant and drop-tenant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.scripts import LINE, THIRD, add_script
from tests.tenants.projects import TenantProject

MakeTenants = Callable[..., TenantProject]


@pytest.fixture
def new_tenant(
    make_tenants: MakeTenants, engine_name: str, database_names: Callable[[], str]
) -> tuple[TenantProject, str]:
    """A project, and the name of a tenant that it does not have yet."""
    project = make_tenants("acme")
    name = "new tenant" if engine_name != "mariadb" else f"{database_names()} %(x)s"
    if engine_name == "sqlite":
        project.add_place(name, (project.places["acme"] or "").replace("acme.db", "new.db"))
    elif engine_name == "postgresql":
        project.add_place(name, 'new "tenant" %(x)s')
    else:
        project.add_place(name, name)
    return project, name


def exists(project: TenantProject, name: str) -> bool:
    """Whether anything is left of a tenant."""
    result = project.project.invoke("db", "drop-tenant", "--yes", name)
    return result.returncode == 0


def test_create_and_drop(new_tenant: tuple[TenantProject, str]) -> None:
    """A new tenant is at the head; its drop has to be allowed, and leaves nothing."""
    project, name = new_tenant
    assert project.ok("create-tenant", name).stdout.startswith(f"Created the tenant {name!r}: ")
    assert project.result("current", "--tenants", name)["tenants"][name] == {"revisions": [THIRD], "is_at_head": True}
    assert project.result("upgrade", "--tenants", name)["unchanged"] == [name]
    assert "is there already" in project.fails("create-tenant", name, code=5).stderr
    assert "destroys all that is in" in project.fails("drop-tenant", name, code=5).stderr
    assert project.result("current", "--tenants", name)["tenants"][name]["is_at_head"]
    assert project.ok("drop-tenant", name, "--yes").stdout.startswith(f"Dropped the tenant {name!r}: ")
    assert not exists(project, name)
    assert project.ok("upgrade", "--tenants", "acme")


def test_all_or_nothing(new_tenant: tuple[TenantProject, str]) -> None:
    """When a revision fails, nothing of the new tenant is left."""
    project, name = new_tenant
    add_script(project.project, "4d04dd", THIRD, up="op.execute('SELECT nonsense FROM nowhere')")
    stderr = project.fails("create-tenant", name).stderr
    assert f"The tenant {name!r} was not created, nothing of it is left. The upgrade of revision 4d04dd" in stderr
    assert not exists(project, name)


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("schema", ["public", "pg_catalog", "information_schema"])
def test_drop_of_what_others_need(make_tenants: MakeTenants, schema: str) -> None:
    """A schema of the app itself or of the server is never dropped."""
    project = make_tenants()
    assert "Nothing was dropped" in project.fails("drop-tenant", "--yes", schema, code=5).stderr


@pytest.mark.engines("postgresql")
def test_long_name(make_tenants: MakeTenants) -> None:
    """A name that PostgreSQL would cut is refused."""
    assert "has a name of more than 63 bytes" in make_tenants().fails("create-tenant", "x" * 64).stderr


@pytest.mark.engines("sqlite")
def test_from_python(make_tenants: MakeTenants) -> None:
    """The same as functions."""
    project = make_tenants("acme")
    url = (project.places["acme"] or "").replace("acme", "python")
    with project.project.context():
        result = flask_migrate.create_tenant("python", url)
        assert result.revisions == tuple(rev for rev, _ in LINE)
        assert sa.inspect(sa.create_engine(url, poolclass=sa.NullPool)).has_table("three")
        with pytest.raises(flask_migrate.Refused):
            flask_migrate.drop_tenant("python", url)
        flask_migrate.drop_tenant("python", url, yes=True)
        found = flask_migrate.run_tenants("upgrade", ["acme"], jobs=1)
        assert (found.done, found.is_complete) == (("acme",), True)
