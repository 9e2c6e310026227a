"""What the message of a refused statement adds: the cause in the project's own names, and the way on."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import FIRST, add_script, tables, told

#: Tables with names that need quotes; the statements are understood by every engine.
SETUP = """
op.create_table('courses', sa.Column('id', sa.Integer, primary_key=True), sa.Column('age', sa.String(20)))
op.create_table('Apply %x', sa.Column('id', sa.Integer, primary_key=True), sa.Column('Co rse', sa.Integer),
    sa.Column('code', sa.String(20)), sa.ForeignKeyConstraint(['Co rse'], ['courses.id'], name='fk_course'))
op.create_table('loose', sa.Column('id', sa.Integer, primary_key=True), sa.Column('course', sa.Integer))
op.execute("INSERT INTO courses VALUES (1, '7'), (2, 'abc'), (3, 'x:y')")
t = sa.table('Apply %x', sa.column('id'), sa.column('Co rse'), sa.column('code'))
op.bulk_insert(t, [{'id': i, 'Co rse': 1, 'code': c} for i, c in enumerate(['a', 'a', 'b', None, None], 1)])
op.execute("INSERT INTO loose VALUES (1, 1), (2, 77), (3, NULL)")
"""


@pytest.fixture
def failing(project: Project) -> Callable[[str], list[str]]:
    """A function that runs a script with the given body after ``SETUP``, and returns the lines behind ``Script:``."""
    project.ok("db", "init")
    add_script(project, FIRST, None, "set up", up=SETUP.strip())
    project.ok("db", "upgrade")

    def run(up: str) -> list[str]:
        add_script(project, "bad0", FIRST, "bad idea", up=up)
        before = rows_of(project)
        lines = told(project.fails("db", "upgrade"))
        (start,) = [number for number, line in enumerate(lines) if line.startswith("Script: ")]
        assert lines[start - 2].startswith("Error: The upgrade of revision bad0 (bad idea) failed on ")
        assert rows_of(project) == before
        return lines[start + 1 :]

    return run


def rows_of(project: Project) -> dict[str, int]:
    """The number of rows of each table."""
    engine = sa.create_engine(project.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        names = sorted(tables(project))
        counts = [connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in names]
    return dict(zip(names, (int(count or 0) for count in counts), strict=True))


def batch(table: str, what: str) -> str:
    """A change of a table that works on every engine, SQLite included."""
    return f"with op.batch_alter_table({table!r}) as batch:\n    batch.{what}"


def test_dropped_table_is_referenced(failing: Callable[[str], list[str]], engine_name: str) -> None:
    """A table that others refer to is told with their columns."""
    up = "op.drop_table('courses')"
    if engine_name == "sqlite":
        up = "op.execute('CREATE VIEW v AS SELECT age FROM courses')\nop.execute('ALTER TABLE courses DROP COLUMN age')"
        assert failing(up)[0] == "Cause: courses.age is referenced by view v."
        return
    assert failing(up) == [
        "Cause: courses is referenced by Apply %x.Co rse.",
        "Drop or change them first, earlier in the same script or in a revision before it.",
    ]


@pytest.mark.engines("postgresql")
def test_dropped_column_is_in_a_view(failing: Callable[[str], list[str]], project: Project) -> None:
    """Views count as well, and a table without references has none."""
    project.sql(project.url, 'CREATE VIEW "my view" AS SELECT course FROM loose')
    assert failing("op.drop_column('loose', 'course')")[0] == 'Cause: loose.course is referenced by view "my view".'


def test_column_made_before(failing: Callable[[str], list[str]]) -> None:
    """A column that is there is told with the revision that has made it."""
    assert failing("op.add_column('courses', sa.Column('age', sa.Integer))") == [
        f"Cause: column courses.age is there already: revision {FIRST} (set up) has made it.",
        "Remove it from this script, or from that one if it never ran anywhere.",
    ]


def test_column_from_outside(failing: Callable[[str], list[str]], project: Project) -> None:
    """A column that no revision has made came from outside."""
    project.sql(project.url, "ALTER TABLE courses ADD COLUMN mine INTEGER")
    lines = failing("op.add_column('courses', sa.Column('mine', sa.Integer))")
    assert lines[0] == (
        "Cause: column courses.mine is there already, and no revision that was applied here has made it: "
        "it came from outside."
    )
    assert lines[1].startswith("Compare: flask db drift.")


def test_table_and_index_made_before(failing: Callable[[str], list[str]]) -> None:
    """The same for a table that is made in plain SQL, and for one that the script itself makes twice."""
    assert failing("op.execute('CREATE TABLE courses (id INTEGER)')")[0] == (
        f"Cause: table courses is there already: revision {FIRST} (set up) has made it."
    )
    twice = "op.create_index('ix', 'loose', ['id'])\nop.create_index('ix', 'loose', ['course'])"
    assert failing(twice)[0] == "Cause: index ix is made twice by this very script."


def test_nulls_in_the_way(failing: Callable[[str], list[str]], project: Project) -> None:
    """NOT NULL tells how many rows have no value, with a query that shows them."""
    lines = failing(batch("Apply %x", "alter_column('code', existing_type=sa.String(20), nullable=False)"))
    begin = "Cause: Apply %x.code is NULL in 2 rows. See them: "
    assert lines[0].startswith(begin)
    assert len(project.sql(project.url, lines[0].removeprefix(begin))) == 2
    assert lines[1].startswith("Fill them first, in the script: UPDATE ")


@pytest.mark.engines("sqlite", "postgresql")
def test_new_column_without_a_value(failing: Callable[[str], list[str]]) -> None:
    """A new NOT NULL column tells how many rows would be without a value."""
    assert failing("op.add_column('loose', sa.Column('c', sa.Integer, nullable=False))")[0] == (
        "Cause: loose has 3 rows, which get no value for the new column c; it is NOT NULL."
    )


def test_duplicates_in_the_way(failing: Callable[[str], list[str]], project: Project) -> None:
    """A unique key tells what is there more than once, with a query that shows it."""
    begin = "Cause: Apply %x.code has 1 value that is there more than once, in 2 rows. See them: "
    for up in (
        "op.create_index('u', 'Apply %x', ['code'], unique=True)",
        batch("Apply %x", "create_unique_constraint('u', ['code'])"),
    ):
        (line, _) = failing(up)
        assert line.startswith(begin)
        assert len(project.sql(project.url, line.removeprefix(begin))) == 1


@pytest.mark.engines("postgresql", "mariadb")
def test_rows_that_refer_to_nothing(failing: Callable[[str], list[str]]) -> None:
    """A foreign key tells how many rows refer to nothing."""
    lines = failing("op.create_foreign_key('fk', 'loose', 'courses', ['course'], ['id'])")
    assert lines[0].startswith("Cause: 1 row of loose has a value in course that courses has not. See them: SELECT ")


@pytest.mark.engines("postgresql", "mariadb")
def test_values_that_cannot_be_converted(failing: Callable[[str], list[str]]) -> None:
    """A change of type tells how many values do not fit, and one of them."""
    begin = "Cause: courses.age has a value that INTEGER can't hold in 2 rows, for example 'abc'. See them: SELECT "
    using = "postgresql_using='age::integer'"
    assert failing(f"op.alter_column('courses', 'age', type_=sa.Integer, {using})")[0].startswith(begin)
    lines = failing("op.alter_column('courses', 'age', type_=sa.String(1), existing_type=sa.String(20))")
    assert lines[0].startswith(
        "Cause: courses.age has a value that VARCHAR(1) can't hold in 2 rows, for example 'abc'."
    )


def test_unknown_cause_adds_nothing(failing: Callable[[str], list[str]]) -> None:
    """What has no known cause is told as ever."""
    assert failing("op.execute('SELEKT 1')") == []


def test_explanation_that_fails(failing: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """An explanation that goes wrong leaves the engine's words as they are."""

    def broken(*_: object) -> None:
        raise RuntimeError("nothing to see")

    monkeypatch.setattr("flask_migrate.causes.find.looking", broken)
    assert failing("op.add_column('courses', sa.Column('age', sa.Integer))") == []


