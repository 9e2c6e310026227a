"""What a caller wants to have read, and the notes about what was left out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..model import Note

#: Says of a kind ("table", "view", …), a schema and a name whether to leave the object out.
Exclude = t.Callable[[str, str | None, str], bool]


@dataclass
class Scope:
    """The named schemas (None: the default one only), the caller's ``exclude``, the notes so far, and what is read.

    ``also`` are schemas that texts need not name.
    """

    schemas: tuple[str, ...] | None = None
    exclude: Exclude | None = None
    notes: list[Note] = field(default_factory=list)
    parts: t.Collection[str] | None = None
    also: tuple[str, ...] = ()

    def has(self, part: str) -> bool:
        """Whether a field of the schema is to be filled."""
        return self.parts is None or part in self.parts

    def named(self, default: str) -> tuple[str, ...]:
        """The names of the schemas to read, each once, in the caller's order."""
        return (default,) if self.schemas is None else tuple(dict.fromkeys(self.schemas))

    @staticmethod
    def label(schema: str, default: str) -> str | None:
        """How ``schema`` is called in the result: None when it is the default one."""
        return None if schema == default else schema

    def labels(self, schemas: t.Iterable[str], default: str) -> tuple[str | None, ...]:
        """How several schemas are called in the result, sorted; the default one comes first."""
        return tuple(sorted((self.label(schema, default) for schema in schemas), key=lambda name: name or ""))

    def wants(self, kind: str, schema: str | None, name: str) -> bool:
        """Whether an object is to be read."""
        return self.exclude is None or not self.exclude(kind, schema, name)

    def note(self, kind: str, schema: str | None, name: str, reason: str) -> None:
        """Keep in mind that something was left out."""
        self.notes.append(Note(kind=kind, schema=schema, name=name, reason=reason))
