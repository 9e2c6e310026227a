"""How a migration is to be run, as one frozen value."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .interruption import Interruption
    from .progress import Progress


@dataclasses.dataclass(frozen=True)
class ExecutionOptions:
    """What the caller and the settings say about running revisions.

    :param lock: keep other migrations of the same target out.
    :param wait: how many seconds to wait for another migration to end; 0 fails at once.
    :param lock_timeout: how many seconds a statement may wait for a busy table before it makes way and is tried
        again; ``None`` waits as long as the engine does.
    :param statement_timeout: how many seconds a statement may take; ``None`` for any time.
    :param retry_for: for how many seconds a busy table is tried again.
    :param log_table: the name of the log table; ``None`` turns the log off.
    :param store_schema: keep the schema that a run leaves in the log; what `drift` is measured against.
    :param progress: told which revision and which statement runs.
    :param interruption: what ends the run from outside.
    :param is_baseline: take the schema that is there at the end for what the history makes.
    :param foreign: with ``is_baseline``, the objects that no revision makes.
    :param schemas: with ``is_baseline``, the schemas to keep beside the default one and those of the models.
    :param notify: told what is worth telling while it runs, a sentence at a time.

    .. versionadded:: 5.0
    """

    lock: bool = True
    wait: float = 600.0
    lock_timeout: float | None = 1.0
    statement_timeout: float | None = None
    retry_for: float = 600.0
    log_table: str | None = "flask_migrate_log"
    store_schema: bool = True
    is_baseline: bool = False
    foreign: tuple[tuple[str, str | None, str], ...] = ()
    schemas: tuple[str, ...] = ()
    notify: t.Callable[[str], None] | None = None
    progress: Progress | None = None
    interruption: Interruption | None = None

    @property
    def is_interrupted(self) -> bool:
        """Whether the run is to end."""
        return self.interruption is not None and self.interruption.signal is not None

    def tell(self, text: str) -> None:
        """Pass ``text`` to :attr:`notify`, if there is one."""
        if self.notify is not None:
            self.notify(text)
