"""What one run of ``migrate`` or ``check`` is to do, and what came of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import USAGE, MigrateError
from .switches import NAMES

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

#: The option of ``context.configure()`` that carries the request.
OPTION = "flask_migrate_request"


class Questioner(t.Protocol):
    """A person who can be asked."""

    def confirm(self, question: str) -> bool:
        """Yes or no."""

    def ask(self, question: str) -> str:
        """A text; empty for no answer."""


@dataclasses.dataclass(frozen=True)
class Answers:
    """What was answered before anybody asked.

    :param rename_tables: ``old:new``.
    :param rename_columns: ``table.old:new``.
    :param rename_enum_values: ``type.old:new``.
    :param fills: ``table.column=expression``.
    :param copied: tables whose rows go along to another bind.
    :param no_renames: whether what looks like a rename is a drop and an add.
    """

    rename_tables: tuple[str, ...] = ()
    rename_columns: tuple[str, ...] = ()
    rename_enum_values: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    no_renames: bool = False


@dataclasses.dataclass
class Request:
    """One run; the parts read it, and leave in it what the commands should know.

    :param parts: the names of the active parts.
    :param answers: what was said on the command line.
    :param questioner: whom to ask; ``None`` without a terminal.
    :param is_check: whether nothing will be written: then nobody is asked, and nothing is refused.
    :param scripts: gives the texts of the history's scripts.
    :param own_all_tables: whether a table without a model is dropped though no script has made it; ``None``: only
        while there is no script.
    :param tables: by the description of a database, the tables that the models of all its binds name.
    :param exclude_tables: patterns of tables that are not compared, ``"legacy_*"`` or ``"tiger.*"``.
    :param schemas: the schemas that are compared; ``None`` for those of the models and of the history.
    :param used: the answers that were of use.
    :param notes: sentences for whoever runs the command.
    :param planned: a sentence for each operation of the upgrade, before a hook of the project has seen it.
    :param planned_back: the same of the downgrade.
    :param context: what Alembic compares with, once it does.
    :param is_equal: whether the last comparison found nothing, before a hook of the app could edit what it found.
    :param may_remember: whether a comparison may be left out that found nothing before, and would find nothing again.
    """

    parts: tuple[str, ...] = NAMES
    answers: Answers = dataclasses.field(default_factory=Answers)
    questioner: Questioner | None = None
    is_check: bool = False
    scripts: t.Callable[[], t.Iterable[str]] = tuple
    own_all_tables: bool | None = None
    tables: t.Mapping[str, t.Container[tuple[str | None, str]]] = dataclasses.field(default_factory=dict)
    exclude_tables: t.Sequence[str] = ()
    schemas: t.Sequence[str] | None = None
    used: set[str] = dataclasses.field(default_factory=set)
    notes: list[str] = dataclasses.field(default_factory=list)
    planned: list[str] = dataclasses.field(default_factory=list)
    planned_back: list[str] = dataclasses.field(default_factory=list)
    context: AutogenContext | None = None
    is_equal: bool = False
    may_remember: bool = False

    def note(self, text: str) -> None:
        """Say something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def require_used(self) -> None:
        """Raise :class:`MigrateError` for an answer to a question that nobody had."""
        given = {
            "--rename-table": self.answers.rename_tables,
            "--rename-column": self.answers.rename_columns,
            "--rename-enum-value": self.answers.rename_enum_values,
            "--fill": self.answers.fills,
            "--copy-rows": self.answers.copied,
        }
        for option, values in given.items():
            for value in values:
                if value not in self.used:
                    raise MigrateError(
                        f"{option} {value} fits nothing that has changed. Nothing was written.",
                        "Compare the names with those of the models and of the database: flask db check",
                        exit_code=USAGE,
                    )


def request_of(context: AutogenContext) -> Request:
    """The request of a comparison; Alembic's own commands have none."""
    found = context.opts.get(OPTION)
    return found if isinstance(found, Request) else Request(is_check=True)
