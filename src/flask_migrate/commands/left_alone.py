"""What a database holds beside what the models and the history are about."""

from __future__ import annotations

import typing as t

from ..schema import Change
from .project import Project

#: Objects that stand by themselves: those that no model describes are left alone.
STANDALONE = ("table", "view", "function", "trigger", "sequence", "enum", "domain", "type")
#: A table of the models, by its schema and its name.
Described = tuple[str | None, str]


def described_tables(project: Project) -> dict[str, set[Described]]:
    """The tables that the models of each target describe."""
    return {
        target.name: {
            (None if table.schema == target.engine.dialect.default_schema_name else table.schema, table.name)
            for table in target.metadata.tables.values()
        }
        for target in project.state.databases.targets()
    }


def stands_alone(change: Change, models: t.Collection[Described] = ()) -> bool:
    """Whether ``change`` is an object that only the database has, and that none of ``models`` describes."""
    has_model = change.object == "table" and (change.schema, str(change.name)) in models
    return change.kind == "added" and change.object in STANDALONE and not has_model
