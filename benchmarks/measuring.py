"""Measuring a case: pairs of processes, one of Flask-Migrate 4.1 and one of this checkout."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cases import Case
from databases import Absent, Database, Databases, copied_file, empty_file
from environments import HERE, CommandFailed, Environment, base_environ
from figures import Figure, Row, row
from processes import Sample, measure
from projects import build, forget_bytecode


@dataclass(frozen=True)
class Result:
    """What became of a case.

    :param case: the case.
    :param rows: a line for each of its figures; none when it was not measured.
    :param skipped: why it was not measured.
    :param failed: what went wrong.
    """

    case: Case
    rows: tuple[Row, ...] = ()
    skipped: str | None = None
    failed: str | None = None


class Bench:
    """Both environments, and the databases that they share.

    :param pairs: how many pairs the user asked for, for every case.
    :param usual_pairs: how many there are where neither the user nor the case says.
    """

    def __init__(
        self, peer: Environment, ours: Environment, databases: Databases, pairs: int | None, usual_pairs: int
    ) -> None:
        self.peer = peer
        self.ours = ours
        self.databases = databases
        self.pairs = pairs
        self.usual_pairs = usual_pairs
        self._warm: set[tuple[object, ...]] = set()

    def measure(self, case: Case) -> Result:
        """Measure ``case``."""
        build(case.project, self.peer)
        try:
            case = self.known_options(case)
            database = self.databases.get(case.project, case.engine)
            with database.reached(case.delay) as url:
                pairs = self.measure_pairs(case, replace(database, url=url))
        except Absent as error:
            return Result(case, skipped=str(error))
        except CommandFailed as error:
            return Result(case, failed=str(error))
        return Result(case, tuple(row(case.name, figure, pairs) for figure in case.figures if is_known(figure, pairs)))

    def known_options(self, case: Case) -> Case:
        """``case`` with those options for this package that its command knows.

        :raises Absent: when it lacks the one that the case is about.
        """
        if not case.ours and case.needs is None:
            return case
        environ = {"BENCH_URL": "sqlite://"}
        arguments = ("-m", "flask", "--app", "app", "db", case.command[0], "--help")
        usage = self.ours.run(*arguments, cwd=case.project.folder, env=environ)
        if case.needs is not None and case.needs not in usage:
            raise Absent(f"`flask db {case.command[0]}` has no {case.needs} yet")
        return replace(case, ours=tuple(option for option in case.ours if option in usage))

    def measure_pairs(self, case: Case, database: Database) -> list[tuple[Sample, Sample]]:
        """The pairs of samples of ``case``.

        :raises CommandFailed: when a command fails, or when the two packages print different things.
        """
        self.warm_up(case, database)
        return [self.pair(case, database) for _ in range(self.pairs or case.pairs or self.usual_pairs)]

    def warm_up(self, case: Case, database: Database) -> None:
        """Run a pair that does not count, unless an earlier case ran the same commands.

        :raises CommandFailed: when the two packages print different things.
        """
        commands = (case.project, case.engine, case.database, case.command, case.ours)
        if commands in self._warm:
            return
        peer, ours = self.pair(case, database)
        if peer.output != ours.output:
            raise CommandFailed(f"The outputs differ:\n{peer.output[:500]}\n---\n{ours.output[:500]}")
        self._warm.add(commands)

    def pair(self, case: Case, database: Database) -> tuple[Sample, Sample]:
        """A process of Flask-Migrate 4.1, then one of this checkout."""
        return self.sample(case, self.peer, database), self.sample(case, self.ours, database)

    def sample(self, case: Case, environment: Environment, database: Database) -> Sample:
        """What one process of ``environment`` costs."""
        folder = case.project.folder
        if case.is_cold:
            forget_bytecode(folder)
        environ = base_environ() | {"BENCH_URL": url_for(case, database)}
        if case.stops:
            environ["BENCH_STOP"] = "1"
        sample = measure(command_line(case, environment, is_ours=environment is self.ours), folder, environ)
        if not case.steps:
            return sample
        step = (sample.figures["cpu"] - sample.figures["app"]) / case.steps
        return replace(sample, figures=sample.figures | {"step": step})


def is_known(figure: Figure, pairs: list[tuple[Sample, Sample]]) -> bool:
    """Whether this system could tell ``figure`` at every run."""
    return all(figure.key in sample.figures for pair in pairs for sample in pair)


def command_line(case: Case, environment: Environment, is_ours: bool) -> list[str]:
    """What is typed for ``case``."""
    python = str(environment.python)
    if case.is_script:
        return [python, str(HERE / "inside" / case.command[0]), *case.command[1:]]
    return [python, "-m", "flask", "--app", "app", "db", *case.command, *(case.ours if is_ours else ())]


def url_for(case: Case, database: Database) -> str:
    """The URL of the database that one process of ``case`` gets."""
    if case.database == "head":
        return database.url
    file = case.project.folder / "run.sqlite"
    if case.database == "empty":
        return empty_file(file)
    assert database.file is not None, "only SQLite databases are copied"
    return copied_file(database.file, file)
