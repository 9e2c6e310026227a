"""The whole examination, in the order in which its findings are read."""

from __future__ import annotations

import contextlib
import os
import typing as t

from flask import current_app

from ...errors import MigrateError
from ...extension import AppState, current_state
from ..comparing import app_folders
from ..project import Directory
from .databases import check_database, is_usable
from .findings import Diagnosis, Finding, broken
from .history import check_folder, check_history, check_target
from .models import check_models, check_source
from .tenants import check_tenants
from .variables import check_keys, check_variables
from .versions import check_versions

if t.TYPE_CHECKING:
    from ...targets import Target

#: Where Flask looks for an app that nobody names.
PLACES = ("wsgi.py", "app.py")


def doctor(directory: Directory = None, *, app: str | None = None) -> Diagnosis:
    """Examine the current application, its models, its history and its databases; nothing is changed.

    What is wrong is a finding, not an error: a database that can't be reached, a broken history, no ``Migrate``.

    :param directory: the migrations folder, if not the one that ``Migrate`` says.
    :param app: how another process finds the app, as for ``flask --app``: where tenants are worked on elsewhere.

    .. versionadded:: 5.0
    """
    folders = app_folders()
    place = getattr(current_app, "import_name", "")
    findings = [*check_versions(), Finding("ok", "app", f"The app {place!r} was found in {current_app.root_path}.")]
    try:
        state = current_state()
        targets = state.databases.targets()
    except Exception as error:  # whatever the app's own code raises is what there is to tell
        findings.append(broken("app", error))
        findings += [*check_variables(folders, ()), *check_source(folders)]
        return Diagnosis((*findings, *check_folder("migrations" if directory is None else os.fspath(directory))))
    for target in targets:
        findings += check_database(target, state, len(targets) > 1)
    findings += check_variables(folders, [target.engine.url for target in targets])
    findings += check_keys(current_app.config, folders)
    findings += check_models(targets, folders)
    findings += check_source(folders)
    folder = state.directory if directory is None else os.fspath(directory)
    found = list(check_folder(folder))
    findings += found
    if all(finding.state != "broken" for finding in found) and os.path.isdir(folder):
        findings += check_history(directory)
        findings += _applied(state, targets, directory, app)
    return Diagnosis(tuple(findings))


def without_app(error: Exception, *, named: str | None = None, directory: Directory = None) -> Diagnosis:
    """What can be told when the app can't be loaded.

    :param error: why it can't.
    :param named: what ``--app`` or ``FLASK_APP`` says.
    :param directory: the migrations folder.
    """
    folders = [os.getcwd()]
    findings = [*check_versions(), broken("app", error), _looked_for(named)]
    findings += [*check_variables(folders, ()), *check_source(folders)]
    findings += check_folder("migrations" if directory is None else os.fspath(directory))
    return Diagnosis(tuple(findings))


def _looked_for(named: str | None) -> Finding:
    here = os.getcwd()
    if named:
        return Finding("note", "app", f"The app was looked for as {named!r}, from {here}.")
    there = [name for name in PLACES if os.path.isfile(name)]
    found = f"of these there is {' and '.join(there)}" if there else "neither is there"
    way = "" if there else "Name the app: flask --app NAME db doctor"
    return Finding("note", "app", f"The app was looked for in wsgi.py and app.py in {here}; {found}.", way)


def _applied(
    state: AppState, targets: t.Sequence[Target], directory: Directory, app: str | None
) -> t.Iterator[Finding]:
    """What was applied in each of ``targets`` that can be asked."""
    for target in targets:
        if is_usable(target):
            with contextlib.ExitStack() as stack:
                if len(targets) > 1:
                    stack.enter_context(_only(target))
                yield from check_target(target, directory, has_tenants=state.migrate.tenant_source is not None)
    if state.migrate.tenant_source is not None:
        yield check_tenants(directory, app)


def _only(target: Target) -> contextlib.AbstractContextManager[None]:
    from ...extension import only_binds

    try:
        return only_binds(target.name or "default")
    except MigrateError:
        return contextlib.nullcontext()
