"""Every private name of Alembic and SQLAlchemy that this package touches.

Each is checked where it is used; when it is gone, the stock behaviour remains. Nothing private is named in any
other module, so that a new release of Alembic is judged here and nowhere else.
"""

from __future__ import annotations

import functools
import operator
import os
import typing as t

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import Revision, RevisionMap
from alembic.util import CommandError

from .comparing import foreign_comparators as foreign_comparators
from .drawing import column_names as column_names
from .drawing import copied as copied
from .drawing import copy_prefixes as copy_prefixes
from .drawing import is_created as is_created
from .drawing import is_in_batch as is_in_batch
from .drawing import operations_of as operations_of
from .drawing import render_type as render_type
from .drawing import rendered_column as rendered_column
from .drawing import rendered_default as rendered_default
from .drawing import sequences_of as sequences_of
from .drawing import types_of as types_of
from .drawing import variants_of as variants_of
from .drawing import want_rendered as want_rendered
from .late import LateCommit as LateCommit
from .versions import Companion as Companion
from .versions import Prepared as Prepared
from .versions import VersionWriter as VersionWriter
from .versions import write_versions_fast as write_versions_fast

if t.TYPE_CHECKING:
    from alembic.config import Config


def publish_environment(cls: type[EnvironmentContext]) -> None:
    """Let ``alembic.context`` stand for instances of ``cls``, a subclass of ``EnvironmentContext``.

    Alembic keys the modules that it fills by the exact class (``ModuleClsProxy._setups``), so a plain subclass
    would leave ``alembic.context`` unbound while env.py runs.
    """
    setups = getattr(EnvironmentContext, "_setups", None)
    if setups is None:  # pragma: no cover - no Alembic release is known to lack it
        raise CommandError("This release of Alembic is not supported: EnvironmentContext has no _setups.")
    setups[cls] = setups[EnvironmentContext]


def ensure_version_table(context: MigrationContext) -> None:
    """Create the version table of ``context`` when it is missing, online or as SQL.

    It is committed as a revision would be, which Alembic leaves to the revisions that follow.
    """
    ensure = getattr(context, "_ensure_version_table", None)
    if ensure is None:  # pragma: no cover - no Alembic release is known to lack it
        raise CommandError("This release of Alembic can't create the version table on its own.")
    with context.begin_transaction(_per_migration=True):
        ensure()


def mark_current(script: Script, is_current: bool) -> None:
    """Let the texts of ``script`` say ``(current)``, or no longer."""
    script._db_current_indicator = is_current


def upgrade_steps(script: ScriptDirectory, destination: t.Any, current: t.Any) -> list[t.Any]:
    """The steps that lead up from ``current`` to ``destination``, in order."""
    return list(script._upgrade_revs(destination, current))


def downgrade_steps(script: ScriptDirectory, destination: t.Any, current: t.Any) -> list[t.Any]:
    """The steps that lead down from ``current`` to ``destination``, in order."""
    return list(script._downgrade_revs(destination, current))


def stamp_steps(script: ScriptDirectory, destinations: t.Any, current: t.Any) -> list[t.Any]:
    """The steps that make the version table say ``destinations``."""
    return list(script._stamp_revs(destinations, current))


#: The private names that revisions/ replaces or calls, by the class that must have them.
_HISTORY_NAMES: tuple[tuple[type, str], ...] = (
    (Revision, "_orig_branch_labels _resolved_dependencies _normalized_resolved_dependencies _all_nextrev"),
    (Revision, "_all_down_revisions _normalized_down_revisions _versioned_down_revisions"),
    (Revision, "_is_real_head _is_real_branch_point"),
    (RevisionMap, "_revision_map _real_heads _real_bases _topological_sort _filter_into_branch_heads"),
    (RevisionMap, "_shares_lineage _revision_for_ident"),
    (ScriptDirectory, "_load_revisions _version_locations _catch_revision_errors _upgrade_revs _downgrade_revs"),
    (RevisionStep, "_unmerge_to_revisions"),
)


