"""A damaged file breaks what needs it, and is named; a history that makes no sense is named with its files."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
from alembic.script import ScriptDirectory

from flask_migrate.alembic_compat import downgrade_steps, upgrade_steps
from flask_migrate.errors import HistoryError
from flask_migrate.revisions import Problem, read_problems
from tests.history.folders import TELLTALE, Folder

CORRECT = "Correct the file, or restore it from version control, and run the command again."


def error_of(question: Callable[[], t.Any]) -> str:
    """The whole message of the error that a question ends with."""
    with pytest.raises(HistoryError) as caught:
        question()
    return str(caught.value)


def line_with_damage(folder: Folder) -> None:
    """Three revisions, the one in the middle with a syntax error in line 15."""
    folder.line("aa11", "bb22", "cc33")
    folder.revision("bb22", "aa11", body="def upgrade(:", message="damaged")


BROKEN = f"The revision file migrations/versions/bb22_make.py, line 15, can't be used: invalid syntax.\n{CORRECT}"


def test_a_syntax_error_below_the_header_disturbs_no_question(folder: Folder) -> None:
    """Heads, texts and where a database is are told as if nothing were wrong."""
    line_with_damage(folder)
    script = folder.ours()
    assert script.get_heads() == ["cc33"]
    assert [str(rev) for rev in script.walk_revisions()] == [
        "bb22 -> cc33 (head), make cc33",
        "aa11 -> bb22, damaged",
        "<base> -> aa11, make aa11",
    ]
    assert [rev.cmd_format(False) for rev in script.get_all_current(("bb22",))] == ["bb22"]


def test_a_syntax_error_stops_what_runs_the_file(folder: Folder) -> None:
    """Plans with the file fail, up and down; plans beside it don't."""
    line_with_damage(folder)
    script = folder.ours()
    assert error_of(lambda: upgrade_steps(script, "heads", ())) == BROKEN
    assert error_of(lambda: upgrade_steps(script, "heads", ("aa11",))) == BROKEN
    assert error_of(lambda: downgrade_steps(script, "aa11", ("cc33",))) == BROKEN
    assert error_of(lambda: script.get_revision("bb22").module) == BROKEN
    assert len(upgrade_steps(script, "cc33", ("bb22",))) == 1
    assert len(downgrade_steps(script, "-1", ("cc33",))) == 1


#: Files that are no Python from the top, and tell their header nevertheless.
RECOVERABLE = {
    "a conflict in the body": "revision = 'bb22'\ndown_revision = 'aa11'\n<<<<<<< HEAD\nx = 1\n=======\n>>>>>>> x\n",
    "a conflict in the text": '"""\n<<<<<<< HEAD\nq\n"""\nx = = 1\nrevision = "bb22"\ndown_revision = "aa11"\n',
    "the same on both sides": "<<<<<<<\nrevision = 'bb22'\n=======\nrevision = 'bb22'\n>>>>>>>\ndown_revision = 'aa11'",
    "annotated": "x = = 1\nrevision: str = 'bb22'\ndown_revision: str | None = (\n    'aa11',\n)\n",
    "no text in its encoding": b"revision = 'bb22'\ndown_revision = 'aa11'\nx = '\xff'\n",
    "an encoding that nobody knows": b"# coding: klingon\nrevision = 'bb22'\ndown_revision = 'aa11'\n# \xff\n",
    "zeros": b"x = = \0\r\nrevision = 'bb22'\r\ndown_revision = 'aa11'\r\n",
}


@pytest.mark.parametrize("damage", RECOVERABLE)
def test_a_header_is_told_by_a_damaged_file(folder: Folder, damage: str) -> None:
    """As long as its id and parents can be told for certain, a damaged file keeps its place."""
    folder.line("aa11", "bb22", "cc33")
    folder.write("bb22_make.py", RECOVERABLE[damage])
    script = folder.ours()
    assert [rev.revision for rev in script.walk_revisions()] == ["cc33", "bb22", "aa11"]
    (problem,) = read_problems(script)
    assert (problem.path, problem.revision) == (str(folder.versions / "bb22_make.py"), "bb22")
    assert error_of(lambda: upgrade_steps(script, "heads", ())).startswith(
        "The revision file migrations/versions/bb22_make.py"
    )


