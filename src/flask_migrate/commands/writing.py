"""The commands that write revision files: revision, migrate, merge; and edit, which opens them."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import typing as t

from alembic import util
from alembic.autogenerate import RevisionContext
from alembic.util import CommandError

from ..alembic_compat import operations_of
from ..autogenerate import slug
from ..autogenerate.request import Answers
from ..environment import publish_binds
from ..errors import USAGE, MigrateError
from .comparing import compare, is_empty, make_request, refuse_destruction
from .describe import describe
from .drifting import Drifted, away_from_drift, require_no_drift
from .from_sql import Wanted, finished, finisher, from_sql_file
from .generating import not_written, script_files
from .moves import settle_moves
from .no_changes import warn_of_tables, why_empty
from .packages import app_place, split
from .project import Arguments, Directory, Project, open_project, revisions_named
from .sql_pair import as_sql_pair, refuse_both
from .tenants.template import against_template
from .values import NewRevisions
from .verifying import verified

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script
    from sqlalchemy import Connection

    from ..autogenerate.guards import Comparison
    from ..autogenerate.request import Questioner, Request

#: The logger whose "No changes in schema detected." people and scripts look for.
log = logging.getLogger("alembic.env")


@against_template
def revision(
    directory: Directory = None,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    *,
    depends_on: str | t.Sequence[str] | None = None,
    sql_file: bool = False,
    from_sql: str | os.PathLike[str] | None = None,
    x_arg: Arguments = None,
    allow_drop_all: bool = False,
    rename_table: Arguments = None,
    rename_column: Arguments = None,
    rename_enum_value: Arguments = None,
    no_renames: bool = False,
    fill: Arguments = None,
    copy_rows: Arguments = None,
    verify: bool | None = None,
    questioner: Questioner | None = None,
    connection: Connection | None = None,
) -> NewRevisions:
    """Write a new revision file.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param message: goes into the docstring and the file name.
    :param autogenerate: fill it with what differs between the models and the databases; write nothing when
        nothing differs.
    :param sql: with ``revision_environment`` in alembic.ini: run env.py in offline mode.
    :param head: the parent; ``"base"`` starts a new branch.
    :param splice: allow a parent that is not a head.
    :param branch_label: a name for the branch that begins here.
    :param version_path: which of several version locations.
    :param rev_id: the id, instead of a random one.
    :param sql_file: write a pair of SQL files, and a short script that runs them.
    :param from_sql: a SQL file that makes the wanted schema, in the place of the models; turns ``autogenerate`` on.
    :param depends_on: revisions that must be applied before this one.
    :param x_arg: for ``context.get_x_argument()`` in env.py.
    :param allow_drop_all: write a script that drops every table, or most of them, or for which there are no models.
    :param rename_table: tables that were renamed, ``"old:new"`` or ``"schema.old:new"``.
    :param rename_column: columns that were renamed, ``"table.old:new"``.
    :param rename_enum_value: values of enums that were renamed, ``"type.old:new"``.
    :param no_renames: drop and add what looks like a rename.
    :param fill: what rows get in a column that becomes NOT NULL, ``"table.column=expression"`` in SQL.
    :param copy_rows: tables whose rows go along when they move from one bind to another, or ``"all"``.
    :param verify: try the script that ``autogenerate`` has filled on a scratch database, however long it takes, or
        don't; by default as the settings say, and where it takes a few seconds at most.
    :param questioner: whom to ask where nothing else says whether it is one, and what rows get; it has
        ``confirm(question)`` and ``ask(question)``.
    :param connection: compare with this connection instead of a new one.
    :raises Refused: when there are no models, most tables would be dropped, or something looks like a rename.
    :returns: the new file; nothing when ``autogenerate`` found no difference.
    :raises VerificationFailed: when the new script does not do what it should; its file is kept, with a comment.
    :raises MigrateError: when anything else stops it; then no file is written.
    """
    autogenerate = autogenerate or from_sql is not None
    _refuse(autogenerate and sql, autogenerate and sql_file and from_sql is None)
    arguments: dict[str, t.Any] = {"message": _docstring(message), "autogenerate": autogenerate, "sql": sql}
    arguments |= {"splice": splice, "branch_label": branch_label, "rev_id": rev_id, "depends_on": depends_on}
    with from_sql_file(from_sql, directory) as wanted:
        project = open_project(directory, x_arg, opts=["autogenerate"] if autogenerate else None)
        arguments |= app_place(project, head, version_path)
        context = RevisionContext(project.config, project.script, arguments, finisher(wanted) if autogenerate else None)
        notes: list[str] = []
        if autogenerate:
            answers = _answers(rename_table, rename_column, rename_enum_value, fill, copy_rows, no_renames)
            request = make_request(project, answers=answers, questioner=questioner, notes=notes)
            where = {"head": arguments["head"], "splice": splice, "connection": connection}
            nothing = _fill(project, context, request, where, allow_drop_all=allow_drop_all, file=from_sql)
            if nothing is not None:
                return nothing
        elif _needs_environment(project, sql):
            _run_template_environment(project, context, sql, connection)
        made = dataclasses.replace(_generate(project, lambda: list(context.generate_scripts())), notes=tuple(notes))
        made = _finished(directory, made, wanted, as_files=sql_file)
        if not autogenerate or wanted:  # which was tried already
            return made
        return verified(project, made, context, request, verify=verify, connection=connection)


def migrate(
    directory: Directory = None,
    message: str | None = None,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    x_arg: Arguments = None,
    *,
    depends_on: str | t.Sequence[str] | None = None,
    sql_file: bool = False,
    from_sql: str | os.PathLike[str] | None = None,
    allow_drop_all: bool = False,
    rename_table: Arguments = None,
    rename_column: Arguments = None,
    rename_enum_value: Arguments = None,
    no_renames: bool = False,
    fill: Arguments = None,
    copy_rows: Arguments = None,
    verify: bool | None = None,
    questioner: Questioner | None = None,
    connection: Connection | None = None,
) -> NewRevisions:
    """Write a revision file with what differs between the models and the databases.

    The same as :func:`revision` with ``autogenerate=True``.
    """
    given = (directory, message, True, sql, head, splice, branch_label, version_path, rev_id)
    return revision(
        *given,
        depends_on=depends_on,
        sql_file=sql_file,
        from_sql=from_sql,
        x_arg=x_arg,
        allow_drop_all=allow_drop_all,
        rename_table=rename_table,
        rename_column=rename_column,
        rename_enum_value=rename_enum_value,
        no_renames=no_renames,
        fill=fill,
        copy_rows=copy_rows,
        verify=verify,
        questioner=questioner,
        connection=connection,
    )


def _finished(
    directory: Directory, made: NewRevisions, wanted: t.Mapping[str, Wanted], *, as_files: bool
) -> NewRevisions:
    """``made`` as SQL files, and tried where a SQL file has said what is wanted."""
    if wanted:
        return finished(directory, made, wanted, as_files=as_files)
    return as_sql_pair(made) if as_files else made


def merge(
    directory: Directory = None,
    revisions: str | t.Sequence[str] = "",
    message: str | None = None,
    branch_label: str | None = None,
    rev_id: str | None = None,
    *,
    splice: bool = False,
) -> NewRevisions:
    """Write a revision file that joins ``revisions``.

    :param revisions: what to join; all heads when it is empty.
    :param splice: allow revisions that are not heads.
    :returns: the new file.
    :raises MigrateError: when there is nothing to join.
    """
    project = open_project(directory)
    names = [revisions] if isinstance(revisions, str) else list(revisions)
    wanted = [name for name in names if name] or ["heads"]
    found = revisions_named(project, wanted[0] if len(wanted) == 1 else tuple(wanted))
    if len(found) < 2:
        heads = ", ".join(project.script.get_heads()) or "none"
        raise MigrateError(
            f"There is nothing to merge: {' '.join(wanted)} is one revision." if found else "The history is empty.",
            f"The heads are: {heads}.",
        )
    template_arguments: dict[str, t.Any] = {"config": project.config}
    if util.asbool(project.config.get_alembic_option("revision_environment")):
        project.run(lambda rev, context: [], template_args=template_arguments)
    return _generate(
        project,
        lambda: [
            project.script.generate_revision(
                rev_id or util.rev_id(),
                _docstring(message),
                refresh=True,
                head=[script.revision for script in found],
                branch_labels=branch_label,
                splice=splice,
                **template_arguments,
            )
        ],
    )


def edit(
    directory: Directory = None, revision: str = "current", *, connection: Connection | None = None
) -> tuple[str, ...]:
    """Open the file of a revision in ``$EDITOR``.

    :param revision: which one; ``"current"`` is where the database is.
    :returns: the paths.
    :raises MigrateError: when there is no such revision or no editor.
    """
    project = open_project(directory)
    names: t.Any = project.current_heads(connection) if revision == "current" else revision
    scripts = revisions_named(project, names) if names else ()
    if not scripts:
        raise MigrateError(
            "No current revisions: the database has none."
            if revision == "current"
            else f"No revision files indicated by symbol {revision!r}.",
            "List them: flask db history",
        )
    for script in scripts:
        _open_in_editor(script.path)
    return tuple(script.path for script in scripts)


def _refuse(is_offline_comparison: bool, is_comparison_in_sql: bool) -> None:
    refuse_both(is_comparison_in_sql)
    if is_offline_comparison:
        raise MigrateError(
            "Using --sql with --autogenerate does not make any sense.",
            "Leave out --sql; `flask db upgrade --sql` shows the SQL of the new revision.",
            exit_code=USAGE,
        )


def _name(context: RevisionContext, request: Request) -> None:
    """Give a script without a message one that says what it does."""
    for script in context.generated_revisions:
        if script.message is None and "slug" in request.parts:
            script.message = _docstring(slug.message(operations_of(script)) or None)


def _answers(
    tables: Arguments,
    columns: Arguments,
    values: Arguments,
    fills: Arguments,
    copied: Arguments,
    no_renames: bool,
) -> Answers:
    """What the caller has said, as the comparison takes it."""
    renamed = _several(tables), _several(columns), _several(values)
    return Answers(*renamed, fills=_several(fills), copied=_several(copied), no_renames=no_renames)


def _several(given: Arguments) -> tuple[str, ...]:
    """One text or several, as a tuple."""
    return (given,) if isinstance(given, str) else tuple(given or ())


def _fill(
    project: Project,
    context: RevisionContext,
    request: Request,
    where: dict[str, t.Any],
    *,
    allow_drop_all: bool,
    file: str | os.PathLike[str] | None,
) -> NewRevisions | None:
    """Fill the script with what differs; no script at all, as a value, when nothing does."""
    comparison = _compare(project, context, request=request, **where)
    settle_moves(project, context, request)
    request.require_used()
    if not allow_drop_all:
        refuse_destruction(comparison, context, None if file is None else os.fspath(file))
    _name(context, request)
    split(project, context)
    if not is_empty(context):
        if file is None:
            warn_of_tables(project, comparison, request)
        return None
    reason = why_empty(project, comparison) if file is None else ""
    return dataclasses.replace(_nothing(context, reason), notes=tuple(request.notes))


def _nothing(context: RevisionContext, reason: str) -> NewRevisions:
    """No script, because nothing differs."""
    if context.generated_revisions:  # else an env.py of an earlier release has said so
        log.info("No changes in schema detected.")
    return NewRevisions((), reason=reason)


def _compare(project: Project, context: RevisionContext, *, connection: Connection | None, **how: t.Any) -> Comparison:
    """Compare the models with the databases as their history makes them; what was changed by hand is only told."""
    if len(project.state.databases.targets()) == 1:  # of several, the first would be compared, and ask, in vain
        with contextlib.suppress(Drifted):
            return compare(project, context, connection=connection, first=require_no_drift, **how)
    with away_from_drift(project, connection) as (options, sentences):
        for sentence in sentences:
            log.warning(sentence)
        return compare(project, context, connection=connection, **how, **options)


def _needs_environment(project: Project, sql: bool) -> bool:
    if util.asbool(project.config.get_alembic_option("revision_environment")):
        return True
    if sql:
        raise MigrateError(
            "Using --sql with the revision command when revision_environment is not configured does not make any "
            "sense.",
            "Leave out --sql.",
            exit_code=USAGE,
        )
    return False


def _run_template_environment(
    project: Project, context: RevisionContext, sql: bool, connection: Connection | None
) -> None:
    def work(rev: t.Any, migration_context: MigrationContext) -> list[t.Any]:
        context.run_no_autogenerate(rev, migration_context)
        return []

    project.run(
        work,
        connection=connection,
        dont_mutate=True,
        as_sql=sql,
        template_args=context.template_args,
        revision_context=context,
    )


def _docstring(message: str | None) -> str | None:
    """``message`` as it has to be written between triple quotes; the name of the file is the same."""
    if message is None:
        return None
    escaped = message.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'{escaped[:-1]}\\"' if escaped.endswith('"') else escaped


def _generate(project: Project, generate: t.Callable[[], list[Script | None]]) -> NewRevisions:
    publish_binds(project.config, project.state.databases.targets())
    before = script_files(project)
    try:
        scripts = generate()
    except Exception as error:
        made = script_files(project) - before
        for path in made:
            path.unlink()
        raise not_written(project, error, was_made=bool(made)) from error
    return NewRevisions(tuple(describe(script) for script in scripts if script is not None))


def _open_in_editor(path: str) -> None:
    try:
        util.open_in_editor(path)
    except CommandError as error:
        raise MigrateError(f"No editor can be started: {error}", f"Set EDITOR, or open {path} yourself.") from error
