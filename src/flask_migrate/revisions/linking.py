"""From scripts that name their parents to a graph whose links are set in both directions."""

from __future__ import annotations

import dataclasses
import typing as t

from ..alembic_compat import LinkedScript
from ..errors import HistoryError
from .order import Below, below_first, find_cycle, invert
from .problems import Problem, shown

#: Up to this many revisions after one, they come in the order in which Alembic would have them in its set.
_EXACT_ORDER = 512


@dataclasses.dataclass(frozen=True)
class Graph:
    """Scripts with all their links.

    :param by_id: the scripts, in the order of their files.
    :param by_label: the scripts that carry a branch label of their own.
    :param heads: the ids that are nobody's parent.
    :param real_heads: the ids that nobody has as a parent or depends on.
    """

    by_id: dict[str, LinkedScript]
    by_label: dict[str, LinkedScript]
    heads: tuple[str, ...]
    real_heads: tuple[str, ...]


def link(scripts: t.Iterable[LinkedScript], unplaced: t.Sequence[Problem] = ()) -> Graph:
    """Set the links of all scripts.

    :param unplaced: the files whose revisions nobody knows; named where one is missing.
    :raises HistoryError: the scripts make no history: an id or a label twice, a revision that is not there, a cycle.
    """
    by_id = _index_ids(scripts)
    by_label = _index_labels(by_id)
    dependencies = _resolve_dependencies(by_id, by_label, unplaced)
    below: dict[str, tuple[str, ...]] = {}
    for rev, script in by_id.items():
        below[rev] = _unique(script.parents + dependencies[rev]) if rev in dependencies else _unique(script.parents)
    followers = children = invert(below)
    _require_all(by_id, followers, unplaced)
    if dependencies:
        children = invert({rev: _unique(script.parents) for rev, script in by_id.items()})
    order = below_first(below, followers)
    if len(order) < len(by_id):
        raise _cycle(by_id, below, set(order))
    _link_down(by_id, dependencies, order)
    _link_up(by_id, children, followers, {script.revision for script in by_label.values()})
    _spread_labels(by_id, by_label, order)
    heads = tuple(rev for rev in by_id if rev not in children)
    return Graph(by_id, by_label, heads, tuple(rev for rev in by_id if rev not in followers))


def _unique(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids)) if len(ids) > 1 else ids


def _index_ids(scripts: t.Iterable[LinkedScript]) -> dict[str, LinkedScript]:
    by_id: dict[str, LinkedScript] = {}
    for script in scripts:
        other = by_id.setdefault(script.revision, script)
        if other is not script:
            raise HistoryError(
                f"Revision {script.revision} is present more than once: "
                f"{shown(other.path)} and {shown(script.path)} both have this id.",
                "Delete the file that is the copy, or give one of them another id in its 'revision' line "
                "(and in the 'down_revision' of what follows it).",
            )
    return by_id


def _index_labels(by_id: t.Mapping[str, LinkedScript]) -> dict[str, LinkedScript]:
    by_label: dict[str, LinkedScript] = {}
    for script in by_id.values():
        for label in sorted(script.branch_labels):
            other = by_label.get(label) or by_id.get(label)
            if other is not None:
                raise HistoryError(
                    f"Branch name '{label}' in revision {script.revision} already used by revision "
                    f"{other.revision}: {shown(script.path)} and {shown(other.path)}.",
                    "Remove the name from the 'branch_labels' line of one of them.",
                )
            by_label[label] = script
    return by_label


def _resolve_dependencies(
    by_id: t.Mapping[str, LinkedScript], by_label: t.Mapping[str, LinkedScript], unplaced: t.Sequence[Problem]
) -> dict[str, tuple[str, ...]]:
    """The ids that each script depends on, for those that depend on any."""
    resolved = {}
    for rev, script in by_id.items():
        if not script.dependencies:
            continue
        names = (script.dependencies,) if isinstance(script.dependencies, str) else script.dependencies
        found = [by_id.get(name) or by_label.get(name) for name in names]
        for name, other in zip(names, found, strict=True):
            if other is None:
                raise _missing(script, name, "depends_on", unplaced)
        resolved[rev] = tuple(other.revision for other in found if other is not None)
    return resolved


