"""``flask db upgrade --tenants`` and the other commands that change tenants."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scripts import FIRST, LINE, SECOND, THIRD, add_script, tables
from tests.tenants.projects import TenantProject

MakeTenants = Callable[..., TenantProject]
ALL = {table for _, table in LINE}


def test_all(make_tenants: MakeTenants) -> None:
    """Every tenant is brought to the head by unmodified scripts; the default database is left alone."""
    project = make_tenants("acme", "globex", "initech")
    result = project.result("upgrade", "--tenants", "all")
    assert sorted(result["done"]) == ["acme", "globex", "initech"]
    assert (result["unchanged"], result["failed"], result["skipped"]) == ([], [], [])
    for name in ("acme", "globex", "initech"):
        assert (project.tables(name), project.version(name)) == (ALL, [THIRD])
        assert "flask_migrate_log" in project.all_tables(name)
    assert tables(project.project) == set()


def test_again(make_tenants: MakeTenants) -> None:
    """A rerun finds what is up to date without running anything, and brings the rest along."""
    project = make_tenants("acme", "globex", "initech")
    project.ok("upgrade", "--tenants", "acme")
    project.ok("upgrade", "--tenants", "globex", SECOND)
    result = project.result("upgrade", "--tenants", "all", "--resume")
    assert (sorted(result["done"]), result["unchanged"]) == (["globex", "initech"], ["acme"])
    assert project.result("upgrade", "--tenants", "all")["unchanged"] == ["acme", "globex", "initech"]
    assert project.steps("globex") == [(rev, "upgrade") for rev, _ in LINE]


def test_down_and_stamp(make_tenants: MakeTenants) -> None:
    """Tenants go down by steps or to a revision, and are stamped."""
    project = make_tenants("acme", "globex")
    project.ok("upgrade", "--tenants", "all")
    project.ok("downgrade", "--tenants", "all")
    assert (project.version("acme"), project.tables("globex")) == ([SECOND], {"one", "two"})
    assert project.result("downgrade", "--tenants", "acme", FIRST)["done"] == ["acme"]
    assert project.result("downgrade", "--tenants", "all", FIRST)["unchanged"] == ["acme"]
    assert (project.version("acme"), project.version("globex")) == ([FIRST], [FIRST])
    project.ok("stamp", "--tenants", "all", THIRD)
    assert (project.version("acme"), project.tables("acme")) == ([THIRD], {"one"})
    assert project.result("stamp", "--tenants", "all", "head")["unchanged"] == ["acme", "globex"]


def test_failing_script(make_tenants: MakeTenants) -> None:
    """The first failure stops the rest, says why, and a rerun goes on."""
    project = make_tenants("t1", "t2", "t3", "t4", "t5", "t6")
    project.ok("upgrade", "--tenants", "t2", SECOND)
    project.sql("t2", "CREATE TABLE {}three (id INTEGER)")
    result = project.result("upgrade", "--tenants", "all", "--jobs", "1", code=1)
    assert [failure["tenant"] for failure in result["failed"]] == ["t2"]
    assert f"The upgrade of revision {THIRD} (make three) failed on " in result["failed"][0]["error"]
    assert (result["done"], sorted(result["skipped"])) == (["t1"], ["t3", "t4", "t5", "t6"])
    result = project.result("upgrade", "--tenants", "all", "--keep-going", code=1)
    assert (result["skipped"], [failure["tenant"] for failure in result["failed"]]) == ([], ["t2"])
    project.sql("t2", "DROP TABLE {}three")
    assert project.result("upgrade", "--tenants", "all")["done"] == ["t2"]


def test_canary(make_tenants: MakeTenants) -> None:
    """The first tenants are done alone; when one of them fails, no other is begun, whatever --keep-going says."""
    project = make_tenants("t1", "t2", "t3", "t4")
    project.ok("upgrade", "--tenants", "t2", SECOND)
    project.sql("t2", "CREATE TABLE {}three (id INTEGER)")
    result = project.result("upgrade", "--tenants", "all", "--canary", "2", "--keep-going", code=1)
    assert (result["done"], result["skipped"]) == (["t1"], ["t3", "t4"])
    project.sql("t2", "DROP TABLE {}three")
    result = project.result("upgrade", "--tenants", "all", "--canary", "2")
    assert sorted(result["done"]) == ["t2", "t3", "t4"]


def test_unreachable(make_tenants: MakeTenants) -> None:
    """One tenant that can't be reached does not keep the others from being migrated."""
    project = make_tenants("acme", "globex")
    project.add_place("gone", "postgresql+psycopg://nobody:secret@127.0.0.1:1/gone")
    project.add_place("ghost", "sqlite:////no/such/folder/ghost.db")
    result = project.project.fails("db", "upgrade", "--tenants", "all", "--keep-going")
    assert "4 tenants: 2 done, 2 failed" in result.stdout
    assert "The database can't be reached (postgresql, 127.0.0.1:1, gone)" in result.stdout
    assert "ghost.db can't be used" in result.stdout
    assert "secret" not in result.output
    assert project.version("globex") == [THIRD]


@pytest.mark.engines("postgresql")
def test_missing_schema(make_tenants: MakeTenants) -> None:
    """A schema that is not there is not made by the way, however it is called."""
    project = make_tenants("acme")
    project.add_place("x", 'x"; DROP SCHEMA acme CASCADE; --')
    result = project.result("upgrade", "--tenants", "all", "--keep-going", code=1)
    assert [failure["tenant"] for failure in result["failed"]] == ["x"]
    assert result["failed"][0]["error"].startswith("The database has no schema 'x\"; DROP SCHEMA acme CASCADE; --'.")
    assert project.tables("acme") == ALL


