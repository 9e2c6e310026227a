"""check: do the models and the databases agree?"""

from __future__ import annotations

import typing as t

from alembic.autogenerate import RevisionContext

from ..alembic_compat import operations_of
from ..autogenerate.words import describe_operations
from ..errors import DifferencesFound
from .comparing import compare
from .project import Directory, open_project
from .tenants.template import against_template

if t.TYPE_CHECKING:
    from sqlalchemy import Connection


@against_template
def check(directory: Directory = None, *, connection: Connection | None = None) -> None:
    """Compare the models with the databases, and return when they agree.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param connection: compare with this connection instead of a new one.
    :raises DifferencesFound: when ``migrate`` would find something; it holds one sentence for each difference.
    :raises MigrateError: when a database is not at the head of the history, or anything else stops it.
    """
    project = open_project(directory, opts=["autogenerate"])
    arguments: dict[str, t.Any] = {
        "message": None,
        "autogenerate": True,
        "sql": False,
        "head": "head",
        "splice": True,
        "branch_label": None,
        "version_path": None,
        "rev_id": None,
        "depends_on": None,
    }
    context = RevisionContext(project.config, project.script, arguments)
    compare(project, context, splice=True, connection=connection)
    changes = tuple(
        line
        for script in context.generated_revisions
        for operations in operations_of(script)
        for line in describe_operations(operations)
    )
    if changes:
        what = "1 difference" if len(changes) == 1 else f"{len(changes)} differences"
        raise DifferencesFound(
            f"New upgrade operations detected: {what} between the models and the database.",
            "\n".join([*(f"  {change}" for change in changes), "Write them as a revision: flask db migrate"]),
            changes=changes,
        )
