"""The folder of a history: its files read, its graph built when it is asked for."""

from __future__ import annotations

import functools
import os
import typing as t

from ..alembic_compat import LinkedDirectory
from ..errors import HistoryError
from .collecting import collection_paused
from .files import Folder, Found, folders
from .graph import HistoryMap
from .index import Index
from .problems import Problem, shown
from .reading import Reading, Stamp, read_header, stamp_of, until_settled
from .scripts import LazyScript, find_problem
from .steps import LazyStep

if t.TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep
    from alembic.script import Script


class Contents(t.NamedTuple):
    """What the files of a history hold.

    :param scripts: the revisions, in the order of their files.
    :param unplaced: the files of which nobody can tell which revision they are.
    """

    scripts: list[LazyScript]
    unplaced: list[Problem]


class LazyScriptDirectory(LinkedDirectory):
    """A script directory that reads the headers of its files, and runs a file when it is needed."""

    def make_map(self) -> HistoryMap:
        return HistoryMap(lambda: self.contents)

    def read_scripts(self) -> t.Iterator[LazyScript]:
        yield from self.contents.scripts

    @functools.cached_property
    def contents(self) -> Contents:
        """What the files hold; they are read when this is first asked for."""
        found = folders(self.locations(), sourceless=self.sourceless, recursive=self.recursive_version_locations)
        with collection_paused():
            items = [item for folder in found for item in _read_folder(folder)]
        return Contents(
            [item for item in items if isinstance(item, LazyScript)],
            [item for item in items if isinstance(item, Problem)],
        )

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files, by path. Every file is compiled for that, none runs for it."""
        found = [problem for script in self.contents.scripts if (problem := script.check()) is not None]
        return tuple(sorted([*self.contents.unplaced, *found], key=lambda problem: problem.path))

    def make_steps(self, scripts: t.Iterable[Script], *, is_upgrade: bool) -> list[RevisionStep]:
        """The steps. All files are compiled before, so that a damaged one is found before the first step runs."""
        steps: list[RevisionStep] = []
        for script in scripts:
            step = LazyStep(self.revision_map, script, is_upgrade=is_upgrade)
            if isinstance(script, LazyScript):
                script.require(step.name)
            steps.append(step)
        return steps

    def generate_revision(self, revid: str, message: str | None, *args: t.Any, **options: t.Any) -> Script | None:
        """Write a new revision file; see Alembic for the parameters.

        :raises HistoryError: the id is taken, or a file can't be read that may be what the new one has to follow; or
            what the template makes is no Python.
        """
        revision_map = t.cast(HistoryMap, self.revision_map)
        taken = revision_map.scripts().get(revid)
        revision_map.require_ends()
        if taken is not None:
            raise HistoryError(
                f"Revision {revid} is present already, in {shown(t.cast('Script', taken).path)}; nothing was written.",
                "Choose another revision id.",
            )
        try:
            return super().generate_revision(revid, message, *args, **options)
        except SyntaxError as error:
            raise find_problem(error.filename or "", error).error() from error


def _read_folder(folder: Folder) -> list[LazyScript | Problem]:
    """The revisions in one folder, from its index where that can be trusted."""
    index = Index(folder.path)
    try:
        items = [_read_file(file, index) for file in folder.files]
    except BaseException:
        index.drop()
        raise
    index.write()
    return [item for item in items if item is not None]


def _read_file(file: Found, index: Index) -> LazyScript | Problem | None:
    """The revision in one file; None when the file is gone."""
    if not file.path.endswith(".py"):
        return _run(file.path)
    entry = index.find(file.name, stamp_of(file.status))
    if entry is not None:
        return LazyScript(file.path, entry[1]) if entry[1] is not None else _run(file.path)
    index.begin()

    def read() -> tuple[Stamp | None, LazyScript | Problem]:
        reading = read_header(file.path)
        if reading.problem is None and reading.stamp is not None:
            index.add(file.name, reading.stamp, reading.header)
        return reading.stamp, _make(file.path, reading)

    try:
        return until_settled(read, file.path, lambda item: isinstance(item, Problem) or item.is_damaged)
    except FileNotFoundError:
        is_link = os.path.islink(file.path)
        return Problem(file.path, None, "it is a link to a file that is not there") if is_link else None


def _make(path: str, reading: Reading) -> LazyScript | Problem:
    if reading.header is not None:
        return LazyScript(path, reading.header, reading.problem)
    return reading.problem or _run(path)


def _run(path: str) -> LazyScript | Problem:
    """The revision in a file that has to run to tell which it is, as Alembic runs every file."""
    try:
        return LazyScript.from_run(path)
    except Exception as error:
        return find_problem(path, error)