#: Files of which nobody can tell which revision they are; where they are wrong, and why.
UNPLACED: dict[str, tuple[str | bytes, int | None, str]] = {
    "both sides of a conflict": (
        "revision = 'bb22'\n<<<<<<< HEAD\ndown_revision = 'aa11'\n=======\ndown_revision = 'x'\n>>>>>>> other\n",
        2,
        "invalid syntax",
    ),
    "an id that breaks off": ("revision = 'bb\ndown_revision = 'aa11'\n", 1, "unterminated string literal"),
    "parents that break off": ("revision = 'bb22'\ndown_revision = ('aa11',\n\nx = 1\n", 2, "'(' was never closed"),
    "a value on the next line": ("revision = 'bb22'\ndown_revision =\n'aa11'\n", 2, "invalid syntax"),
    "no value": ("revision = 'bb22'\nx = = 1\ndown_revision = 5\n", 2, "invalid syntax"),
    "no Python": ("Nothing of the kind.\n", 1, "invalid syntax"),
    "no parents": (
        "revision = 'bb22'\n",
        None,
        "it has no line 'down_revision = …', which tells what comes before it",
    ),
    "no revision": (
        "import os\n",
        None,
        "could not determine revision id from filename x.py, and it has no line 'revision = …'",
    ),
    "empty": ("", None, "could not determine revision id from filename x.py, and it has no line 'revision = …'"),
    "an id that is a number": ("revision = 5\ndown_revision = None\n", None, "'revision' is 5, not a string"),
    "parents that are numbers": (
        "revision = 'bb22'\ndown_revision = [5]\n",
        None,
        "'down_revision' is [5], neither a string nor several strings",
    ),
    "an id with a sign": (
        "revision = 'a-b'\ndown_revision = None\n",
        None,
        "Character(s) '-' not allowed in revision identifier 'a-b'",
    ),
    "an id that fails": (
        "import os\nrevision = os.nothing\n",
        2,
        "AttributeError: module 'os' has no attribute 'nothing'",
    ),
    "an id that is not imported": (
        "x = 1\nfrom flask_migrate_has_no_such_module import revision\ndown_revision = None\n",
        2,
        "ModuleNotFoundError: No module named 'flask_migrate_has_no_such_module'",
    ),
}


def where(line: int | None) -> str:
    """How a message tells a line."""
    return "" if line is None else f", line {line},"


@pytest.mark.parametrize("damage", UNPLACED)
def test_a_file_without_a_place_stops_what_depends_on_it(folder: Folder, damage: str) -> None:
    """Who asks where the history ends is told which file keeps that secret; the rest goes on."""
    source, line, why = UNPLACED[damage]
    if why == "unterminated string literal":
        why = "unterminated string literal (detected at line 1)"
    folder.line("aa11", "bb22")
    folder.write("x.py", source)
    script = folder.ours()
    message = f"The revision file migrations/versions/x.py{where(line)} can't be used: {why}.\n{CORRECT}"
    for question in QUESTIONS_ABOUT_THE_ENDS:
        assert error_of(lambda question=question: question(script)) == message
    assert [str(rev) for rev in script.iterate_revisions("bb22", "base")] == [
        "aa11 -> bb22, make bb22",
        "<base> -> aa11, make aa11",
    ]
    assert [rev.cmd_format(False) for rev in script.get_all_current(("bb22",))] == ["bb22"]
    assert len(upgrade_steps(script, "bb22", ())) == 2
    assert len(downgrade_steps(script, "base", ("bb22",))) == 2
    assert read_problems(script) == (Problem(str(folder.versions / "x.py"), line, why),)


QUESTIONS_ABOUT_THE_ENDS: tuple[Callable[[ScriptDirectory], t.Any], ...] = (
    lambda script: script.get_heads(),
    lambda script: script.get_revisions("heads"),
    lambda script: script.get_bases(),
    lambda script: script.get_current_head(),
    lambda script: script.get_revision("head"),
    lambda script: script.get_revision("nobody-knows"),
    lambda script: script.get_revisions(("aa11", "ffff")),
    lambda script: script.as_revision_number("heads"),
    lambda script: list(script.walk_revisions()),
    lambda script: upgrade_steps(script, "heads", ("aa11",)),
    lambda script: upgrade_steps(script, "+1", ("bb22",)),
    lambda script: script.generate_revision("cc33", "text"),
)


def test_several_files_without_a_place_are_all_named(folder: Folder) -> None:
    """The message names the first file, the hint the others."""
    for name in "xyz":
        folder.write(f"{name}.py", "\n\nno Python\n")
    assert error_of(folder.ours().get_heads) == (
        f"The revision file migrations/versions/x.py, line 3, can't be used: invalid syntax.\n{CORRECT}\n"
        "The same is true of: migrations/versions/y.py (line 3): invalid syntax; "
        "migrations/versions/z.py (line 3): invalid syntax."
    )


def test_the_problems_of_all_files_are_told(folder: Folder) -> None:
    """Problems come by path, with line and text; no file runs for that, and a healthy history has none."""
    folder.line("aa11", "bb22", "cc33", body=TELLTALE)
    assert read_problems(folder.ours()) == ()
    folder.revision("bb22", "aa11", body="x = (")
    folder.write("a.py", "no Python")
    script = folder.ours()
    assert read_problems(script) == (
        Problem(str(folder.versions / "a.py"), 1, "invalid syntax"),
        Problem(str(folder.versions / "bb22_make.py"), 15, "'(' was never closed", "bb22"),
    )
    assert [str(problem) for problem in read_problems(script)] == [
        "migrations/versions/a.py (line 1): invalid syntax",
        "migrations/versions/bb22_make.py (line 15): '(' was never closed",
    ]
    assert folder.ran() == []
    assert read_problems(folder.stock()) == ()


