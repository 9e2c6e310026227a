"""What a journal consists of, and how its row holds it."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .made import Made

#: The digest of an entry that a person has said to be done, whatever the script says there.
ANY = "*"
#: How much of a statement the journal keeps for people.
TEXT_LENGTH = 160


@dataclasses.dataclass
class Read:
    """What a script read before a statement: the digest of what it asked, and the answer, if that was kept."""

    digest: str
    result: list[t.Any] | None = None
    variables: dict[str, t.Any] | None = None


@dataclasses.dataclass
class Entry:
    """One statement of a revision, or the same one several times in a row.

    :param digest: of its text.
    :param text: the beginning of its text.
    :param state: ``"done"``; ``"sent"`` for DDL whose end is not known; ``"failed"`` when the script went on anyway.
    :param table: the table that DDL changes, if that is known; ``schema`` is where it is.
    :param makes: the table that DDL makes, if that is enough to tell later whether it took effect; see `made.Made`.
    :param probe: otherwise what the engine said of the table before the statement was sent.
    :param sql: the whole text, as long as the end is not known.
    :param session: who sent it, in the words of the engine.
    :param count: how often it was sent.
    :param results: what came back, one for each time; one for all when they are equal.
    :param reads: what the script read before.
    """

    digest: str
    text: str
    state: str
    table: str | None = None
    schema: str | None = None
    makes: list[t.Any] | None = None
    probe: str | None = None
    sql: str | None = None
    session: str | None = None
    count: int = 1
    results: list[t.Any] = dataclasses.field(default_factory=list)
    reads: list[Read] = dataclasses.field(default_factory=list)

    def settle(self) -> None:
        """Forget what only tells whether it took effect."""
        self.makes = self.probe = self.sql = self.session = None

    def result(self, place: int) -> list[t.Any] | None:
        """What came back the given time, from 0."""
        kept = self.results if len(self.results) != 1 else self.results * self.count
        return kept[place] if place < len(kept) else None

    def add_result(self, result: list[t.Any] | None) -> None:
        """Keep what came back this time."""
        if self.count > 1 and self.results == [result]:
            return
        if len(self.results) == 1:
            self.results *= self.count - 1
        self.results.append(result)


@dataclasses.dataclass(frozen=True)
class Done:
    """What an earlier run has done of a revision.

    :param entries: its journal.
    :param indexes: by name, those that it has made on its last table, of which the journal does not speak.
    """

    entries: list[Entry] = dataclasses.field(default_factory=list)
    indexes: t.Mapping[str, Made] = dataclasses.field(default_factory=dict)

    @property
    def number(self) -> int:
        """How many statements that is."""
        return sum(entry.count for entry in self.entries) + len(self.indexes)


def to_json(entries: list[Entry]) -> str:
    """The journal as its row holds it; what is empty is left out."""
    return json.dumps([_without_empty(vars(entry)) for entry in entries], separators=(",", ":"))


def from_json(text: str | None) -> list[Entry]:
    """The opposite of :func:`to_json`."""
    entries = [Entry(**data) for data in json.loads(text or "[]")]
    for entry in entries:
        entry.reads = [Read(**data) for data in t.cast("list[dict[str, t.Any]]", entry.reads)]
    return entries


def shortened(text: str) -> str:
    """The beginning of ``text``, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= TEXT_LENGTH else f"{line[:TEXT_LENGTH]}…"


def described(entry: Entry) -> str:
    """``entry`` for people."""
    return entry.text if entry.count == 1 else f"{entry.text} ({entry.count} times)"


def _without_empty(data: dict[str, t.Any]) -> dict[str, t.Any]:
    kept = {name: value for name, value in data.items() if value not in (None, [])}
    if kept.get("count") == 1:
        del kept["count"]
    if "reads" in kept:
        kept["reads"] = [_without_empty(vars(read)) for read in kept["reads"]]
    return kept
