"""The revision map gives what Alembic's gives, in the same order."""

from __future__ import annotations

import os
import random
import typing as t
from collections.abc import Callable, Iterable

import pytest
from alembic.script import ScriptDirectory

from tests.history.graphs import Node, Rows, StockScript, our_directory, outcome, random_history, stock_directory

#: How many random histories are compared in each test; set the variable for a longer run.
HISTORIES = int(os.environ.get("FLASK_MIGRATE_RANDOM_HISTORIES", "400"))

Pair = tuple[ScriptDirectory, ScriptDirectory]


def pairs(name: str) -> Iterable[tuple[random.Random, Pair]]:
    """Random histories as Alembic and as we have them; the same ones in every run."""
    for seed in range(HISTORIES):
        chance = random.Random(f"{name} {seed}")
        nodes = random_history(chance)
        yield chance, (stock_directory(nodes), our_directory(nodes))


def both(pair: Pair, question: Callable[..., t.Any], *arguments: t.Any) -> None:
    """Ask both the same question; the answers must be the same."""
    expected, found = (outcome(question, one, *arguments) for one in pair)
    assert found == expected


def ids(scripts: Iterable[t.Any]) -> list[str]:
    """The ids of scripts, in their order."""
    return [script.revision for script in scripts]


def known_ids(directory: ScriptDirectory) -> list[str]:
    """The ids of all revisions, in the order of their files."""
    return [key for key, rev in directory.revision_map._revision_map.items() if rev and rev.revision == key]


def points(chance: random.Random, directory: ScriptDirectory) -> list[t.Any]:
    """Some things that name a revision in a command: ids, parts of ids, labels, relative ones."""
    scripts = [script for script in directory.revision_map._revision_map.values() if script is not None]
    chosen = chance.sample(scripts, min(len(scripts), 3))
    known = [script.revision for script in chosen]
    labels = [label for script in chosen for label in sorted(script.branch_labels)]
    named = [f"{label}@{end}" for label in labels for end in ("head", "heads", "base", "+1", "-1", "+2", "-2")]
    relative = [f"{rev}{steps}" for rev in known for steps in ("+1", "-1", "+3")]
    return ["heads", "head", "base", None, "+1", "-1", "+2", "-3", *known, *labels, *named, *relative, known[0][:5]]


def test_the_ends_are_the_same() -> None:
    """Heads and bases, with and without dependencies, come out in the same order."""
    names = ("heads", "bases", "_real_heads", "_real_bases")
    for _, pair in pairs("ends"):
        both(pair, lambda one: [getattr(one.revision_map, name) for name in names])


def links(rev: t.Any) -> t.Any:
    """All that a revision knows of its neighbours."""
    return (
        rev.revision,
        rev.nextrev,
        rev._all_nextrev,
        rev._all_down_revisions,
        rev._normalized_down_revisions,
        rev._versioned_down_revisions,
        rev.dependencies,
        rev.branch_labels,
        (rev.is_head, rev.is_base, rev.is_merge_point, rev.is_branch_point),
        (rev._is_real_head, rev._is_real_base, rev._is_real_branch_point),
    )


def test_the_links_are_the_same() -> None:
    """Every revision has the same neighbours, the same labels and the same marks."""
    for _, pair in pairs("links"):
        both(pair, lambda one: {key: rev and links(rev) for key, rev in one.revision_map._revision_map.items()})


def test_what_follows_comes_in_the_same_order() -> None:
    """The branches at a branch point are listed in the same order."""
    for _, pair in pairs("order"):
        both(pair, lambda one: {key: rev and list(rev.nextrev) for key, rev in one.revision_map._revision_map.items()})


def test_the_files_come_in_the_same_order() -> None:
    """The ids are in the map in the order of their files."""
    for _, pair in pairs("files"):
        both(pair, known_ids)


def between(one: ScriptDirectory, upper: t.Any, lower: t.Any, options: dict[str, bool]) -> list[str]:
    """The ids between two points, in their order."""
    return ids(one.revision_map.iterate_revisions(upper, lower, **options))


