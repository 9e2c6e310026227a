"""Parts of a schema in words: names, values, and what differs between two of them."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from sqlalchemy.dialects import mysql, postgresql, sqlite

from .model import Check, Computed, Identity, IndexPart
from .values import Value

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
#: A text that is longer, or has several lines, is not quoted in a sentence.
LONGEST = 80
#: Fields whose values say by themselves what they are.
UNLABELLED = frozenset(("type", "columns", "values", "parts", "text", "nullable", "bound"))
#: Fields that place a value instead of describing it.
PLACES = frozenset(("schema", "name", "table"))


def name_words(*names: str | None) -> str:
    """A dotted name, quoted as SQL does it where a part is no plain word."""
    return ".".join(_quoted(name) for name in names if name is not None)


def _quoted(name: str) -> str:
    if PLAIN.fullmatch(name) and name.lower() not in _reserved():
        return name
    return '"' + name.replace('"', '""') + '"'


@functools.cache
def _reserved() -> frozenset[str]:
    """The words that are reserved on all engines; a word like "user" reads better bare."""
    words = (module.dialect().identifier_preparer.reserved_words for module in (sqlite, mysql, postgresql))
    return frozenset.intersection(*(frozenset(word.lower() for word in group) for group in words))


def names_words(names: t.Iterable[str]) -> str:
    """Several names with commas between them."""
    return ", ".join(map(name_words, names))


def facets(before: Value, after: Value) -> tuple[str, ...]:
    """What differs between two values of one class, field by field: ``VARCHAR(50) → VARCHAR(80)``."""
    found: list[str] = []
    for field in dataclasses.fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new or field.name in PLACES:
            continue
        if field.name == "options":
            found += _option_facets(dict(old), dict(new))
        else:
            found.append(_facet(field.name, old, new))
    return tuple(found)


def _option_facets(old: dict[str, str], new: dict[str, str]) -> list[str]:
    words = sorted(word for word in old.keys() | new.keys() if old.get(word) != new.get(word))
    return [_facet(word, old.get(word), new.get(word)) for word in words]


def _facet(field: str, old: t.Any, new: t.Any) -> str:
    label = "" if field in UNLABELLED else field.replace("_", " ") + " "
    before, after = value_words(old, field), value_words(new, field)
    if any(len(text) > LONGEST or "\n" in text for text in (before, after)):
        return f"{field.replace('_', ' ')} changed"
    return f"{label}{before} → {after}"


def value_words(value: t.Any, field: str = "") -> str:
    """One value of a field in words."""
    if value is None or value == ():
        return "none"
    if field == "nullable":
        return "NULL" if value else "NOT NULL"
    if field == "comment":
        return f'"{value}"'
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_item_words(item, field) for item in value)
    return _structure_words(value) if isinstance(value, Value) else str(value)


def _item_words(item: t.Any, field: str) -> str:
    """One of several: names are quoted where they must be, values of an enum are as they are."""
    return name_words(item) if isinstance(item, str) and field != "values" else value_words(item)


def _structure_words(value: Value) -> str:
    if isinstance(value, Computed):
        return f"{value.expression} {'stored' if value.stored else 'virtual'}"
    if isinstance(value, Identity):
        kind = "always" if value.always else "by default"
        cycle = " cycle" if value.cycle else ""
        return (
            f"{kind} from {value.start} by {value.increment} "
            f"({value.minimum} to {value.maximum}, cache {value.cache}{cycle})"
        )
    if isinstance(value, Check):
        return f"{name_words(value.name)} ({value.text})" if value.name else f"({value.text})"
    if isinstance(value, IndexPart):
        return index_part_words(value)
    return repr(value)


def index_part_words(part: IndexPart) -> str:
    """One part of an index, as it stands in its declaration."""
    subject = name_words(part.column) if part.column is not None else f"({part.expression})"
    nulls = {None: "", True: "NULLS FIRST", False: "NULLS LAST"}[part.nulls_first]
    words = (
        subject + (f"({part.length})" if part.length else ""),
        f"COLLATE {part.collation}" if part.collation else "",
        part.opclass or "",
        "DESC" if part.descending else "",
        nulls,
    )
    return " ".join(word for word in words if word)
