"""Models of an app with tenants: compared with one of them; shared tables once, before the tenants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.scripts import tables
from tests.tenants.projects import APP, TenantProject

MakeTenants = Callable[..., TenantProject]
SHARED = """

class Plan(db.Model):
    __table_args__ = {"schema": "public"}
    id = db.Column(db.Integer, primary_key=True)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    plan = db.Column(db.ForeignKey("public.plan.id"))
"""


def test_template(make_tenants: MakeTenants) -> None:
    """New models are compared with a tenant: the default database is never migrated."""
    project = make_tenants("acme", "globex", scripts=False)
    project.ok("migrate", "-m", "first")
    project.ok("check", "--history")
    project.ok("upgrade", "--tenants", "all")
    project.ok("check")
    project.project.append("app.py", "\nGadget.price = db.Column(db.Integer)\n")
    assert "column gadget.price" in project.fails("check").stderr
    assert "1 difference between the models and what the history makes" in project.fails("check", "--history").stderr
    project.ok("migrate", "-m", "second")
    assert len(project.project.versions()) == 2
    stderr = project.fails("migrate", "-m", "third").stderr
    assert "Apply them: flask db upgrade --tenants all." in stderr
    project.ok("upgrade", "--tenants", "all")
    project.ok("check")
    assert tables(project.project) == set()


def test_named_template(make_tenants: MakeTenants) -> None:
    """The tenant to compare with may be named."""
    project = make_tenants("acme", "globex", scripts=False)
    project.project.replace("app.py", "@migrate.tenants", '@migrate.tenants(template="globex")')
    project.ok("migrate", "-m", "first")
    project.ok("upgrade", "--tenants", "globex")
    project.ok("check")
    project.project.replace("app.py", '"globex")', '"nix")')
    assert "yields no tenant 'nix', which is to be the template" in project.fails("check").stderr


@pytest.mark.engines("sqlite")
def test_default_database_is_used_along(make_tenants: MakeTenants) -> None:
    """While the default database is migrated as well, models are compared with it."""
    project = make_tenants("acme", scripts=False)
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    project.ok("check")
    project.project.append("app.py", "\nGadget.price = db.Column(db.Integer)\n")
    project.ok("migrate", "-m", "second")
    project.ok("upgrade")
    project.ok("upgrade", "--tenants", "all")
    assert project.tables("acme") == tables(project.project) == {"gadget"}


@pytest.mark.engines("sqlite", "mariadb")
def test_bind_of_tenants(make_tenants: MakeTenants) -> None:
    """Tenants may have the models of a bind, beside a default database with its own."""
    source = APP.replace("@migrate.tenants", '@migrate.tenants(bind="tenant")')
    source += (
        '\n\nclass Item(db.Model):\n    __bind_key__ = "tenant"\n    id = db.Column(db.Integer, primary_key=True)\n'
    )
    project = make_tenants("acme", source=source, scripts=False)
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    project.ok("upgrade", "--tenants", "all")
    assert (tables(project.project), project.tables("acme")) == ({"gadget"}, {"item"})
    project.ok("check")
    project.ok("check", "--tenants", "all")


@pytest.mark.engines("postgresql")
def test_shared_tables(make_tenants: MakeTenants) -> None:
    """Tables with a schema by name are made once, before those of the tenants."""
    project = make_tenants("acme", source=APP + SHARED, scripts=False)
    url = project.project.url
    project.ok("migrate", "-m", "first")
    text = project.project.versions()[0].read_text()
    own, _, shared = text.partition("def upgrade_shared():")
    assert "create_table('plan'" in shared.partition("def downgrade_shared")[0]
    assert "'plan'," not in own.partition("def downgrade")[0].replace("sa.Column('plan',", "")
    project.add_place("new", "new")
    project.ok("create-tenant", "new")
    project.ok("upgrade", "--tenants", "all")
    assert project.tables("acme") == project.tables("new") == {"gadget", "order"}
    assert project.project.tables(url) == {"plan", "alembic_version_shared", "flask_migrate_log_shared"}
    project.ok("check")
    project.ok("check", "--tenants", "all")
    project.ok("check", "--history")
    project.project.append("app.py", "\nPlan.title = db.Column(db.Text)\n")
    error = project.fails("check", "--history").stderr
    assert error.splitlines()[-2] == "  + column public.plan.title: Text"
    project.ok("migrate", "-m", "second")
    project.ok("upgrade", "--tenants", "all")
    project.ok("check")
    project.ok("downgrade", "--tenants", "all", "base")
    assert project.project.tables(url) == {"alembic_version_shared", "flask_migrate_log_shared"}


@pytest.mark.engines("postgresql", "mariadb")
def test_statements_of_a_second_run(make_tenants: MakeTenants) -> None:
    """Tenants that are where they shall be cost two statements each at most."""
    names = [f"t{number}" for number in range(5)]
    project = make_tenants(*names)
    project.ok("upgrade", "--tenants", "all")
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        assert project.result("upgrade", "--tenants", "all")["unchanged"] == names
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert 0 < len(sent) <= 2 * len(names)


@pytest.mark.engines("postgresql")
def test_first_script_of_schemas(make_tenants: MakeTenants) -> None:
    """The first script is written before there is any tenant."""
    project = make_tenants("acme", scripts=False)
    project.project.sql(project.project.url, 'DROP SCHEMA "acme"')
    project.ok("migrate", "-m", "gadgets")
    project.ok("create-tenant", "acme")
    assert project.tables("acme") == {"gadget"}
