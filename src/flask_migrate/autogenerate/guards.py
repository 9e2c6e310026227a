"""Comparisons that must not become a script: no models at all, or most tables gone."""

from __future__ import annotations

import dataclasses
import os
import sys
import typing as t

from alembic.operations import ops

from ..errors import Refused
from .unimported import Instance, ModelClass, instances, model_classes, module_name, of_the_app

#: From this many dropped tables on, dropping more than half of a database's tables is refused.
FEW_TABLES = 3
#: How many classes an error message names.
SHOWN = 10


@dataclasses.dataclass
class Comparison:
    """What was compared, summed up over all targets.

    :param model_tables: tables that the models describe.
    :param database_tables: tables that the databases have, version tables left out.
    :param made_tables: those of them that the models describe.
    """

    model_tables: int = 0
    database_tables: int = 0
    made_tables: int = 0


def no_models(comparison: Comparison, folders: t.Sequence[str]) -> tuple[str, str] | None:
    """That there are no models, and why, in two texts; ``None`` when there are some."""
    if comparison.model_tables:
        return None
    database = _counted(comparison.database_tables, "table")
    classes = model_classes(folders)
    loaded = _loaded_files()
    missing = [found for found in classes if found.path not in loaded]
    if missing:
        hint = _not_imported(missing, folders)
    elif classes:
        hint = _other_instance(classes, instances(folders))
    else:
        hint = "No model classes were found in the app's files either. To go on without models: flask db revision"
    return f"No models are registered: the metadata has 0 tables, the database has {database}.", hint


def left_out(folders: t.Sequence[str]) -> str:
    """What keeps models of the app out of every comparison, in words; empty when nothing does."""
    missing = of_the_app(not_imported(folders))
    if missing:
        return _not_imported(missing, folders)
    made = of_the_app(instances(folders))
    if len(made) < 2:
        return ""
    places = ", ".join(f"{os.path.relpath(place.path)}:{place.line}" for place in made)
    return (
        f"{len(made)} SQLAlchemy() objects are made: {places}. The models of one are not known to the others: "
        "keep one, and import it everywhere."
    )


def check_models(comparison: Comparison, folders: t.Sequence[str]) -> None:
    """Raise :class:`Refused` when there are no models, saying which classes nobody imported.

    :param folders: where the app's files are; the first ones are those that ``import`` finds modules in.
    """
    found = no_models(comparison, folders)
    if found is not None:
        raise Refused(*found)


def check_drops(
    comparison: Comparison,
    operations: t.Iterable[ops.UpgradeOps],
    folders: t.Sequence[str],
    described: str = "The models describe",
) -> None:
    """Raise :class:`Refused` when the script would drop every table of the databases, or most of them.

    :param described: how the sentence about what was compared with the databases begins.
    """
    dropped = sorted(operation.table_name for upgrade in operations for operation in _drops(upgrade))
    total = comparison.database_tables
    is_most = len(dropped) >= FEW_TABLES and len(dropped) * 2 > total
    if not dropped or (len(dropped) < total and not is_most):
        return
    missing = [found for found in model_classes(folders) if found.path not in _loaded_files()]
    names = ", ".join(dropped[:SHOWN]) + (", …" if len(dropped) > SHOWN else "")
    ways = [_not_imported(missing, folders)] if missing else []
    raise Refused(
        f"The script would drop {len(dropped)} of {_counted(total, 'table')} in the database: {names}. "
        f"{described} {_counted(comparison.model_tables, 'table')}. Nothing was written.",
        "\n".join([*ways, "If they are meant to go: flask db migrate --allow-drop-all"]),
    )


def not_imported(folders: t.Sequence[str]) -> list[ModelClass]:
    """The model classes below ``folders`` whose files nobody has imported."""
    loaded = _loaded_files()
    return [found for found in model_classes(folders) if found.path not in loaded]


def _drops(container: ops.OpContainer) -> t.Iterator[ops.DropTableOp]:
    for operation in container.ops:
        if isinstance(operation, ops.DropTableOp):
            yield operation
        elif isinstance(operation, ops.OpContainer):
            yield from _drops(operation)


def _not_imported(missing: t.Sequence[ModelClass], folders: t.Sequence[str]) -> str:
    lines = ["These model classes are in files that nobody imports:"]
    lines += [f"  {os.path.relpath(found.path)}:{found.line} {found.name}" for found in missing[:SHOWN]]
    if len(missing) > SHOWN:
        lines.append(f"  and {len(missing) - SHOWN} more")
    modules = dict.fromkeys(module_name(found.path, folders) for found in missing)
    imports = ", ".join(list(modules)[:SHOWN])
    lines.append(f"Add `import {imports}` to the module that makes the app, below `db = SQLAlchemy(…)`.")
    return "\n".join(lines)


def _other_instance(classes: t.Sequence[ModelClass], places: t.Sequence[Instance]) -> str:
    found = ", ".join(f"{os.path.relpath(item.path)}:{item.line} {item.name}" for item in classes[:SHOWN])
    made = ", ".join(f"{os.path.relpath(place.path)}:{place.line}" for place in places)
    if len(places) > 1:
        return (
            f"The models ({found}) belong to another SQLAlchemy() object than the one given to Migrate; "
            f"such objects are made at {made}. Keep one, and import it everywhere."
        )
    return f"The models ({found}) are imported, and belong to other metadata: pass it, `Migrate(app, db, metadata=…)`."


def _loaded_files() -> set[str]:
    paths = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return {os.path.realpath(path) for path in paths if path}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
