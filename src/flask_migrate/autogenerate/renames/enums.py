"""Values of enums that were renamed."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa

from ..request import Request
from .find import Schemas
from .model import Doubt, EnumRename, Place, Renames, halves, word
from .view import inner_type


@dataclasses.dataclass
class ModelEnum:
    """An enum of the models.

    :param labels: its values in the models.
    :param known: its values in the database; ``None`` where the database has none.
    """

    labels: list[str]
    known: list[str] | None
    columns: list[tuple[Place, str]]


def decide(found: Schemas, request: Request, renames: Renames, doubts: list[Doubt]) -> list[EnumRename]:
    """What was renamed; what looks like it and was not said is added to ``doubts``."""
    renamed: list[EnumRename] = []
    default = found.context.dialect.default_schema_name
    for (schema, name), one in _enums(found, renames).items():
        pairs = dict(_answered(request, name, schema or default, one))
        if one.known is not None and not request.answers.no_renames and not request.is_check:
            for old, new in _alike(one):
                if old not in pairs and new not in pairs.values():
                    _ask(request, doubts, name, old, new, pairs)
        renamed += [EnumRename(name, schema, old, new, tuple(one.columns)) for old, new in pairs.items()]
    return renamed


def _enums(found: Schemas, renames: Renames) -> dict[tuple[str | None, str], ModelEnum]:
    enums: dict[tuple[str | None, str], ModelEnum] = {}
    default = found.context.dialect.default_schema_name
    for place, table in found.models.items():
        old_place = renames.old_place(place)
        known = found.columns(old_place) if old_place in found.database else {}
        old_names = {new: old for old, new in renames.columns.get(old_place, {}).items()}
        for column in table.columns:
            type_, name = inner_type(column.type), old_names.get(column.name, column.name)
            if isinstance(type_, sa.Enum) and type_.name and name in known:
                labels = getattr(inner_type(known[name]["type"]), "enums", None)
                new = ModelEnum(list(type_.enums), None if labels is None else list(labels), [])
                schema = None if type_.schema == default else type_.schema
                enums.setdefault((schema, type_.name), new).columns.append((place, column.name))
    return enums


def _answered(request: Request, name: str, schema: str | None, one: ModelEnum) -> t.Iterator[tuple[str, str]]:
    for text in request.answers.rename_enum_values:
        for left, new in halves(text, ":"):
            for prefix in (f"{name}.", f"{schema}.{name}."):
                old = left.removeprefix(prefix)
                is_there = old in one.known if one.known is not None else old not in one.labels
                if old != left and new in one.labels and is_there:
                    request.used.add(text)
                    yield old, new


def _alike(one: ModelEnum) -> list[tuple[str, str]]:
    """Values that stand in the place of others."""
    known = one.known or []
    if len(known) != len(one.labels):
        return []
    pairs = zip(known, one.labels, strict=True)
    return [(old, new) for old, new in pairs if old not in one.labels and new not in known]


def _ask(request: Request, doubts: list[Doubt], name: str, old: str, new: str, pairs: dict[str, str]) -> None:
    if request.questioner is None:
        option = f"--rename-enum-value {word(f'{name}.{old}', new)}"
        doubts.append(Doubt(f"value {old!r} of {name}", f"{new!r}", option))
    elif request.questioner.confirm(f"Was the value {old!r} of {name} renamed to {new!r}?"):
        pairs[old] = new