def supports_history() -> bool:
    """Whether this release of Alembic has every private name that revisions/ builds on."""
    # _orig_branch_labels is set by Revision.__init__ and the two lists of dependencies are only declared
    known = {"_orig_branch_labels"} & set(Revision.__init__.__code__.co_names)
    return all(
        hasattr(cls, name) or name in cls.__annotations__ or name in known
        for cls, names in _HISTORY_NAMES
        for name in names.split()
    )


#: What has to be applied before a revision: its parents, and of the revisions that it depends on those that no
#: revision below it depends on already.
required_revisions: t.Callable[[Revision], tuple[str, ...]] = operator.attrgetter("_normalized_down_revisions")
#: The revisions that have this one as a parent or depend on it.
following_revisions: t.Callable[[Revision], frozenset[str]] = operator.attrgetter("_all_nextrev")
#: The parents of a revision.
parent_revisions: t.Callable[[Revision], tuple[str, ...]] = operator.attrgetter("_versioned_down_revisions")


class LinkedScript(Script):
    """A ``Script`` made from values; a subclass has its module, and the revision map sets its links.

    :param path: the file.
    :param parents: the values of ``down_revision``.
    :param labels: the values of ``branch_labels``.
    :param dependencies: the values of ``depends_on``.
    """

    #: Whether a revision that nothing follows is known to be a head. It is not while some file has no known place.
    is_end_known = True

    _resolved_dependencies: tuple[str, ...] = ()
    _normalized_resolved_dependencies: tuple[str, ...] = ()
    _versioned_down_revisions: tuple[str, ...] = ()
    _all_down_revisions: tuple[str, ...] = ()
    _normalized_down_revisions: tuple[str, ...] = ()

    def __init__(
        self,
        path: str,
        revision: str,
        parents: tuple[str, ...],
        labels: tuple[str, ...],
        dependencies: tuple[str, ...],
    ) -> None:
        self.path = path
        self.revision = revision
        self.parents = parents
        self.down_revision = None if not parents else parents[0] if len(parents) == 1 else parents
        if dependencies:
            self.dependencies = dependencies[0] if len(dependencies) == 1 else dependencies
        self._orig_branch_labels = labels
        self.branch_labels = set(labels)
        self._versioned_down_revisions = parents
        unique = tuple(dict.fromkeys(parents)) if len(parents) > 1 else parents
        self._all_down_revisions = self._normalized_down_revisions = unique

    def link_up(self, children: frozenset[str], followers: frozenset[str]) -> None:
        """Say which revisions have this one as a parent, and which have it as a parent or depend on it."""
        self.nextrev = children
        self._all_nextrev = followers

    def link_down(self, dependencies: tuple[str, ...], needed: tuple[str, ...]) -> None:
        """Say on which revisions this one depends, and which of these nothing below it depends on already."""
        self._resolved_dependencies = dependencies
        self._normalized_resolved_dependencies = needed
        self._all_down_revisions = tuple(dict.fromkeys(self.parents + dependencies))
        self._normalized_down_revisions = tuple(dict.fromkeys(self.parents + needed))

    @property
    def is_followed_by_several(self) -> bool:
        """Whether more than one revision has this one as a parent or depends on it."""
        return self._is_real_branch_point

    @property
    def is_head(self) -> bool:
        """Whether no other revision has this one as a parent, as far as that is known."""
        return self.is_end_known and not self.nextrev

    @property
    def _is_real_head(self) -> bool:
        return self.is_end_known and not self._all_nextrev