@pytest.mark.parametrize("for_downgrade", [False, True])
def test_revisions_between_two_points_come_in_the_same_order(for_downgrade: bool) -> None:
    """Going from any point to any other gives the same revisions in the same order, or the same error."""
    for chance, pair in pairs(f"between {for_downgrade}"):
        some = points(chance, pair[0])
        for _ in range(12):
            names = ("inclusive", "implicit_base", "assert_relative_length")
            options = {name: chance.random() < 0.5 for name in names}
            options["select_for_downgrade"] = for_downgrade
            both(pair, between, chance.choice(some), chance.choice(some), options)


def test_points_are_resolved_in_the_same_way() -> None:
    """Ids, parts of them, labels and relative points stand for the same revisions."""
    for chance, pair in pairs("points"):
        for point in points(chance, pair[0]):
            both(pair, lambda one, point: ids(one.get_revisions(point)), point)
            both(pair, lambda one, point: one.get_revision(point).revision, point)
            both(pair, lambda one, point: one.as_revision_number(point), point)


def test_the_current_revisions_are_the_same() -> None:
    """What is applied in a database with any rows in its version table is the same."""
    for chance, pair in pairs("current"):
        known = known_ids(pair[0])
        for _ in range(8):
            rows = tuple(chance.sample(known, min(len(known), chance.choice([1, 1, 2, 3]))))
            both(pair, lambda one, rows: {rev.revision for rev in one.get_all_current(rows)}, rows)


def lineage(one: ScriptDirectory, targets: list[str], point: t.Any, counted: bool) -> tuple[str, ...]:
    """Those of some revisions that are in the branch of a point."""
    return one.revision_map.filter_for_lineage(targets, point, include_dependencies=counted)


def test_lineages_are_the_same() -> None:
    """The same revisions belong to the branch of any point, dependencies counted or not."""
    for chance, pair in pairs("lineage"):
        some = points(chance, pair[0])
        for _ in range(8):
            both(pair, lineage, known_ids(pair[0]), chance.choice(some), chance.random() < 0.5)


def random_rows(chance: random.Random, directory: ScriptDirectory) -> tuple[str, ...]:
    """The rows of a database in which an upgrade got as far as chance would have it."""
    rows = Rows(())
    steps = directory._upgrade_revs("heads", ())
    for step in steps[: chance.randrange(len(steps) + 1)]:
        try:
            rows.apply(step)
        except (AssertionError, KeyError):  # Alembic can't follow every history through its version table
            break
    return tuple(sorted(rows.maintainer.heads))


def written(one: ScriptDirectory, command: str, point: t.Any, rows: tuple[str, ...]) -> t.Any:
    """The steps of a command, and what they do to a version table."""
    table = Rows(rows)
    done = []
    for step in getattr(one, command)(point, rows):
        table.apply(step)
        done.append((step.is_upgrade, step.from_revisions, step.to_revisions, step.short_log))
    return done, table.written, table.maintainer.heads


@pytest.mark.parametrize("command", ["_upgrade_revs", "_downgrade_revs", "_stamp_revs"])
def test_the_steps_of_a_command_are_the_same(command: str) -> None:
    """From any state to any point, the same steps run in the same order and write the same rows."""
    for chance, pair in pairs(command):
        rows = random_rows(chance, pair[0])
        some = points(chance, pair[0])
        for _ in range(8):
            both(pair, written, command, chance.choice(some), rows)


def test_a_revision_can_be_added_to_a_map() -> None:
    """A revision that is added later is where Alembic puts it, and what was found before is forgotten."""
    for chance, pair in pairs("added"):
        known = known_ids(pair[0])
        parents = tuple(chance.sample(known, min(len(known), chance.choice([1, 1, 2]))))
        added = Node("ffffffffff", parents, (), chance.choice([(), ("label-new",)]))
        for one in pair:
            outcome(written, one, "_upgrade_revs", "heads", ())
            one.revision_map.add_revision(StockScript(added))
        both(pair, lambda one: {key: rev and links(rev) for key, rev in one.revision_map._revision_map.items()})
        both(pair, lambda one: (one.get_heads(), ids(one.walk_revisions())))
        both(pair, written, "_upgrade_revs", "heads", ())
