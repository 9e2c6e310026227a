"""init --from-folder: folders of other tools as revisions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import tables, version

DBMATE = {
    "20240101120000_create_users.sql": "-- migrate:up\r\nCREATE TABLE users (id INTEGER, name VARCHAR(20));\n"
    "INSERT INTO users VALUES (1, 'a;\u2028 %s');\r\n\r\n-- migrate:down\rDROP TABLE users;\r\n",
    "20240102120000_create_posts.sql": "-- migrate:up transaction:false\nCREATE TABLE posts (id INTEGER);\n"
    "-- migrate:down\nDROP TABLE posts;\n",
    "schema.sql": "CREATE TABLE no (id INTEGER);",
}
PAIRS = {
    "000001_create_users.up.sql": "\ufeffBEGIN;\nCREATE TABLE users (id INTEGER, name VARCHAR(20));\n"
    "INSERT INTO users VALUES (1, 'a;\u2028 %s');\nCOMMIT;\n",
    "000001_create_users.down.sql": "DROP TABLE users",
    "000002_create_posts.up.sql": "CREATE TABLE posts (id INTEGER);",
    "000002_create_posts.down.sql": "DROP TABLE posts;",
}
FLYWAY = {
    "V1.1__create_users.sql": "CREATE TABLE users (id INTEGER, name VARCHAR(20));\n"
    "INSERT INTO users VALUES (1, 'a;\u2028 %s');",
    "U1.1__create_users.sql": "DROP TABLE users;",
    "V1.10__create_posts.sql": "CREATE TABLE posts (id INTEGER);",
    "V1.10__create_posts.sql.conf": "executeInTransaction=false",
    "U1.10__create_posts.sql": "DROP TABLE posts;",
    "R__views.sql": "SELECT 1;",
}
GOOSE = {
    "1_create_users.sql": "-- +goose Up\nCREATE TABLE users (id INTEGER, name VARCHAR(20));\n"
    "INSERT INTO users VALUES (1, 'a;\u2028 %s');\n-- +goose Down\nDROP TABLE users;",
    "10_create_posts.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE posts (id INTEGER);\n"
    "-- +goose Down\nDROP TABLE posts;",
}


@pytest.fixture
def importing(make_project: Callable[..., Project]) -> Callable[[dict[str, str]], Project]:
    """A function that makes a project with SQL files in ``sql/``."""

    def make(files: dict[str, str]) -> Project:
        source = (
            "import os\nfrom flask import Flask\nfrom flask_migrate import Migrate\n"
            'app = Flask(__name__)\nMigrate(app, url=os.environ["DATABASE_URL"])\n'
        )
        project = make_project(source)
        (project.folder / "sql").mkdir()
        for name, text in files.items():
            (project.folder / "sql" / name).write_bytes(text.encode())
        return project

    return make


@pytest.mark.parametrize(
    ("files", "ids", "others"),
    [
        (DBMATE, ["20240101120000", "20240102120000"], ["schema.sql"]),
        (PAIRS, ["000001", "000002"], []),
        (FLYWAY, ["1_1", "1_10"], ["R__views.sql"]),
        (GOOSE, ["1", "10"], []),
    ],
    ids=["dbmate", "golang-migrate", "flyway", "goose"],
)
def test_import(
    importing: Callable[[dict[str, str]], Project], files: dict[str, str], ids: list[str], others: list[str]
) -> None:
    """The files run in the order of their numbers, up and down, whatever their line ends are."""
    project = importing(files)
    stderr = project.ok("db", "init", "--from-folder", "sql").stderr
    assert [line for line in stderr.splitlines() if line.startswith("Left out")] == [
        f"Left out: {name}, whose name has no number." for name in others
    ]
    project.ok("db", "upgrade", ids[0])
    assert tables(project) == {"users"}
    project.ok("db", "upgrade")
    assert (tables(project), version(project)) == ({"users", "posts"}, [ids[1]])
    assert project.sql(project.url, "SELECT name FROM users") == [("a;\u2028 %s",)]
    assert project.ok("db", "history").stdout == (
        f"{ids[0]} -> {ids[1]} (head), create posts\n<base> -> {ids[0]}, create users\n"
    )
    project.ok("db", "downgrade", "-y", "base")
    assert tables(project) == set()


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"2_x.down.sql": "SELECT 1"}, "sql/2_x.down.sql takes back what no file does: its first half is missing."),
        ({"1_x.sql": "\n-- migrate:down\nSELECT 1"}, "begins with the half that takes back"),
        ({"1_x.sql": "-- migrate:up\nSELECT 1;\nSELECT 'a"}, "sql/1_x.sql, line 3: the string that begins there"),
        ({"1_x.sql": "SELECT 1", "01_y.sql": "SELECT 1"}, "Two files have the number 1: 01_y.sql and 1_x.sql."),
        ({"x.sql": "SELECT 1"}, "There is no numbered SQL file in sql."),
        ({f"{'1' * 33}_x.sql": "SELECT 1"}, "has more than 32 digits"),
    ],
)
def test_bad_folder(importing: Callable[[dict[str, str]], Project], files: dict[str, str], sentence: str) -> None:
    """What is wrong is told, and no folder is made."""
    project = importing(files)
    result = project.invoke("db", "init", "--from-folder", "sql")
    assert (sentence in result.stderr, result.returncode in (1, 2)) == (True, True), str(result)
    assert not (project.folder / "migrations").exists()
    assert "can't be read" in project.fails("db", "init", "--from-folder", "nowhere", code=2).stderr


@pytest.mark.engines("sqlite")
def test_no_way_back(importing: Callable[[dict[str, str]], Project]) -> None:
    """A file without a second half can't be taken back, and that is said before anything is done."""
    project = importing({"V1__a.sql": "CREATE TABLE a (id INTEGER);"})
    project.ok("db", "init", "--from-folder", "sql")
    project.ok("db", "upgrade")
    assert "V1__a.sql has no half that takes it back" in project.fails("db", "downgrade", "-y", code=5).stderr
    assert tables(project) == {"a"}
