"""Random histories, and the two revision maps on them: Alembic's and ours."""

from __future__ import annotations

import dataclasses
import random
import types
import typing as t
from collections.abc import Callable, Sequence

from alembic.runtime.migration import HeadMaintainer
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import Revision, RevisionMap

from flask_migrate.revisions.directory import LazyScriptDirectory
from flask_migrate.revisions.graph import HistoryMap
from flask_migrate.revisions.header import Header
from flask_migrate.revisions.scripts import LazyScript

MODULE = types.ModuleType("script")
exec("def upgrade(): pass\ndef downgrade(): pass", MODULE.__dict__)


@dataclasses.dataclass(frozen=True)
class Node:
    """One revision of a random history."""

    revision: str
    parents: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def random_history(chance: random.Random) -> list[Node]:
    """Some revisions without cycles, in the random order of their files."""
    size = chance.choice([1, 2, 3, 5, 8, 13, 21, 34, 55])
    branchy, merging, dependent, labelled = (chance.choice([0.0, 0.1, 0.4]) for _ in range(4))
    nodes: list[Node] = []
    for number in range(size):
        earlier = [node.revision for node in nodes]
        nodes.append(
            Node(
                f"{chance.randrange(16**8):08x}",
                _parents(chance, earlier, branchy, merging),
                _dependencies(chance, nodes, dependent),
                (f"label{number}",) if chance.random() < labelled / 2 else (),
            )
        )
    chance.shuffle(nodes)
    return nodes


def _parents(chance: random.Random, earlier: Sequence[str], branchy: float, merging: float) -> tuple[str, ...]:
    if not earlier or chance.random() < branchy / 3:
        return ()
    if chance.random() < merging:
        return tuple(chance.sample(earlier[-8:], min(len(earlier[-8:]), chance.choice([2, 2, 2, 3]))))
    return (chance.choice(earlier) if chance.random() < branchy else earlier[-1],)


def _dependencies(chance: random.Random, earlier: Sequence[Node], dependent: float) -> tuple[str, ...]:
    if not earlier or chance.random() >= dependent:
        return ()
    found = chance.sample(earlier, min(len(earlier), chance.choice([1, 1, 2, 3])))
    return tuple(chance.choice([node.revision, *node.labels]) for node in found)


class StockScript(Script):
    """Alembic's script, of values instead of a file."""

    def __init__(self, node: Node) -> None:
        self.module = MODULE
        Revision.__init__(self, node.revision, node.parents, node.dependencies, node.labels)


def stock_directory(nodes: Sequence[Node]) -> ScriptDirectory:
    """Alembic's directory with some revisions."""
    directory = ScriptDirectory.__new__(ScriptDirectory)
    directory.revision_map = RevisionMap(lambda: [StockScript(node) for node in nodes])
    return directory


def our_directory(nodes: Sequence[Node]) -> LazyScriptDirectory:
    """Our directory with the same revisions."""
    directory = LazyScriptDirectory.__new__(LazyScriptDirectory)
    scripts = [
        LazyScript("", Header(node.revision, node.parents, node.labels, node.dependencies, "")) for node in nodes
    ]
    for script in scripts:
        script.module = MODULE
    directory.revision_map = HistoryMap(lambda: (scripts, ()))
    return directory


def outcome(function: Callable[..., t.Any], *arguments: t.Any) -> t.Any:
    """What a call returns, or what it raises as a value."""
    try:
        return function(*arguments)
    except Exception as error:
        text = str(error)
        return type(error).__name__, text if "overlaps" not in text else ""


class Rows:
    """A version table, and all that is written to it."""

    def __init__(self, heads: Sequence[str]) -> None:
        self.written: list[tuple[str, ...]] = []
        self.maintainer = HeadMaintainer.__new__(HeadMaintainer)
        self.maintainer.heads = set(heads)
        for name, write in [("insert", self._insert), ("delete", self._delete), ("update", self._update)]:
            setattr(self.maintainer, f"_{name}_version", write)

    def apply(self, step: t.Any) -> None:
        """Do what Alembic does after a step ran."""
        self.maintainer.update_to_step(step)

    def _insert(self, version: str) -> None:
        assert version not in self.maintainer.heads
        self.maintainer.heads.add(version)
        self.written.append(("insert", version))

    def _delete(self, version: str) -> None:
        self.maintainer.heads.remove(version)
        self.written.append(("delete", version))

    def _update(self, before: str, after: str) -> None:
        assert after not in self.maintainer.heads
        self.maintainer.heads.remove(before)
        self.maintainer.heads.add(after)
        self.written.append(("update", before, after))