def _missing(script: LinkedScript, name: str, line: str, unplaced: t.Sequence[Problem]) -> HistoryError:
    suspects = "; ".join(str(problem) for problem in unplaced)
    return HistoryError(
        f"Revision {name} referenced from {shown(script.path)} is not present: "
        f"the '{line}' of revision {script.revision} names it, and no revision file has this id.",
        f"It may be in a file that can't be read: {suspects}."
        if suspects
        else f"Restore the file of revision {name} from version control, or correct the '{line}' line.",
    )


def _require_all(
    by_id: t.Mapping[str, LinkedScript], followers: t.Mapping[str, list[str]], unplaced: t.Sequence[Problem]
) -> None:
    """Raise an error when a parent of some revision is not there."""
    for rev, followed_by in followers.items():
        if rev not in by_id:
            raise _missing(by_id[followed_by[0]], rev, "down_revision", unplaced)


def _cycle(by_id: t.Mapping[str, LinkedScript], below: Below, ordered: t.Container[str]) -> HistoryError:
    cycle = find_cycle(below, ordered)
    is_plain = all(after in by_id[rev].parents for rev, after in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    kind = "Self-loop" if len(cycle) == 1 else "Cycle"
    kind = kind if is_plain else f"Dependency {kind.lower()}"
    files = ", ".join(shown(by_id[rev].path) for rev in cycle)
    return HistoryError(
        f"{kind} is detected in revisions ({', '.join(cycle)}): each of them comes after the others, "
        f"so none can be applied ({files})."
        if len(cycle) > 1
        else f"{kind} is detected in revisions ({cycle[0]}): it comes after itself ({files}).",
        "Correct the 'down_revision' line of one of these files."
        if is_plain
        else "Correct the 'depends_on' or 'down_revision' line of one of these files.",
    )


def _link_down(
    by_id: t.Mapping[str, LinkedScript], dependencies: t.Mapping[str, tuple[str, ...]], order: t.Iterable[str]
) -> None:
    """Tell each script its dependencies, and which of them no ancestor of it has already.

    The dependencies of all ancestors are kept as the bits of one number, so that one walk up is enough.
    """
    if not dependencies:
        return
    bit: dict[str, int] = {}
    inherited: dict[str, int] = {}
    for rev in order:
        script = by_id[rev]
        bits = 0
        for parent in script.parents:
            bits |= inherited[parent]
        if rev in dependencies:
            own = dependencies[rev]
            for other in own:
                bit.setdefault(other, 1 << len(bit))
            script.link_down(own, _needed(own, {other for other in own if bits & bit[other]}))
            for other in own:
                bits |= bit[other]
        inherited[rev] = bits


def _needed(dependencies: tuple[str, ...], inherited: set[str]) -> tuple[str, ...]:
    """The dependencies but the inherited ones, in the order in which Alembic's set would have them."""
    needed = set(dependencies)
    needed.difference_update(inherited)
    return tuple(needed)


def _link_up(
    by_id: t.Mapping[str, LinkedScript],
    children: t.Mapping[str, list[str]],
    followers: t.Mapping[str, list[str]],
    labelled: t.Container[str],
) -> None:
    for rev, ids in followers.items():
        both = _as_set(ids, labelled)
        own = both if children is followers else _as_set(children.get(rev, []), labelled)
        by_id[rev].link_up(own, both)


def _as_set(ids: list[str], labelled: t.Container[str]) -> frozenset[str]:
    """The set as Alembic makes it, so that walking through it gives the same order.

    Alembic adds id by id, and those with labels once more. Up to four ids, the way does not matter.
    """
    if not 4 < len(ids) <= _EXACT_ORDER:
        return frozenset(ids)
    result: frozenset[str] = frozenset()
    for rev in [*ids, *(rev for rev in ids if rev in labelled)]:
        result = result.union((rev,))
    return result


def _spread_labels(
    by_id: t.Mapping[str, LinkedScript], by_label: t.Mapping[str, LinkedScript], order: t.Sequence[str]
) -> None:
    """Give the labels of a script to all its descendants, and to its ancestors down to where the branch began.

    The latter as in Alembic: only when no branch and no merge lies between the script and the end of its branch.
    """
    if not by_label:
        return
    for rev in order:
        script = by_id[rev]
        for parent in script.parents:
            script.branch_labels |= by_id[parent].branch_labels
    straight: set[str] = set()
    for rev in reversed(order):
        script = by_id[rev]
        is_last = not script.nextrev
        if script.is_merge_point or not (is_last or next(iter(script.nextrev)) in straight):
            continue
        if not script.is_followed_by_several:
            straight.add(rev)
            for child in script.nextrev:
                script.branch_labels |= by_id[child].branch_labels
