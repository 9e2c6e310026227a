"""One revision to be run."""

from __future__ import annotations

import functools
import typing as t

from ..alembic_compat import LinkedStep
from .graph import HistoryMap
from .scripts import find_function


class LazyStep(LinkedStep):
    """A step whose file runs when the step does."""

    @functools.cached_property
    def migration_fn(self) -> t.Callable[..., t.Any]:
        """The function ``upgrade`` or ``downgrade`` of the file."""
        return find_function(self.revision, self.name)

    def is_needed(self, revision: str, heads: t.Collection[str]) -> bool:
        """Whether a revision is one of some heads, or below one of them."""
        return t.cast("HistoryMap", self.revision_map).is_needed(revision, heads)