def test_rows_that_a_check_does_not_allow(failing: Callable[[str], list[str]]) -> None:
    """A new check tells how many rows do not meet it, and how to see them."""
    lines = failing(batch("Apply %x", "create_check_constraint('ck %', \"code IN ('b', 'c:d')\")"))
    assert lines[0].startswith("Cause: 2 rows of Apply %x do not meet the check ck %. See them: SELECT * FROM ")
    assert lines[0].endswith("WHERE NOT (code IN ('b', 'c:d')) LIMIT 10")


@pytest.mark.engines("postgresql", "mariadb")
def test_constraint_made_inside_of_a_table(failing: Callable[[str], list[str]]) -> None:
    """A key that a table was made with counts as made by that revision."""
    lines = failing("op.create_foreign_key('fk_course', 'Apply %x', 'courses', ['Co rse'], ['id'])")
    assert lines[0] == f"Cause: constraint fk_course is there already: revision {FIRST} (set up) has made it."


@pytest.mark.engines("postgresql", "mariadb")
def test_nulls_in_the_way_of_a_primary_key(failing: Callable[[str], list[str]], project: Project) -> None:
    """A primary key wants a value in each of its columns."""
    project.sql(project.url, "CREATE TABLE bare (a INTEGER, b INTEGER)")
    project.sql(project.url, "INSERT INTO bare VALUES (1, 1), (2, NULL)")
    assert failing("op.create_primary_key('pk', 'bare', ['a', 'b'])")[0].startswith("Cause: bare.b is NULL in 1 row. ")