class LinkedMap(RevisionMap):
    """A ``RevisionMap`` of linked scripts, with the costly parts as methods for a subclass to give.

    ``RevisionMap.heads`` and the like are filled by :meth:`build`, once, when the map is first looked at.
    """

    def __init__(self) -> None:
        super().__init__(tuple)  # an empty generator: build() is what gives the scripts

    def build(self) -> t.Mapping[str, LinkedScript]:
        """Return the scripts by id and by label, and call :meth:`set_ends`."""
        raise NotImplementedError

    def set_ends(self, heads: t.Iterable[str], real_heads: t.Iterable[str], scripts: t.Iterable[LinkedScript]) -> None:
        """Keep the ids of the heads, without and with dependencies counted, and find the bases among all scripts."""
        self.heads, self._real_heads = tuple(heads), tuple(real_heads)
        bases = [script for script in scripts if script.down_revision is None]
        self.bases = tuple(script.revision for script in bases)
        self._real_bases = tuple(script.revision for script in bases if script.dependencies is None)

    def scripts(self) -> dict[str, Revision]:
        """The scripts by id, without the labels."""
        return {key: script for key, script in self._revision_map.items() if script and script.revision == key}

    def require_ends(self) -> None:
        """Raise an error while some file has no known place, so that nobody knows where the history ends."""

    def in_order(self, revisions: t.Collection[Revision], heads: t.Iterable[Revision]) -> list[str]:
        """The ids of some revisions, each before all that it needs."""
        raise NotImplementedError

    def lineage(self, revisions: tuple[str, ...], *, with_dependencies: bool) -> t.Container[str]:
        """The ids of some revisions, of all above and of all below them."""
        raise NotImplementedError

    def tips(self, revisions: set[Revision]) -> set[Revision]:
        """The revisions that are no ancestors of another one of them, dependencies aside."""
        raise NotImplementedError

    @functools.cached_property
    def _revision_map(self) -> dict[t.Any, t.Any]:
        return {**self.build(), None: None, (): None}

    @functools.cached_property
    def heads(self) -> tuple[str, ...]:
        return self._ends("heads")

    @functools.cached_property
    def bases(self) -> tuple[str, ...]:
        return self._ends("bases")

    @functools.cached_property
    def _real_heads(self) -> tuple[str, ...]:
        return self._ends("_real_heads")

    @functools.cached_property
    def _real_bases(self) -> tuple[str, ...]:
        return self._ends("_real_bases")

    def _ends(self, name: str) -> tuple[str, ...]:
        self._revision_map  # noqa: B018  # building the map calls set_ends(), which puts the value in place
        self.require_ends()
        return t.cast("tuple[str, ...]", vars(self)[name])

    def _topological_sort(self, revisions: t.Collection[Revision], heads: t.Any) -> list[str]:
        return self.in_order(revisions, heads)

    def _filter_into_branch_heads(self, targets: t.Iterable[t.Any]) -> set[t.Any]:
        return self.tips(set(targets))

    def _shares_lineage(self, target: t.Any, test_against_revs: t.Any, include_dependencies: bool = False) -> bool:
        if not test_against_revs:
            return True
        script = target if isinstance(target, Revision) else self._revision_for_ident(target)
        tests = (test_against_revs,) if isinstance(test_against_revs, (str, Revision)) else test_against_revs
        found = (rev if isinstance(rev, Revision) else self._revision_for_ident(rev) for rev in tests)
        ids = tuple(rev.revision for rev in found if rev is not None)
        assert script is not None
        return script.revision in self.lineage(ids, with_dependencies=include_dependencies)


_Directory = t.TypeVar("_Directory", bound="LinkedDirectory")