@pytest.mark.engines("postgresql")
def test_unqualified_names(make_tenants: MakeTenants) -> None:
    """SQL without schemas works in the tenant; tables of the same names in public are neither seen nor touched."""
    project = make_tenants("acme", "globex", scripts=False)
    project.project.sql(project.project.url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    project.project.sql(project.project.url, "INSERT INTO alembic_version VALUES ('1a01aa')")
    project.project.sql(project.project.url, "CREATE TABLE plan (id INTEGER PRIMARY KEY)")
    add_script(
        project.project,
        "1a01aa",
        up="op.execute('CREATE TABLE item (id SERIAL PRIMARY KEY, plan INTEGER REFERENCES plan)')\n"
        "op.execute('INSERT INTO item (plan) VALUES (NULL)')\n"
        "op.create_index('ix', 'item', ['plan'])\n"
        "with op.get_context().autocommit_block():\n"
        "    op.execute('CREATE INDEX CONCURRENTLY iy ON item (plan)')",
        down="op.drop_table('item')",
    )
    project.ok("upgrade", "--tenants", "all")
    assert project.sql("globex", "SELECT id FROM {}item") == [(1,)]
    assert project.version("acme") == ["1a01aa"]
    assert tables(project.project) == {"plan"}


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("shards", [1, 3])
def test_shards(make_tenants: MakeTenants, shards: int) -> None:
    """Every tenant belongs to one shard, which does not change with the number of tenants."""
    names = [f"t{number}" for number in range(9)]
    project = make_tenants(*names)
    found = [project.result("upgrade", "--tenants", "all", "--shard", f"{n}/{shards}") for n in range(1, shards + 1)]
    assert sorted(name for result in found for name in result["done"]) == names
    assert all(not result["unchanged"] for result in found)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tenants", "acmee"], "Error: There is no tenant 'acmee'.\nDid you mean 'acme'?\n"),
        (["--tenants", "acme", "--shard", "3/2"], "Error: --shard 3/2 is out of range.\nShards are counted from 1"),
        (["--tenants", "acme", "--shard", "0/2"], "Error: --shard 0/2 is out of range.\n"),
        (["--tenants", "acme", "--shard", "x"], "Error: --shard x is no shard.\n"),
        (["--tenants", "@nofile"], "Error: The file 'nofile' with the names of tenants can't be read: No such file"),
        (["--keep-going"], "Error: --keep-going is for tenants.\nAdd --tenants all, or name some.\n"),
        (["--tenants", "acme", "--sql", "--plan"], "Error: --plan and --sql exclude each other with --tenants.\n"),
        (["--tenants", "acme", "--output-dir", "x"], "Error: --output-dir is for SQL.\n"),
        (["--tenants", "acme", "--sql", "+1"], "Error: +1 is no revision that SQL can go to.\n"),
        (["--tenants", "acme", "--resume", "+1"], "Error: --resume can't tell which tenants have gone +1 already.\n"),
        (["--tenants", "acme", "--executor", "x"], "Error: There is no executor 'x'.\n"),
    ],
)
def test_wrong_usage(make_tenants: MakeTenants, arguments: list[str], message: str) -> None:
    """What can't be meant is refused before anything is done."""
    project = make_tenants("acme")
    result = project.fails("upgrade", *arguments, code=2)
    assert message in result.stderr
    assert project.result("current", "--tenants", "all")["tenants"]["acme"]["revisions"] == []


@pytest.mark.engines("sqlite")
def test_names(make_tenants: MakeTenants) -> None:
    """Tenants are named one by one, or in a file; anything is a name."""
    project = make_tenants("acme", "a b", "x'y", "naïve;--")
    assert project.result("upgrade", "--tenants", "x'y", "naïve;--")["done"].sort() is None
    project.project.write("names.txt", "# some\nacme\n\n  a b\n")
    assert sorted(project.result("upgrade", "--tenants", "@names.txt")["done"]) == ["a b", "acme"]
    assert project.version("naïve;--") == [THIRD]


@pytest.mark.engines("sqlite")
def test_no_such_revision(make_tenants: MakeTenants) -> None:
    """A revision that is not in the history is an error before the first tenant."""
    project = make_tenants("acme")
    assert "Can't locate revision identified by 'nix'" in project.fails("upgrade", "--tenants", "all", "nix").stderr


@pytest.mark.engines("sqlite")
def test_no_tenants(make_tenants: MakeTenants) -> None:
    """An app without the function, and one whose function yields nothing or fails."""
    project = make_tenants()
    assert project.ok("upgrade", "--tenants", "all").stdout == "There are no tenants.\n"
    project.project.replace("app.py", "yield from json", "raise KeyError('x')\n    yield from json")
    assert (
        "The tenants can't be read: tenants() raised KeyError: 'x'"
        in project.fails("current", "--tenants", "all").stderr
    )
    project.project.replace("app.py", "raise KeyError('x')\n    yield from json", "json")
    assert "tenants() returns None." in project.fails("upgrade", "--tenants", "all").stderr
    project.project.replace("app.py", "@migrate.tenants", "")
    assert "Error: The app has no tenants.\n" in project.fails("upgrade", "--tenants", "all").stderr


@pytest.mark.engines("sqlite")
def test_same_name_twice(make_tenants: MakeTenants) -> None:
    """Two tenants of one name are an error."""
    project = make_tenants("acme")
    project.project.replace("app.py", "yield from json", 'yield "acme", "sqlite:///x.db"\n    yield from json')
    assert "yields the name 'acme' twice" in project.fails("upgrade", "--tenants", "all").stderr