@pytest.mark.engines("postgresql")
def test_type_of_a_column_in_a_view(failing: Callable[[str], list[str]], project: Project) -> None:
    """A view keeps the type of its columns."""
    project.sql(project.url, "CREATE VIEW v AS SELECT course FROM loose")
    lines = failing("op.alter_column('loose', 'course', type_=sa.BigInteger())")
    assert lines[0] == "Cause: loose.course is referenced by view v."


def test_what_is_not_there(failing: Callable[[str], list[str]], project: Project) -> None:
    """What was to be dropped is told with the revision that has made it, or that none has."""
    assert failing("op.drop_table('nope')") == [
        "Cause: table nope is not there, and no revision that was applied here makes it.",
        "Correct its name, or compare: flask db drift",
    ]
    assert failing("op.drop_column('courses', 'nope')")[0].startswith(
        "Cause: column courses.nope is not there, and no "
    )
    project.sql(project.url, "DROP TABLE loose")
    assert failing("op.drop_table('loose')") == [
        f"Cause: table loose is not there, though revision {FIRST} (set up) has made it: a later revision has dropped "
        "or renamed it, or somebody by hand.",
        "Compare: flask db drift",
    ]


@pytest.mark.engines("postgresql", "mariadb")
def test_table_that_another_session_holds(
    failing: Callable[[str], list[str]], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all tries are over, it is told who is in the way."""
    monkeypatch.setattr("flask_migrate.execution.patience.pauses", lambda *_, **__: iter(()))
    engine = sa.create_engine(project.url, poolclass=sa.NullPool)
    with engine.connect() as holder:
        holder.exec_driver_sql("SELECT * FROM loose").all()
        query = "SELECT pg_backend_pid()" if engine.dialect.name == "postgresql" else "SELECT CONNECTION_ID()"
        process = holder.exec_driver_sql(query).scalar()
        time.sleep(1.2)  # a transaction that is younger may be gone in a moment, and is not named
        lines = failing("op.add_column('loose', sa.Column('x', sa.Integer))")
    assert lines[0].startswith(f"Cause: another session holds loose: process {process} of user ")
    assert lines[1] == "Wait until it ends, or end it, then run the command again."


#: What makes a user who may change rows and no table, and what removes the user.
RIGHTS = {
    "postgresql": (
        [
            "CREATE ROLE {0} LOGIN PASSWORD 'x'",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO {0}",
            "GRANT CREATE, USAGE ON SCHEMA public TO {0}",
        ],
        ["DROP OWNED BY {0}", "DROP ROLE {0}"],
    ),
    "mariadb": (
        ["CREATE USER {0}@'%' IDENTIFIED BY 'x'", "GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO {0}@'%'"],
        ["DROP USER {0}@'%'"],
    ),
}


@pytest.mark.engines("postgresql", "mariadb")
def test_missing_right(failing: Callable[[str], list[str]], project: Project, engine_name: str) -> None:
    """A user who may not change a table is told what would help."""
    name, real = f"cause_{secrets.token_hex(4)}", project.url
    before, after = RIGHTS[engine_name]
    for statement in before:
        project.sql(real, statement.format(name))
    try:
        failing("op.drop_table('nope')")  # the set-up is the owner's
        url = sa.make_url(real).set(username=name, password="x")
        project.url = url.render_as_string(hide_password=False)
        lines = failing("op.add_column('loose', sa.Column('x', sa.Integer))")
    finally:
        for statement in after:
            project.sql(real, statement.format(name))
    if engine_name == "postgresql":
        assert lines[0].startswith("Cause: loose belongs to ")
        assert lines[0].endswith(f", and the migration runs as {name}.")
    else:
        assert lines[0] == f"Cause: user {name}@% lacks the right ALTER on loose."
        assert lines[1].startswith("As an administrator: GRANT ALTER ON ")


#: Raw statements, and the beginning of their cause; SQLite takes those that have none there.
WRITES: tuple[tuple[str, str, str | None], ...] = (
    (
        "UPDATE w SET a = nullif(a, '7'), id = id WHERE id < 9",
        "w.a is NOT NULL, and the statement leaves it without a value in 1 row. "
        "See them: SELECT * FROM w WHERE (id < 9) AND (nullif(a, '7')) IS NULL LIMIT 10",
        "w.a is NOT NULL, and",
    ),
    ("INSERT INTO w (id) VALUES (7)", *("w.a is NOT NULL, and the statement leaves it without a value.",) * 2),
    (
        "UPDATE w SET code = 2",
        "w.code is unique, and has the value '2' already. See it: SELECT * FROM w WHERE code = '2'",
        "w.code is unique, and the statement writes a value more than once or again.",
    ),
    ("INSERT INTO kid VALUES (9)", "kid.w refers to w.id, and w has no row with ", None),
    ("DELETE FROM w WHERE id = 1", "rows of kid refer by w to the row", None),
    ("UPDATE w SET code = CAST(a AS INTEGER)", "w.a has a value that INTEGER can't hold in 1 row, for exam", None),
    ("UPDATE w SET a = 'abcdef'", "w.a is VARCHAR(5), and the statement writes a value that it can't hold", None),
    ("UPDATE w SET coda = 1", *("column w.coda is not there, and no revision that was applied",) * 2),
    (
        "INSERT INTO kidd VALUES (1)",
        *("table kidd is not there, and no revision that was applied here makes it. Did",) * 2,
    ),
)


def test_statements_that_write_rows(failing: Callable[[str], list[str]], project: Project, engine_name: str) -> None:
    """Raw statements are explained too: what is NOT NULL, unique, referred to, too long or misspelt."""
    failing("op.execute('SELEKT 1')")  # the first revision is there from now on
    project.sql(project.url, "CREATE TABLE w (id INTEGER PRIMARY KEY, a VARCHAR(5) NOT NULL, code INTEGER UNIQUE)")
    project.sql(project.url, "INSERT INTO w VALUES (1, '7', 1), (2, 'abc', 2)")
    project.sql(project.url, "CREATE TABLE kid (w INTEGER, FOREIGN KEY (w) REFERENCES w (id))")
    project.sql(project.url, "INSERT INTO kid VALUES (1)")
    for statement, cause, on_sqlite in WRITES:
        wanted = on_sqlite if engine_name == "sqlite" else cause
        if wanted is not None:
            assert failing(f'op.execute("{statement}")')[0].startswith(f"Cause: {wanted}")
