"""The revisions on disk are broken, or do not hold what was asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import FIRST, SECOND, THIRD, add_fork, add_line, add_script, is_untouched, tables, version

pytestmark = pytest.mark.engines("sqlite")

Refuses = Callable[..., list[str]]

#: Commands that need the whole history.
ALL_COMMANDS = [
    *("branches", "check", "current", "downgrade", "edit", "heads", "history"),
    *("merge", "migrate", "revision", "show", "stamp", "upgrade"),
]
CORRECT = "Correct the file, or restore it from version control, and run the command again."
ELSEWHERE = (
    "When it is the database that is at this revision, its file is missing: get it from the branch or release that "
    "was deployed."
)


@pytest.fixture
def started(project: Project) -> Project:
    """A project after ``flask db init``."""
    project.ok("db", "init")
    return project


@pytest.fixture
def line(started: Project) -> Project:
    """A project with the three revisions of ``tests.scripts.LINE``, the first of them applied."""
    add_line(started)
    started.ok("db", "upgrade", FIRST)
    return started


@pytest.mark.parametrize(
    "arguments",
    [
        ["upgrade", "feedbeef"],
        ["downgrade", "feedbeef"],
        ["stamp", "feedbeef"],
        ["show", "feedbeef"],
        ["edit", "feedbeef"],
        ["merge", "feedbeef", "1a"],
        ["revision", "--head", "feedbeef"],
        ["migrate", "--head", "feedbeef"],
        ["history", "-r", "feedbeef:"],
        ["upgrade", "feedbeef@head"],
    ],
    ids=" ".join,
)
def test_unknown_revision(line: Project, refuses: Refuses, arguments: list[str]) -> None:
    """A revision that no file has is named, with where it may be; nothing is changed."""
    assert refuses(line, "db", *arguments) == [
        "Error: Can't locate revision identified by 'feedbeef': no revision file here has this id or branch label.",
        f"'flask db history' lists the revisions. {ELSEWHERE}",
    ]
    assert (tables(line), version(line)) == ({"one"}, [FIRST])


def test_mistyped_revision(line: Project, refuses: Refuses) -> None:
    """A revision that is nearly right is proposed."""
    assert refuses(line, "db", "upgrade", "1a01ab") == [
        "Error: Can't locate revision identified by '1a01ab': no revision file here has this id or branch label.",
        f"Did you mean {FIRST} (make one)? {ELSEWHERE}",
    ]


@pytest.mark.parametrize("command", ["upgrade", "stamp", "show", "edit"])
def test_ambiguous_prefix(started: Project, refuses: Refuses, command: str) -> None:
    """The beginning of several ids stands for none of them: all are named."""
    add_script(started, "abcd01", None, "left")
    add_script(started, "abcd02", "abcd01", "right")
    lines = refuses(started, "db", command, "abcd")
    begin = "Error: Can't locate revision identified by 'abcd', because more than one revision starts with it: "
    assert lines[0].startswith(begin)
    assert sorted(lines[0][len(begin) : -1].split(", ")) == ["abcd01 (left)", "abcd02 (right)"]
    assert lines[1] == "Write more characters of the id."


@pytest.mark.parametrize(
    ("arguments", "steps"), [(["upgrade", "+3"], "+3 didn't produce 3"), (["downgrade", "-2"], "-2 didn't produce 2")]
)
def test_more_steps_than_there_are(line: Project, refuses: Refuses, arguments: list[str], steps: str) -> None:
    """A number of steps that leads beyond the end is refused, and no step is taken."""
    assert refuses(line, "db", *arguments) == [
        f"Error: Relative revision {steps} migrations: there are not that many revisions on that side.",
        "'flask db current' tells where the database is, 'flask db history' what comes before and after it.",
    ]
    assert version(line) == [FIRST]


class TestSyntaxError:
    """A script with a syntax error is named with its line."""

    @pytest.mark.parametrize("command", ["upgrade", "history", "heads", "current", "revision", "migrate"])
    def test_in_the_header(self, line: Project, refuses: Refuses, command: str) -> None:
        """Where nobody can tell which revision the file is, no command goes on."""
        line.write("migrations/versions/dddd_broken.py", "import os\nrevision = (\n")
        assert refuses(line, "db", command, process=command == "upgrade") == [
            "Error: The revision file migrations/versions/dddd_broken.py, line 2, can't be used: '(' was never closed.",
            CORRECT,
        ]
        assert version(line) == [FIRST]

    def test_in_a_function(self, line: Project, refuses: Refuses) -> None:
        """Where the revision is known, commands that do not run the script work; before it no step is run."""
        path = add_script(line, "dddd", THIRD, "broken", up="x = = 1")
        number = path.read_text().splitlines().index("    x = = 1") + 1
        assert refuses(line, "db", "upgrade") == [
            f"Error: The revision file migrations/versions/dddd_broken.py, line {number}, can't be used: "
            "invalid syntax.",
            CORRECT,
        ]
        assert version(line) == [FIRST]
        assert line.ok("db", "heads").stdout == "dddd (head)\n"
        line.ok("db", "upgrade", THIRD)
        assert version(line) == [THIRD]

    def test_error_at_import(self, line: Project, refuses: Refuses) -> None:
        """A script that can't be imported is named with its line as well; steps before it are kept."""
        path = add_script(line, "dddd", THIRD, "broken")
        path.write_text(path.read_text().replace("import sqlalchemy as sa", "import nothing_of_the_kind"))
        lines = refuses(line, "db", "upgrade")
        assert lines == [
            "Error: The revision file migrations/versions/dddd_broken.py, line 9, can't be used: "
            "ModuleNotFoundError: No module named 'nothing_of_the_kind'.",
            CORRECT,
        ]
        assert version(line) == [THIRD]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x = 1\n", "could not determine revision id from filename notes.py, and it has no line 'revision = …'"),
        ("revision = 'dddd'\n", "it has no line 'down_revision = …', which tells what comes before it"),
    ],
)
@pytest.mark.parametrize("command", ["upgrade", "history"])
def test_file_that_is_no_revision(line: Project, refuses: Refuses, text: str, error: str, command: str) -> None:
    """A file among the revisions that is none is named."""
    line.write("migrations/versions/notes.py", text)
    lines = refuses(line, "db", command)
    assert lines[0].startswith("Error: The revision file migrations/versions/notes.py")
    assert lines[0].endswith(f"can't be used: {error}.")
    assert lines[1] == CORRECT


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_two_files_with_one_id(line: Project, refuses: Refuses, command: str) -> None:
    """Both files are named, and nothing is run."""
    add_script(line, SECOND, None, "copy", creates="copied")
    assert refuses(line, "db", command) == [
        f"Error: Revision {SECOND} is present more than once: migrations/versions/{SECOND}_copy.py and "
        f"migrations/versions/{SECOND}_make_two.py both have this id.",
        "Delete the file that is the copy, or give one of them another id in its 'revision' line (and in the "
        "'down_revision' of what follows it).",
    ]
    assert (tables(line), version(line)) == ({"one"}, [FIRST])