class LinkedDirectory(ScriptDirectory):
    """A ``ScriptDirectory`` whose scripts, map and steps are given by a subclass."""

    @classmethod
    def from_config(cls: type[_Directory], config: Config) -> _Directory:
        """The directory of a config. Alembic's own method returns a plain ``ScriptDirectory`` from any class."""
        self = cls.__new__(cls)
        vars(self).update(vars(ScriptDirectory.from_config(config)))
        self.revision_map = self.make_map()
        return self

    def make_map(self) -> LinkedMap:
        """The revision map, not built yet."""
        raise NotImplementedError

    def read_scripts(self) -> t.Iterator[LinkedScript]:
        """All scripts."""
        raise NotImplementedError

    def make_steps(self, scripts: t.Iterable[Script], *, is_upgrade: bool) -> list[RevisionStep]:
        """One step for each of some scripts."""
        raise NotImplementedError

    def locations(self) -> list[str]:
        """The folders that hold the scripts, absolute."""
        return [os.fspath(location) for location in self._version_locations]

    def _load_revisions(self) -> t.Iterator[Script]:
        return self.read_scripts()

    def _upgrade_revs(self, destination: str, current_rev: t.Any) -> list[RevisionStep]:
        ancestor = "Destination %(end)s is not a valid upgrade target from current head(s)"
        with self._catch_revision_errors(ancestor=ancestor, end=destination):
            scripts = list(self.iterate_revisions(destination, current_rev, implicit_base=True))
        return self.make_steps(reversed(scripts), is_upgrade=True)

    def _downgrade_revs(self, destination: str, current_rev: t.Any) -> list[RevisionStep]:
        ancestor = "Destination %(end)s is not a valid downgrade target from current head(s)"
        with self._catch_revision_errors(ancestor=ancestor, end=destination):
            scripts = list(self.iterate_revisions(current_rev, destination, select_for_downgrade=True))
        return self.make_steps(scripts, is_upgrade=False)


class LinkedStep(RevisionStep):
    """A ``RevisionStep`` that loads its module when it runs, and that a subclass tells what else is applied."""

    def __init__(self, revision_map: RevisionMap, revision: Script, *, is_upgrade: bool) -> None:
        self.revision_map = revision_map
        self.revision = revision
        self.is_upgrade = is_upgrade

    @property
    def name(self) -> str:
        """The name of the function that the step runs; Alembic's own asks the module."""
        return "upgrade" if self.is_upgrade else "downgrade"

    def is_needed(self, revision: str, heads: t.Collection[str]) -> bool:
        """Whether a revision is one of some heads, or below one of them."""
        raise NotImplementedError

    def merge_branch_idents(self, heads: set[str]) -> tuple[list[str], str, str]:
        """The rows to delete, and the row to update, from what to what."""
        others = heads.difference(self.from_revisions)
        merged = list(self._without_needed(self.from_revisions, others) if others else self.from_revisions)
        return merged[:-1], merged[-1], self.to_revisions[0]

    def _unmerge_to_revisions(self, heads: set[str]) -> tuple[str, ...]:
        return tuple(self._without_needed(self.to_revisions, heads.difference(self.from_revisions)))

    def _without_needed(self, revisions: tuple[str, ...], others: set[str]) -> set[str]:
        """The revisions that no other head needs; without other heads, those that none of the rest needs.

        The set is made as ``set.difference()`` makes it, so that its order is Alembic's, too.
        """
        return {
            rev for rev in set(revisions) if not self.is_needed(rev, others or {one for one in revisions if one != rev})
        }


def connect_arguments(engine: t.Any) -> dict[str, t.Any]:
    """The arguments with which ``engine`` connects, without the name of the database: they are kept in a closure."""
    function: t.Any = getattr(engine.pool, "_creator", None)
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    if "cparams" not in names:  # the caller's own function
        return {}
    found = function.__closure__[names.index("cparams")].cell_contents
    return {name: value for name, value in found.items() if name not in ("dbname", "database", "db", "uri")}


def connect_listeners(engine: t.Any) -> list[t.Callable[..., t.Any]]:
    """What the app lets listen to new connections of ``engine``; SQLAlchemy's own listeners prepare its dialect."""
    found = getattr(getattr(engine.pool, "dispatch", None), "connect", ())
    return [function for function in found if not str(getattr(function, "__module__", "")).startswith("sqlalchemy.")]
