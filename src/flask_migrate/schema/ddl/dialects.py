"""What the writers of all engines have in common."""

from __future__ import annotations

import re
import typing as t

from ..model import Index, Schema, Table, Trigger, View
from ..render import name_words
from .steps import Alteration, Step

PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


class Writer:
    """Writes the objects of one engine as statements.

    :param before: what the database holds.
    :param after: what it is to hold.
    """

    #: The kinds of objects that stand in the way of a table whose columns change.
    dependents: t.ClassVar[tuple[str, ...]] = ()
    #: Statements before all others, where functions are made.
    opening: t.ClassVar[tuple[str, ...]] = ()

    def __init__(self, before: Schema, after: Schema) -> None:
        self.before = before
        self.after = after

    def quote(self, name: str) -> str:
        """``name``, quoted where it must be."""
        raise NotImplementedError

    def literal(self, text: str) -> str:
        """``text`` as a literal."""
        return "'" + text.replace("'", "''") + "'"

    def place(self, schema: str | None, name: str) -> str:
        """A name with its schema, which the default one does not need."""
        return self.quote(name) if schema is None else f"{self.quote(schema)}.{self.quote(name)}"

    def names(self, names: t.Iterable[str]) -> str:
        """Several names with commas between them."""
        return ", ".join(self.quote(name) for name in names)

    def make(self, word: str, item: t.Any) -> list[Step]:
        """The statements that make an object."""
        made: list[str] = getattr(self, f"make_{word.replace(' ', '_')}")(item)
        return [Step(sql, f"make {word} {shown(item)}") for sql in made]

    def make_late(self, word: str, item: t.Any) -> list[Step]:
        """What a new object gets when all others are there."""
        return []

    def unlink(self, table: Table) -> list[Step]:
        """What a table that goes loses before all others, so that tables can go in any order."""
        return []

    def drop(self, word: str, item: t.Any) -> list[Step]:
        """The statements that drop an object."""
        if word == "table":
            words = f"drop table {shown(item)}"
            sql = f"DROP TABLE {self.place(item.schema, item.name)}"
            return [Step(sql, words, f"table {shown(item)} with its rows", (item.schema, item.name))]
        return [Step(f"DROP {word.upper()} {self.place(item.schema, item.name)}", f"drop {word} {shown(item)}")]

    def can_replace(self, word: str, old: t.Any, new: t.Any) -> bool:
        """Whether making ``new`` takes the place of ``old``, which need not be dropped then."""
        return False

    def bound_text(self, function: t.Any) -> str:
        """The part of a function that keeps what it names from going; the rest is read when it runs."""
        return ""

    def alter_table(self, old: Table, new: Table) -> Alteration:
        """What leads from one table to the other."""
        raise NotImplementedError

    def alter(self, word: str, old: t.Any, new: t.Any) -> Alteration:
        """What leads from one object (not a table) to the other, where it is not dropped and made anew."""
        raise NotImplementedError

    def make_indexes(self, owner: Table | View, indexes: t.Iterable[Index]) -> list[str]:
        """The statements that make indexes."""
        raise NotImplementedError


def shown(item: t.Any) -> str:
    """An object in words."""
    if isinstance(item, Trigger):
        return f"{name_words(item.name)} on {name_words(item.schema, item.table)}"
    return name_words(item.schema, item.name)


def option(item: t.Any, word: str) -> str:
    """One of the options of a value; empty when it has not got it."""
    options: dict[str, str] = dict(item.options)
    return options.get(word, "")


def bare_or_quoted(name: str, reserved: t.Container[str]) -> str:
    """``name`` in double quotes, where it is no plain word in small letters."""
    if PLAIN.fullmatch(name) and name not in reserved:
        return name
    return '"' + name.replace('"', '""') + '"'


def body(lines: t.Iterable[str]) -> str:
    """The lines of a declaration between parentheses."""
    return "(\n    " + ",\n    ".join(lines) + "\n)"
