"""Models that are registered, and what in the app's files keeps them or their tables from the migrations."""

from __future__ import annotations

import os
import typing as t

import sqlalchemy as sa

from ...autogenerate.guards import SHOWN, not_imported
from ...autogenerate.unimported import Instance, calls, instances, module_name, of_the_app
from .findings import Finding

if t.TYPE_CHECKING:
    from ...targets import Target


def check_models(targets: t.Sequence[Target], folders: t.Sequence[str]) -> t.Iterator[Finding]:
    """How many tables the models describe, classes that nobody imports, and names of constraints."""
    tables = sum(len(target.metadata.tables) for target in targets)
    missing = not_imported(folders)
    if missing:
        names = ", ".join(f"{os.path.relpath(item.path)}:{item.line} {item.name}" for item in missing[:SHOWN])
        modules = ", ".join(dict.fromkeys(module_name(item.path, folders) for item in missing[:SHOWN]))
        yield Finding(
            "warning",
            "models",
            f"The models describe {_counted(tables)}; {len(missing)} more model classes are in files that nobody "
            f"imports: {names}.",
            f"Add `import {modules}` to the module that makes the app, below `db = SQLAlchemy(…)`.",
        )
    elif tables:
        yield Finding("ok", "models", f"The models describe {_counted(tables)}.")
    else:
        yield Finding(
            "warning", "models", "No models are registered.", "Import the module that has them where the app is made."
        )
    if any(target.metadata.tables and not _has_convention(target.metadata) for target in targets):
        yield Finding(
            "note",
            "names",
            "The models have no naming convention: each engine names their constraints in its own way.",
            'SQLAlchemy(metadata=MetaData(naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s", …}))',
        )


def check_source(folders: t.Sequence[str]) -> t.Iterator[Finding]:
    """Several ``SQLAlchemy()`` objects, and ``create_all()``, in the app's files."""
    made = of_the_app(instances(folders))
    if len(made) > 1:
        yield Finding(
            "warning",
            "SQLAlchemy",
            f"{len(made)} SQLAlchemy() objects are made: {_places(made)}. Models of one are not known to the others.",
            "Keep one, and import it everywhere.",
        )
    created = of_the_app(calls(folders, "create_all"))
    if created:
        yield Finding(
            "warning",
            "create_all",
            f"create_all() is called at {_places(created)}: it makes tables that no migration knows.",
            "Take the call out; flask db upgrade makes the tables, and flask db adopt takes over those that are there.",
        )


def _places(found: t.Sequence[Instance]) -> str:
    return ", ".join(f"{os.path.relpath(item.path)}:{item.line}" for item in found[:SHOWN])


def _has_convention(metadata: sa.MetaData) -> bool:
    return bool(set(metadata.naming_convention) & {"fk", "uq", "ck", "pk"})


def _counted(number: int) -> str:
    return f"{number} table" if number == 1 else f"{number} tables"
