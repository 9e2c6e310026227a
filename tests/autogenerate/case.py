"""One case of the battery, as a value."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

ENGINES = ("sqlite", "postgresql", "mariadb")

Models = Callable[[sa.MetaData], object]
Rows = Mapping[str, Sequence[Mapping[str, t.Any]]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A change of models.

    :param name: what it is about, in words joined by hyphens.
    :param before: puts the old tables into a MetaData.
    :param after: puts the new ones; without it nothing changes.
    :param rows: what is in the database before, by table, in the order of insertion.
    :param same: old places and where they are now, for what has another name: ``{"user.name": "user.full_name",
        "user": "account"}``.
    :param filled: rows that are there after the upgrade, by table; columns that are not named don't matter.
        Tables that are not named keep their rows, in all columns that are in both schemas.
    :param reverted: the same for the downgrade.
    :param options: arguments of ``flask_migrate.migrate()``.
    :param settings: arguments of ``Migrate()``.
    :param setup: SQL that is run before the rows are inserted, by engine: views, triggers, foreign tables.
    :param start: SQL that is run in both databases before anything else, by engine: extensions, schemas.
    :param refused: texts in the error with which ``migrate`` refuses; then nothing was written and the case ends.
    :param script: texts that the new script contains.
    :param absent: texts that it does not contain.
    :param engines: where it is run.
    :param broken: engines on which it is known to fail, with the reason.
    :param order: whether the order of columns is compared as well.
    :param foreign: beginnings of the catalog entries that no model describes (``"table legacy"``), which stay.
    """

    name: str
    before: Models
    after: Models | None = None
    rows: Rows = dataclasses.field(default_factory=dict)
    same: Mapping[str, str] = dataclasses.field(default_factory=dict)
    filled: Rows = dataclasses.field(default_factory=dict)
    reverted: Rows = dataclasses.field(default_factory=dict)
    options: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    setup: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    start: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    refused: Sequence[str] = ()
    script: Sequence[str] = ()
    absent: Sequence[str] = ()
    engines: Sequence[str] = ENGINES
    broken: Mapping[str, str] = dataclasses.field(default_factory=dict)
    order: bool = False
    foreign: Sequence[str] = ()


def identity(**options: t.Any) -> sa.Column[t.Any]:
    """The column ``id`` of most tables."""
    return sa.Column("id", sa.Integer, primary_key=True, **options)


def engine_of(metadata: sa.MetaData) -> str:
    """The name of the engine that the models are made for."""
    return str(metadata.info["engine"])
