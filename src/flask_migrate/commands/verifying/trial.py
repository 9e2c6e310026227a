"""The five questions to a new script: does it load, run, lead to the models, go back, and restore what was there?"""

from __future__ import annotations

import dataclasses
import os
import typing as t
from collections import Counter

from alembic import util
from alembic.autogenerate import RevisionContext
from alembic.runtime.migration import MigrationStep

from ... import alembic_compat
from ...autogenerate.parts import finish
from ...errors import MigrateError
from ...shadow import OutOfReach
from ..comparing import compare, make_request
from ..project import Project
from .bench import Bench, Impossible
from .weakness import is_weakness

if t.TYPE_CHECKING:
    from alembic.script import Script


#: How many differences are told.
SHOWN = 5


class Failed(Exception):
    """The script does not do what it should: a sentence, and what belongs to it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclasses.dataclass
class Trial:
    """One script, or those that belong together, while they are tried.

    :param project: whose.
    :param scripts: what was written, in the order in which they run.
    :param dropped: sentences of the upgrade that a hook of the project has taken out.
    :param is_hooked: whether a hook has changed anything.
    :param steps: what was found right.
    """

    project: Project
    scripts: tuple[Script, ...]
    dropped: Counter[str]
    is_hooked: bool
    steps: list[str] = dataclasses.field(default_factory=list)

    def load(self) -> None:
        """Import the files."""
        for script in self.scripts:
            try:
                script.module  # noqa: B018  # a module is imported when it is asked for
            except Exception as error:
                raise Failed(f"{os.path.relpath(script.path)} can't be imported: {text_of(error)}") from error
        self.steps.append("imported")

    def upgrade(self, found: Bench) -> None:
        """Run them on the scratch databases."""
        self._run(found, self._upgrade_steps)
        what = "a copy of the schema" if found.is_copy else "the replayed history"
        self.steps.append(f"applied to {what} ({found.place})")

    def compare(self, found: Bench) -> None:
        """Compare the models with what is there now."""
        request = make_request(self.project, found.databases, is_check=True)
        arguments: dict[str, t.Any] = dict.fromkeys(
            ("message", "branch_label", "version_path", "rev_id", "depends_on"), None
        )
        arguments |= {"autogenerate": True, "sql": False, "head": "heads", "splice": True}
        context = RevisionContext(self.project.config, self.project.script, arguments, finish)
        databases = found.databases
        compare(
            self.project,
            context,
            splice=True,
            request=request,
            databases=databases,
            substitute=databases.instead_of,
        )
        left = Counter(request.planned) - self.dropped
        if left and not self.dropped:
            raise Failed("After its upgrade the schema differs from the models:", _told(left))
        self.steps.append(
            "equal to the models, but for what a hook left out" if self.dropped else "equal to the models"
        )

    def downgrade(self, found: Bench) -> None:
        """Run them backwards."""
        revisions = self.project.script.revision_map
        steps = [MigrationStep.downgrade_from_script(revisions, script) for script in reversed(self.scripts)]
        self._run(found, lambda rev: t.cast("list[t.Any]", steps))
        self.steps.append("reversed")

    def compare_old(self, found: Bench) -> None:
        """Compare with what was there at first."""
        changes = found.changes()
        if changes and not self.is_hooked:
            raise Failed(
                "After its downgrade the schema differs from the one before:",
                _told(change.describe() for change in changes),
            )
        self.steps.append(
            "equal to the old schema, but for what a hook changed" if changes else "equal to the old schema"
        )

    def _upgrade_steps(self, rev: t.Any) -> list[t.Any]:
        """The steps that lead to the scripts on which no other of them depends: they bring the others along."""
        needed = {
            str(name)
            for script in self.scripts
            for name in (*util.to_tuple(script.down_revision, ()), *util.to_tuple(script.dependencies, ()))
        }
        ends = tuple(str(script.revision) for script in self.scripts if script.revision not in needed)
        try:
            return alembic_compat.upgrade_steps(self.project.script, ends, rev)
        except MigrateError as error:  # of the history, and not of the scripts
            raise OutOfReach(error.message, error.hint) from error

    def _run(self, found: Bench, find: t.Callable[[t.Any], list[t.Any]]) -> None:
        try:
            found.run(find)
        except Exception as error:
            if is_weakness(error):
                raise Impossible(found.without_place(text_of(error))) from error
            if found.lacks:
                raise Impossible("the database holds what no revision makes") from error
            raise Failed(found.without_place(text_of(error)), getattr(error, "hint", None)) from error


def _told(lines: t.Iterable[str]) -> str:
    found = list(lines)
    more = [f"  and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([*(f"  {line}" for line in found[:SHOWN]), *more])


def text_of(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, MigrateError):
        return error.message
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
