"""Projects with tenants: schemas on PostgreSQL, databases of their own elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

pytest.register_assert_rewrite("tests.scripts", "tests.tenants.projects")

from tests.projects import Project  # noqa: E402  # the helpers' asserts are rewritten first
from tests.tenants.projects import APP, TenantProject  # noqa: E402  # as above


@pytest.fixture
def make_tenants(
    make_project: Callable[..., Project], make_url: Callable[[], str], engine_name: str, tmp_path: Path
) -> Callable[..., TenantProject]:
    """A function that makes a project with tenants of these names: ``make_tenants("a", "b")``."""

    def make(*names: str, source: str = APP, scripts: bool = True) -> TenantProject:
        project = make_project(source)
        places: dict[str, str | None] = {}
        for name in names:
            if engine_name == "postgresql":
                project.sql(project.url, f'CREATE SCHEMA "{name}"')
                places[name] = name
            elif engine_name == "sqlite":
                places[name] = sa.URL.create("sqlite", database=str(tmp_path / f"{name}.db")).render_as_string()
            else:
                places[name] = make_url()
        project.env["TENANTS"] = json.dumps(places)
        return TenantProject(project, places, scripts=scripts)

    return make
