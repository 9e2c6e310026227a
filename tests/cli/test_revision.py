"""``flask db revision``"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import FIRST, THIRD, described, is_untouched, tables, told

EMPTY = '''\
"""{message}

Revision ID: {rev}
Revises: {parent}
Create Date: {date}

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '{rev}'
down_revision = {down}
branch_labels = {labels}
depends_on = {needs}


def upgrade():
    pass


def downgrade():
    pass

'''


def new_script(project: Project, *arguments: str) -> dict[str, object]:
    """Run the command, which has to write one file; return what the file assigns at its top, and its name."""
    before = set(project.versions())
    result = project.ok("db", "revision", *arguments)
    (path,) = set(project.versions()) - before
    assert result.stdout == f"Generating {path} ...  done\n"
    assert told(result)[-1] == (f"Next: read {path.relative_to(project.folder)}, then run flask db upgrade")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return {**values, "file": path.name, "doc": ast.get_docstring(tree)}


@pytest.mark.engines("sqlite")
def test_empty_script(started: Project) -> None:
    """The script is to be filled in: its two functions do nothing. The database is not touched."""
    result = started.ok("db", "revision", "-m", "Add users", "--rev-id", "aaaa")
    text = started.read("migrations/versions/aaaa_add_users.py")
    date = re.search(r"Create Date: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\n", text)
    assert date
    values = {"rev": "aaaa", "parent": "", "down": None, "labels": None, "needs": None}
    assert text == EMPTY.format(message="Add users", date=date[1], **values)
    assert told(result)[0] == f"Database: {described(started.url)}"
    assert is_untouched(started.url)


@pytest.mark.engines("sqlite")
def test_follows_the_head(line: Project) -> None:
    """The parent is the head; the id is twelve random hexadecimal digits."""
    script = new_script(line)
    assert script["down_revision"] == THIRD
    assert re.fullmatch("[0-9a-f]{12}", str(script["revision"]))
    assert script["file"] == f"{script['revision']}_.py"
    assert new_script(line)["down_revision"] == script["revision"]


@pytest.mark.engines("sqlite")
def test_options(line: Project) -> None:
    """Id, branch label and dependencies are what was asked for."""
    script = new_script(
        line, "--head", "base", "--rev-id", "zzzz", "--branch-label", "blog", "--depends-on", FIRST, "-m", "Apart"
    )
    script.pop("doc")
    assert script == {
        "file": "zzzz_apart.py",
        "revision": "zzzz",
        "down_revision": None,
        "branch_labels": ("blog",),
        "depends_on": FIRST,
    }
    several = new_script(line, "--head", "blog@head", "--depends-on", FIRST, "--depends-on", THIRD)
    assert (several["down_revision"], several["depends_on"]) == ("zzzz", [FIRST, THIRD])


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Ünïcode 日本", "ünïcode_日本"),
        ("100% sure", "100_sure"),
        ('it\'s "quoted"', "it_s_quoted"),
        ("a/b\\c", "a_b_c"),
        ("${x} <% y %> ## z", "x_y_z"),
        ('three """ quotes', "three_quotes"),
        ('ends with a quote"', "ends_with_a_quote"),
        ("back\\slash \\N \\x", "back_slash_n_x"),
        ("a line\nand another", "a_line_and_another"),
        ("{braces} %(here)s", "braces_here_s"),
        ("x" * 200, "x" * 40 + "_"),
        ("lots of words that go on and on until the name is cut", "lots_of_words_that_go_on_and_on_until_"),
    ],
)
def test_message(started: Project, message: str, name: str) -> None:
    """Whatever the message holds, it is the docstring of a file that can be run."""
    script = new_script(started, "-m", message, "--rev-id", "aaaa")
    assert str(script["doc"]).startswith(message)
    assert script["file"] == f"aaaa_{name}.py"
    started.ok("db", "upgrade")
    assert started.ok("db", "current").stdout == "aaaa (head)\n"


@pytest.mark.engines("sqlite")
def test_several_heads(fork: Project) -> None:
    """With several heads the parent has to be named."""
    before = fork.versions()
    result = fork.fails("db", "revision")
    assert "Multiple head" in result.stderr or "heads" in result.stderr
    assert fork.versions() == before
    assert new_script(fork, "--head", "bbbb")["down_revision"] == "bbbb"


@pytest.mark.engines("sqlite")
def test_splice(line: Project) -> None:
    """A parent that is no head is refused, unless ``--splice`` allows it."""
    before = line.versions()
    line.fails("db", "revision", "--head", FIRST)
    assert line.versions() == before
    assert new_script(line, "--head", FIRST, "--splice")["down_revision"] == FIRST


@pytest.mark.engines("sqlite")
def test_existing_id(line: Project) -> None:
    """An id that is taken is refused, and its file is left alone."""
    before = {path: path.read_text() for path in line.versions()}
    result = line.fails("db", "revision", "--rev-id", FIRST, "-m", "make one")
    assert told(result)[-2:] == [
        f"Error: Revision {FIRST} is present already, in migrations/versions/{FIRST}_make_one.py; nothing was written.",
        "Choose another revision id.",
    ]
    assert {path: path.read_text() for path in line.versions()} == before


@pytest.mark.engines("sqlite")
def test_version_path(started: Project) -> None:
    """``--version-path`` is one of the folders that alembic.ini lists."""
    started.replace(
        "migrations/alembic.ini",
        "path_separator = os",
        "path_separator = space\nversion_locations = %(here)s/versions %(here)s/more",
    )
    folder = started.folder / "migrations/more"
    folder.mkdir()
    started.ok("db", "revision", "--rev-id", "aaaa", "--version-path", str(folder))
    assert [path.name for path in folder.iterdir()] == ["aaaa_.py"]
    assert started.ok("db", "heads").stdout == "aaaa (head)\n"


@pytest.mark.engines("sqlite")
def test_sql_is_wrong_usage(started: Project) -> None:
    """``--sql`` has a meaning only where env.py is run for every revision."""
    assert told(started.fails("db", "revision", "--sql", code=2))[-2:] == [
        "Error: Using --sql with the revision command when revision_environment is not configured does not make "
        "any sense.",
        "Leave out --sql.",
    ]
    assert told(started.fails("db", "revision", "--sql", "--autogenerate", code=2))[-2:] == [
        "Error: Using --sql with --autogenerate does not make any sense.",
        "Leave out --sql; `flask db upgrade --sql` shows the SQL of the new revision.",
    ]
    assert started.versions() == []


@pytest.mark.parametrize("flags", [[], ["--sql"]])
def test_revision_environment(started: Project, flags: list[str]) -> None:
    """With ``revision_environment = true`` env.py is run, in offline mode with ``--sql``."""
    started.replace("migrations/alembic.ini", "# revision_environment = false", "revision_environment = true")
    text = started.read("migrations/env.py")
    started.write("migrations/env.py", f"from alembic import context\nprint(context.is_offline_mode())\n{text}")
    result = started.ok("db", "revision", "--rev-id", "aaaa", *flags)
    assert result.stdout.splitlines()[0] == str(bool(flags))
    assert [path.name for path in started.versions()] == ["aaaa_.py"]
    assert is_untouched(started.url)


def test_autogenerate(started: Project) -> None:
    """``--autogenerate`` fills the script with what the models have and the database hasn't."""
    new_script(started, "--autogenerate", "-m", "Users")
    started.ok("db", "upgrade")
    assert tables(started) == {"user"}
    before = started.versions()
    result = started.ok("db", "revision", "--autogenerate")
    assert "INFO  [alembic.env] No changes in schema detected." in told(result)
    assert (result.stdout, started.versions()) == ("", before)


@pytest.mark.engines("sqlite")
def test_unreachable_database(make_project: Callable[..., Project]) -> None:
    """An empty script needs no database."""
    project = make_project(url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    project.ok("db", "init")
    project.ok("db", "revision")


@pytest.mark.engines("sqlite")
def test_json(line: Project) -> None:
    """``--json`` prints the new revision as data."""
    (entry,) = json.loads(line.ok("db", "revision", "--json", "-m", "More", "--rev-id", "aaaa").stdout)["revisions"]
    assert (entry["revision"], entry["down_revisions"], entry["message"]) == ("aaaa", [THIRD], "More")
    assert entry["path"] == str(line.folder / "migrations/versions/aaaa_more.py")


@pytest.mark.engines("sqlite")
def test_functions_for_every_bind(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """The template for several databases writes functions for every bind into an empty script too."""
    project = make_project(binds={"logs": make_url(), "user data": make_url()})
    project.ok("db", "init", "--multidb")
    script = new_script(project)
    text = project.read(f"migrations/versions/{script['file']}")
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert names == [
        "upgrade",
        "downgrade",
        *("upgrade_", "downgrade_"),
        *("upgrade_logs", "downgrade_logs"),
        *("upgrade_user_data", "downgrade_user_data"),
    ]
    project.ok("db", "upgrade")
