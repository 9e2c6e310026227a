"""Comparing the models with the databases, for ``migrate`` and ``check``."""

from __future__ import annotations

import functools
import os
import typing as t
import warnings

import sqlalchemy as sa
from alembic import util
from flask import current_app

from ..alembic_compat import operations_of
from ..autogenerate.guards import Comparison, check_drops, check_models
from ..autogenerate.request import Request
from ..autogenerate.switches import active
from ..targets import describe_url
from .generating import script_files
from .pending import require_up_to_date
from .project import Project, revisions_named

if t.TYPE_CHECKING:
    from alembic.autogenerate import RevisionContext
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import Connection


def compare(
    project: Project,
    context: RevisionContext,
    *,
    head: str = "head",
    splice: bool = False,
    connection: Connection | None = None,
    request: Request | None = None,
    **options: t.Any,
) -> Comparison:
    """Fill ``context`` with what differs between models and databases; the databases are only read.

    :param request: what the run is to do; without it nobody is asked and nothing is refused.
    :param options: for ``Project.run``.
    :returns: how much was compared.
    :raises MigrateError: when a database is not at the head of the history.
    """
    if not splice and project.script.get_heads():
        revisions_named(project, head)  # several heads are an error before the database is asked
    comparison = Comparison()

    def work(rev: t.Any, migration_context: MigrationContext) -> list[t.Any]:
        place = require_up_to_date(project, rev, migration_context)
        _count(comparison, migration_context)
        with warnings.catch_warnings():
            # Alembic's reflection skips these; they are read and compared in another way.
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
            # Said once by the upgrade, where a person can do something about it.
            warnings.filterwarnings("ignore", "Computed column .* is being created as 'STORED'")
            context.run_autogenerate(place, migration_context)
        return []

    project.run(
        work,
        connection=connection,
        dont_mutate=True,
        as_sql=False,
        template_args=context.template_args,
        revision_context=context,
        flask_migrate_request=request or make_request(project, is_check=True),
        **options,
    )
    return comparison


def make_request(project: Project, **options: t.Any) -> Request:
    """A request for the app of ``project``, with the parts that it wants."""
    settings = project.state.settings
    tables: dict[str, set[tuple[str | None, str]]] = {}
    for target in project.state.databases.targets():
        default = target.engine.dialect.default_schema_name
        places = {(one.schema if one.schema != default else None, one.name) for one in target.metadata.tables.values()}
        tables.setdefault(describe_url(target.engine.url), set()).update(places)
    return Request(
        parts=active(settings.autogenerate),
        scripts=functools.cache(lambda: _texts(project)),
        own_all_tables=settings.own_all_tables,
        tables=tables,
        exclude_tables=settings.exclude_tables,
        schemas=settings.schemas,
        **options,
    )


def _texts(project: Project) -> tuple[str, ...]:
    """The texts of the history's scripts."""
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in sorted(script_files(project)))


def refuse_destruction(comparison: Comparison, context: RevisionContext) -> None:
    """Raise :class:`Refused` when there are no models, or when most tables would go."""
    folders = app_folders()
    check_models(comparison, folders)
    check_drops(
        comparison,
        (operations for script in context.generated_revisions for operations in operations_of(script)),
        folders,
    )


def is_empty(context: RevisionContext) -> bool:
    """Whether no database differs; also after an env.py has emptied the list of revisions itself."""
    return all(operations.is_empty() for script in context.generated_revisions for operations in operations_of(script))


def app_folders() -> list[str]:
    """Where the current app's own files are: the working directory and the folder of the app's module."""
    root = os.path.realpath(current_app.root_path)
    package = os.path.dirname(root) if os.path.exists(os.path.join(root, "__init__.py")) else root
    here = os.path.realpath(os.getcwd())
    folders = [folder for folder in (package, here) if "site-packages" not in folder]
    return list(dict.fromkeys(folders))


def _count(comparison: Comparison, context: MigrationContext) -> None:
    for metadata in util.to_list(context.opts.get("target_metadata"), default=[]):
        comparison.model_tables += len(metadata.tables)
    assert context.connection is not None  # comparing needs a database
    inspector = sa.inspect(context.connection)
    include = context.opts.get("include_name")
    schemas: list[str | None] = [None]
    if context.opts.get("include_schemas"):
        hidden = ("information_schema", context.dialect.default_schema_name)
        schemas += [name for name in inspector.get_schema_names() if name not in hidden]
    for schema in schemas:
        if schema is None or include is None or include(schema, "schema", {}):
            names = inspector.get_table_names(schema=schema)
            comparison.database_tables += len([name for name in names if name != context.version_table])