@pytest.mark.parametrize("command", [name for name in ALL_COMMANDS if name != "downgrade"])
def test_cycle(started: Project, refuses: Refuses, command: str) -> None:
    """Revisions that come after each other are named, with their files."""
    add_script(started, "aaaa", "bbbb")
    add_script(started, "bbbb", "aaaa")
    assert refuses(started, "db", command) == [
        "Error: Cycle is detected in revisions (aaaa, bbbb): each of them comes after the others, so none can be "
        "applied (migrations/versions/aaaa_.py, migrations/versions/bbbb_.py).",
        "Correct the 'down_revision' line of one of these files.",
    ]
    assert is_untouched(started.url)


def test_revision_after_itself(line: Project, refuses: Refuses) -> None:
    """The same for a revision that comes after itself."""
    add_script(line, "bbbb", "bbbb")
    assert refuses(line, "db", "upgrade") == [
        "Error: Self-loop is detected in revisions (bbbb): it comes after itself (migrations/versions/bbbb_.py).",
        "Correct the 'down_revision' line of one of these files.",
    ]


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_missing_parent(line: Project, refuses: Refuses, command: str) -> None:
    """A parent that no file has is named, with the file that names it."""
    add_script(line, "bbbb", "feedbeef")
    assert refuses(line, "db", command) == [
        "Error: Revision feedbeef referenced from migrations/versions/bbbb_.py is not present: the 'down_revision' of "
        "revision bbbb names it, and no revision file has this id.",
        "Restore the file of revision feedbeef from version control, or correct the 'down_revision' line.",
    ]
    assert (tables(line), version(line)) == ({"one"}, [FIRST])


def test_missing_dependency(line: Project, refuses: Refuses) -> None:
    """The same for a revision that another one depends on."""
    add_script(line, "bbbb", THIRD, needs="feedbeef")
    assert refuses(line, "db", "upgrade") == [
        "Error: Revision feedbeef referenced from migrations/versions/bbbb_.py is not present: the 'depends_on' of "
        "revision bbbb names it, and no revision file has this id.",
        "Restore the file of revision feedbeef from version control, or correct the 'depends_on' line.",
    ]


@pytest.mark.parametrize("command", ["upgrade", "migrate", "show", "edit"])
def test_several_heads(started: Project, refuses: Refuses, command: str) -> None:
    """Several heads are listed, with the two ways to go on."""
    add_fork(started)
    assert refuses(started, "db", command, process=command == "upgrade") == [
        "Error: Multiple head revisions are present for given argument 'head': bbbb (left), cccc (right).",
        "Join them with 'flask db merge', or apply all of them with 'flask db upgrade heads'.",
    ]
    assert tables(started) == set()


def test_new_revision_with_several_heads(started: Project, refuses: Refuses) -> None:
    """A new script needs one parent."""
    add_fork(started)
    assert refuses(started, "db", "revision") == [
        "Error: Multiple heads are present: bbbb (left), cccc (right).",
        "Join them with 'flask db merge', or choose the one to build on with --head.",
    ]


def test_both_ways_out_of_several_heads(started: Project) -> None:
    """What the message proposes works."""
    add_fork(started)
    started.ok("db", "upgrade", "heads")
    assert version(started) == ["bbbb", "cccc"]
    started.ok("db", "merge", "--rev-id", "dddd")
    started.ok("db", "upgrade")
    assert version(started) == ["dddd"]


def test_name_of_the_group(started: Project, refuses: Refuses) -> None:
    """Messages name the commands as the app calls them."""
    started.replace("app.py", "Migrate(app, db)", "Migrate(app, db, command='database')")
    add_fork(started)
    assert refuses(started, "database", "upgrade")[1] == (
        "Join them with 'flask database merge', or apply all of them with 'flask database upgrade heads'."
    )
