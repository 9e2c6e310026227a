"""The table of cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from figures import Figure
from projects import Project


@dataclass(frozen=True)
class Sizes:
    """How large the projects are, and how many pairs of processes are measured."""

    linear: int
    diamonds: int
    few: int
    many: int
    tables: int
    pairs: int


FULL = Sizes(linear=5000, diamonds=800, few=1000, many=4000, tables=1000, pairs=5)
QUICK = Sizes(linear=500, diamonds=80, few=100, many=400, tables=100, pairs=3)


@dataclass(frozen=True)
class Case:
    """Something that both packages do with the same project.

    :param name: what selects it on the command line.
    :param title: what it is, for people.
    :param project: the project that it is done with.
    :param figures: what is measured.
    :param command: what follows ``flask --app app db``; or, with ``is_script``, a file in ``inside`` and its
        arguments.
    :param engine: where the database is.
    :param database: ``head`` (the project's own, which the command leaves as it is), ``copy`` or ``empty``: a
        new file for each process.
    :param is_cold: the migrations folder holds no bytecode when the process starts.
    :param stops: the process ends where the first step of an upgrade would run.
    :param delay: milliseconds that each round trip to the database takes longer.
    :param steps: how many revisions are run; the figure ``step`` is what one costs once the app is loaded.
    :param pairs: how many pairs are measured, if not as many as everywhere.
    :param ours: options for this package alone, left out as long as its command does not know them.
    :param needs: an option without which this package can't do it.
    """

    name: str
    title: str
    project: Project
    figures: tuple[Figure, ...]
    command: tuple[str, ...]
    engine: str = "sqlite"
    database: str = "head"
    is_cold: bool = False
    stops: bool = False
    delay: float = 0
    steps: int = 0
    pairs: int | None = None
    ours: tuple[str, ...] = ()
    needs: str | None = None
    is_script: bool = False


def cpu(at_least: float | None = None) -> Figure:
    """CPU seconds of the whole process, user and system."""
    return Figure("cpu", "CPU", "s", at_least)


def wall(at_least: float | None = None) -> Figure:
    """Seconds from the start of the process to its end."""
    return Figure("wall", "wall", "s", at_least)


PEAK = Figure("peak", "peak memory", "MB")
STEP = Figure("step", "CPU of a step", "ms")
STATEMENTS = Figure("statements", "statements", "", at_most=40)
ENGINES = (
    ("sqlite", "SQLite", "sqlite", False),
    ("mariadb", "MariaDB", "mariadb", False),
    ("postgresql", "PostgreSQL", "postgresql", False),
    ("schemas", "PostgreSQL, five schemas", "postgresql", True),
)


def all_cases(sizes: Sizes) -> tuple[Case, ...]:
    """Every case, in the order of the table. The goals are those of the full size."""
    cases = [*start_cases(), *linear_cases(sizes), *branched_cases(sizes), *step_cases(sizes), *check_cases(sizes)]
    return tuple(cases if sizes is FULL else map(without_goals, cases))


def without_goals(case: Case) -> Case:
    """``case`` at a size that no goal was set for; how many statements are sent does not depend on the size."""
    figures = tuple(replace(figure, at_least=None) for figure in case.figures)
    return replace(case, figures=figures)


def start_cases() -> Iterator[Case]:
    """What ``Migrate(app, db)`` adds to the start of an app."""
    start = Case(
        name="start",
        title="what `from flask_migrate import Migrate; Migrate(app, db)` adds to a process with Flask-SQLAlchemy",
        project=Project("linear", 1),
        figures=(
            Figure("start", "CPU", "ms", at_least=15),
            Figure("resident", "resident memory", "MB", at_least=10),
            Figure("modules", "modules", ""),
        ),
        command=("start.py",),
        is_script=True,
        pairs=11,
    )
    yield start
    yield replace(
        start,
        name="start-allocated",
        title="the memory that Python allocates for it",
        figures=(Figure("allocated", "memory", "MB", at_least=10),),
        command=("start.py", "allocations"),
        pairs=3,
    )


def linear_cases(sizes: Sizes) -> Iterator[Case]:
    """A long history without branches, the database at its head."""
    project = Project("linear", sizes.linear)
    count = f"{sizes.linear:,} revisions"
    goals = {"current": 8, "heads": 2, "history": 2, "upgrade": 2}
    for command, goal in goals.items():
        title = f"{count}: `{command}`" + (", nothing to do" if command == "upgrade" else "")
        figures = (cpu(goal), wall(), PEAK)
        yield Case(name=command, title=title, project=project, figures=figures, command=(command,))
    for command in ("heads", "history", "upgrade"):
        title = f"{count}, no bytecode: `{command}`" + (", nothing to do" if command == "upgrade" else "")
        yield Case(
            name=f"{command}-cold",
            title=title,
            project=project,
            figures=(cpu(3.5), wall()),
            command=(command,),
            is_cold=True,
            pairs=3,
        )


def branched_cases(sizes: Sizes) -> Iterator[Case]:
    """A history that branches and merges all the way."""
    project = Project("diamonds", sizes.diamonds)
    count = f"{3 * sizes.diamonds + 1:,} revisions, {sizes.diamonds} branches and merges"
    yield Case(
        name="heads-branched",
        title=f"{count}: `heads`",
        project=project,
        figures=(cpu(1.5), wall()),
        command=("heads",),
    )
    yield Case(
        name="plan-branched",
        title=f"{count}: `upgrade` of an empty database, up to the first step",
        project=project,
        figures=(cpu(3), wall(), Figure("planning", "CPU after the app's import", "s")),
        command=("upgrade",),
        database="empty",
        stops=True,
    )


def step_cases(sizes: Sizes) -> Iterator[Case]:
    """Back through revisions that do nothing."""
    for steps, goal in ((sizes.few, 1.8), (sizes.many, None)):
        yield Case(
            name=f"downgrade-{'few' if steps == sizes.few else 'many'}",
            title=f"`downgrade base` through {steps:,} trivial revisions",
            project=Project("linear", steps),
            figures=(cpu(goal), wall(), STEP),
            command=("downgrade", "base"),
            database="copy",
            steps=steps,
            pairs=3 if steps == sizes.few else 2,
        )


def check_cases(sizes: Sizes) -> Iterator[Case]:
    """Models and databases that agree."""
    for name, engine_title, engine, has_schemas in ENGINES:
        case = Case(
            name=f"check-{name}",
            title=f"`check` of {sizes.tables:,} tables, {engine_title}, first run",
            project=Project("tables", sizes.tables, has_schemas),
            figures=(STATEMENTS, cpu(1.4), wall()),
            command=("check",),
            engine=engine,
            ours=("--no-cache",),
            pairs=3,
        )
        yield case
        if engine != "sqlite" and not has_schemas:
            yield replace(
                case,
                name=f"check-{name}-slow",
                title=f"{case.title}, 2 ms of network",
                figures=(wall(1.8), cpu()),
                delay=2,
            )
        yield replace(
            case,
            name=f"check-{name}-again",
            title=f"`check` of {sizes.tables:,} tables, {engine_title}, second run",
            figures=(cpu(2), wall()),
            ours=(),
            needs="--no-cache",
            pairs=2,
        )


#: Cases of which one does more of the same: what a step costs must not grow with their number.
GROWTH = ("downgrade-few", "downgrade-many")
#: By how much a step of the longer one may cost more; so much is noise.
GROWTH_LIMIT = 1.1