def test_an_id_that_two_files_have(folder: Folder) -> None:
    """Alembic warns and takes the second one; here both are named, and no question is answered."""
    folder.line("aa11", "bb22")
    folder.revision("bb22", "aa11", name="copy.py")
    script = folder.ours()
    for question in (script.get_heads, lambda: script.get_revision("aa11"), lambda: upgrade_steps(script, "aa11", ())):
        assert error_of(question) == (
            "Revision bb22 is present more than once: migrations/versions/bb22_make.py and "
            "migrations/versions/copy.py both have this id.\n"
            "Delete the file that is the copy, or give one of them another id in its 'revision' line "
            "(and in the 'down_revision' of what follows it)."
        )


@pytest.mark.parametrize(("line", "option"), [("down_revision", "parents"), ("depends_on", "dependencies")])
def test_a_revision_that_is_missing(folder: Folder, line: str, option: str) -> None:
    """The file that names it is named, and the missing id."""
    folder.line("aa11")
    folder.revision("bb22", **{option: "gone"})  # type: ignore[arg-type]  # both options take a string
    assert error_of(folder.ours().get_heads) == (
        "Revision gone referenced from migrations/versions/bb22_make.py is not present: "
        f"the '{line}' of revision bb22 names it, and no revision file has this id.\n"
        f"Restore the file of revision gone from version control, or correct the '{line}' line."
    )


def test_a_missing_revision_may_be_in_a_damaged_file(folder: Folder) -> None:
    """When a file can't be read, it is the first suspect."""
    folder.revision("bb22", "aa11")
    folder.write("x.py", "\nno Python")
    assert error_of(folder.ours().get_heads) == (
        "Revision aa11 referenced from migrations/versions/bb22_make.py is not present: "
        "the 'down_revision' of revision bb22 names it, and no revision file has this id.\n"
        "It may be in a file that can't be read: migrations/versions/x.py (line 2): invalid syntax."
    )


def test_a_label_that_two_files_have(folder: Folder) -> None:
    """A label that is taken, by a label or by an id, is named with both files."""
    folder.revision("aa11", labels="users")
    folder.revision("bb22", labels=("x", "users"))
    assert error_of(folder.ours().get_heads) == (
        "Branch name 'users' in revision bb22 already used by revision aa11: "
        "migrations/versions/bb22_make.py and migrations/versions/aa11_make.py.\n"
        "Remove the name from the 'branch_labels' line of one of them."
    )
    folder.revision("bb22", labels="aa11")
    assert error_of(folder.ours().get_heads).startswith("Branch name 'aa11' in revision bb22 already used by")


def test_a_circle(folder: Folder) -> None:
    """The revisions of the circle are named, not those that hang on it."""
    folder.revision("aa11")
    folder.revision("bb22", ("aa11", "dd44"))
    folder.revision("cc33", "bb22")
    folder.revision("dd44", "cc33")
    folder.revision("ee55", "dd44")
    assert error_of(folder.ours().get_heads) == (
        "Cycle is detected in revisions (bb22, dd44, cc33): each of them comes after the others, "
        "so none can be applied (migrations/versions/bb22_make.py, migrations/versions/dd44_make.py, "
        "migrations/versions/cc33_make.py).\n"
        "Correct the 'down_revision' line of one of these files."
    )


@pytest.mark.parametrize(
    ("option", "kind", "lines"),
    [
        ("parents", "Self-loop", "'down_revision'"),
        ("dependencies", "Dependency self-loop", "'depends_on' or 'down_revision'"),
    ],
)
def test_a_revision_that_comes_after_itself(folder: Folder, option: str, kind: str, lines: str) -> None:
    """The smallest circle is named like the others."""
    folder.line("aa11")
    folder.revision("bb22", **{option: "bb22"})  # type: ignore[arg-type]  # both options take a string
    assert error_of(folder.ours().get_heads) == (
        f"{kind} is detected in revisions (bb22): it comes after itself (migrations/versions/bb22_make.py).\n"
        f"Correct the {lines} line of one of these files."
    )


def test_a_circle_of_dependencies(folder: Folder) -> None:
    """Dependencies can close a circle, too."""
    folder.line("aa11", "bb22")
    folder.revision("aa11", dependencies="bb22")
    assert error_of(folder.ours().get_heads).startswith("Dependency cycle is detected in revisions (aa11, bb22): ")


def test_an_id_that_is_taken_is_refused_before_a_file_is_written(folder: Folder) -> None:
    """A new revision with the id of another one is not written."""
    folder.line("aa11")
    script = folder.ours()
    assert error_of(lambda: script.generate_revision("aa11", "again")) == (
        "Revision aa11 is present already, in migrations/versions/aa11_make.py; nothing was written.\n"
        "Choose another revision id."
    )
    assert [path.name for path in folder.versions.glob("*.py")] == ["aa11_make.py"]
