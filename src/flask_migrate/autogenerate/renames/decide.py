"""What was renamed: the models may say it, an option may, a person may; else nothing is written."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ...errors import Refused
from ..request import Request
from . import enums
from .find import Schemas
from .model import Doubt, Place, Renames, halves, shown, word

#: The key of ``info`` with which a table or column says what it was called.
INFO = "renamed_from"


def decide(found: Schemas, request: Request) -> Renames:
    """What was renamed.

    :raises Refused: when something looks like it, and nobody said.
    """
    doubts: list[Doubt] = []
    tables = _tables(found, request, doubts)
    names = Renames(tables, {})
    columns: dict[Place, dict[str, str]] = {}
    for old in sorted(found.database, key=str):
        new = names.new_place(old)
        if new in found.models:
            renamed = _columns(found, request, doubts, old, found.models[new])
            if renamed:
                columns[old] = renamed
    renames = Renames(tables, columns)
    values = enums.decide(found, request, renames, doubts)
    if doubts:
        raise _refusal(doubts)
    return Renames(tables, columns, tuple(values))


def _refusal(doubts: list[Doubt]) -> Refused:
    lines = [f"  {doubt.was} would be dropped, {doubt.now} added" for doubt in doubts]
    what = "This change looks like a rename" if len(doubts) == 1 else "These changes look like renames"
    options = " ".join(dict.fromkeys(doubt.option for doubt in doubts))
    return Refused(
        "\n".join([f"{what}, and a drop would lose what is stored. Nothing was written.", *lines]),
        f"If so: flask db migrate {options}\nIf not, to drop and add: flask db migrate --no-renames",
    )


def _tables(found: Schemas, request: Request, doubts: list[Doubt]) -> dict[Place, Place]:
    renamed: dict[Place, Place] = {}
    for place, table in found.models.items():
        for old in _said_places(table.info.get(INFO), place, found):
            if old in found.database and place not in found.database and old not in found.models:
                renamed[old] = place
                break
    for text in request.answers.rename_tables:
        for old, place in _table_answers(text, found):
            renamed[old] = place
            request.used.add(text)
    gone = [place for place in found.gone() if place not in renamed]
    new = [place for place in found.new() if place not in renamed.values()]
    if not gone or not new or request.answers.no_renames:
        return renamed
    pairs = [(found.table_likeness(old, found.models[place]), old, place) for old in gone for place in new]

    def option(old: Place, place: Place) -> Doubt:
        new = place[1] if place[0] == old[0] else shown(place) if place[0] else f"{found.default_schema}.{place[1]}"
        return Doubt(f"table {shown(old)}", f"table {shown(place)}", f"--rename-table {word(shown(old), new)}")

    for old, place in _matched(pairs, request, doubts, shown, shown, option):
        renamed[old] = place
    return renamed


def _columns(found: Schemas, request: Request, doubts: list[Doubt], old: Place, table: sa.Table) -> dict[str, str]:
    known = found.columns(old)
    renamed: dict[str, str] = {}
    for column in table.columns:
        was = column.info.get(INFO)
        if was in known and column.name not in known and was not in table.columns:
            renamed[was] = column.name
    for text in request.answers.rename_columns:
        for was, now in _column_answers(text, found, old, table):
            renamed[was] = now
            request.used.add(text)
    gone = [name for name in found.columns_gone(old, table) if name not in renamed]
    if not gone or request.answers.no_renames:
        return renamed
    new = [column for column in found.columns_new(old, table) if column.name not in renamed.values()]
    place = (found.schema_of(table), table.name)
    pairs = [(found.column_likeness(old, name, column), name, column.name) for name in gone for column in new]

    def label(name: str) -> str:
        return f"{shown(place)}.{name}"

    def option(was: str, now: str) -> Doubt:
        return Doubt(f"column {label(was)}", f"column {label(now)}", f"--rename-column {word(label(was), now)}")

    renamed.update(_matched(pairs, request, doubts, label, label, option))
    return renamed


def _matched(
    pairs: t.Iterable[tuple[float, t.Any, t.Any]],
    request: Request,
    doubts: list[Doubt],
    old_label: t.Callable[[t.Any], str],
    new_label: t.Callable[[t.Any], str],
    doubt: t.Callable[[t.Any, t.Any], Doubt],
) -> t.Iterator[tuple[t.Any, t.Any]]:
    """The pairs that a person calls renames, most likely first; without a person they are doubts."""
    taken: set[t.Any] = set()
    for likeness, old, new in sorted(pairs, key=lambda pair: (-pair[0], str(pair[1:]))):
        if likeness <= 0 or (0, old) in taken or (1, new) in taken or request.is_check:
            continue
        if request.questioner is None:
            doubts.append(doubt(old, new))
        elif request.questioner.confirm(f"Was {old_label(old)} renamed to {new_label(new)}?"):
            yield old, new
        else:
            continue
        taken |= {(0, old), (1, new)}


def _said_places(said: t.Any, place: Place, found: Schemas) -> list[Place]:
    """Where a table may have been whose ``info`` says ``"name"`` or ``"schema.name"``."""
    if not isinstance(said, str):
        return []
    return [(place[0], said), *(_named(found.database, said, found.default_schema) if found.may_move else ())] + (
        [(place[0], said.removeprefix(f"{place[0]}."))] if place[0] is not None else []
    )


def _named(found: t.Iterable[Place], text: str, default: str | None) -> list[Place]:
    """The places that a text may mean."""
    return [place for place in found if text in (shown(place), f"{default}.{place[1]}" if place[0] is None else None)]


def _table_answers(text: str, found: Schemas) -> t.Iterator[tuple[Place, Place]]:
    default = found.default_schema
    for left, right in halves(text, ":"):
        for old in _named(found.database, left, default):
            named = _named(found.models, right, default)
            new = [place for place in named if place[0] == old[0]]
            new = new or [place for place in [(old[0], right)] if place in found.models]
            if not new and found.may_move and old not in found.models:
                new = [place for place in named if place not in found.database]
            if new and new[0] != old:
                yield old, new[0]
                return


def _column_answers(text: str, found: Schemas, old: Place, table: sa.Table) -> t.Iterator[tuple[str, str]]:
    default = found.default_schema
    places = [old, (old[0], table.name), (found.schema_of(table), table.name)]
    for left, right in halves(text, ":"):
        for where, was in halves(left, "."):
            if not _named(places, where, default) or was not in found.columns(old):
                continue
            now = right if right in table.columns else right.removeprefix(f"{where}.")
            if now in table.columns and now != was:
                yield was, now
                return
