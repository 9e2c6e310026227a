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
from ..autogenerate.known import ComparisonKey, Known, Uncertain
from ..autogenerate.request import Request
from ..autogenerate.switches import active
from ..targets import Databases, describe_url
from .generating import script_files
from .pending import require_up_to_date
from .project import Project, current_revisions, revisions_named

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
    first: t.Callable[[Project, tuple[str, ...], MigrationContext], None] | None = None,
    **options: t.Any,
) -> Comparison:
    """Fill ``context`` with what differs between models and databases; the databases are only read.

    :param request: what the run is to do; without it nobody is asked and nothing is refused.
    :param first: is called with each database before it is compared.
    :param options: for ``Project.run``.
    :returns: how much was compared.
    :raises MigrateError: when a database is not at the head of the history.
    """
    if not splice and project.script.get_heads():
        revisions_named(project, head)  # several heads are an error before the database is asked
    comparison = Comparison()
    request = request or make_request(project, is_check=True)

    def work(rev: t.Any, migration_context: MigrationContext) -> list[t.Any]:
        place = require_up_to_date(project, rev, migration_context)
        if first is not None:
            first(project, current_revisions(project, rev, migration_context), migration_context)
        _count(comparison, migration_context)
        with warnings.catch_warnings():
            # Alembic's reflection skips these; they are read and compared in another way.
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
            warnings.filterwarnings("ignore", "Did not recognize type")  # Alembic says so as well
            # Said once by the upgrade, where a person can do something about it.
            warnings.filterwarnings("ignore", "Computed column .* is being created as 'STORED'")
            _run(project, context, place, migration_context, request)
        return []

    project.run(
        work,
        connection=connection,
        dont_mutate=True,
        as_sql=False,
        template_args=context.template_args,
        revision_context=context,
        flask_migrate_request=request,
        **options,
    )
    return comparison


def _run(
    project: Project, context: RevisionContext, place: t.Any, migration_context: MigrationContext, request: Request
) -> None:
    """Compare with one database, unless the very same comparison found nothing before."""
    request.context, request.is_equal, notes = None, False, len(request.notes)
    known = Known(project.script.dir) if request.may_remember else None
    if known is None:
        context.run_autogenerate(place, migration_context)
        return
    try:
        key = ComparisonKey(migration_context, request)
        before = key.now()
    except Uncertain:
        context.run_autogenerate(place, migration_context)
        return
    if known.has(before):
        context.run_no_autogenerate(place, migration_context)
        return
    context.run_autogenerate(place, migration_context)
    if request.is_equal and len(request.notes) == notes and key.now() == before:  # nobody came between
        known.add(before)


def make_request(project: Project, databases: Databases | None = None, **options: t.Any) -> Request:
    """A request for the app of ``project``, with the parts that it wants.

    :param databases: what the models are compared with, if not the databases of the app.
    """
    settings = project.state.settings
    tables: dict[str, set[tuple[str | None, str]]] = {}
    for target in (databases or project.state.databases).targets():
        default = target.engine.dialect.default_schema_name
        places = {(one.schema if one.schema != default else None, one.name) for one in target.metadata.tables.values()}
        tables.setdefault(describe_url(target.engine.url), set()).update(places)
    return Request(
        parts=active(settings.autogenerate),
        scripts=functools.cache(lambda: script_texts(project)),
        own_all_tables=settings.own_all_tables,
        tables=tables,
        exclude_tables=settings.exclude_tables,
        schemas=settings.schemas,
        **options,
    )


def script_texts(project: Project) -> tuple[str, ...]:
    """The texts of the history's scripts, and of the SQL files beside them."""
    paths = [path for file in sorted(script_files(project)) for path in (file, file.with_suffix(".up.sql"))]
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in paths if path.is_file())


def refuse_destruction(comparison: Comparison, context: RevisionContext, file: str | None = None) -> None:
    """Raise :class:`Refused` when there are no models, or when most tables would go.

    :param file: the SQL file that was in the place of the models.
    """
    operations = (operations for script in context.generated_revisions for operations in operations_of(script))
    if file is not None:
        check_drops(comparison, operations, (), f"{file} describes")
        return
    folders = app_folders()
    check_models(comparison, folders)
    check_drops(comparison, operations, folders)


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
    default = context.dialect.default_schema_name
    described = set()
    for metadata in util.to_list(context.opts.get("target_metadata"), default=[]):
        comparison.model_tables += len(metadata.tables)
        described |= {(one.schema if one.schema != default else None, one.name) for one in metadata.tables.values()}
    assert context.connection is not None  # comparing needs a database
    inspector = sa.inspect(context.connection)
    include = context.opts.get("include_name")
    schemas: list[str | None] = [None]
    if context.opts.get("include_schemas"):
        hidden = ("information_schema", default)
        schemas += [name for name in inspector.get_schema_names() if name not in hidden]
    for schema in schemas:
        if schema is None or include is None or include(schema, "schema", {}):
            names = inspector.get_table_names(schema=schema)
            comparison.database_tables += len([name for name in names if name != context.version_table])
            comparison.made_tables += len([name for name in names if (schema, name) in described])
