"""``flask db edit``"""

from __future__ import annotations

import pytest

from tests.projects import Project
from tests.scripts import FIRST, SECOND, THIRD, told

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def editor(line: Project) -> Project:
    """A project whose ``$EDITOR`` adds a line to the file that it is given."""
    path = line.write("editor.sh", "#!/bin/sh\necho '# edited' >> \"$1\"\n")
    path.chmod(0o755)
    line.env["EDITOR"] = str(path)
    return line


def edited(project: Project) -> list[str]:
    """The ids of the revisions whose files the editor was given."""
    return [path.name.partition("_")[0] for path in project.versions() if path.read_text().endswith("# edited\n")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], [THIRD]), (["head"], [THIRD]), ([FIRST], [FIRST]), (["2b"], [SECOND]), (["heads"], [THIRD])],
)
def test_opens_the_file(editor: Project, arguments: list[str], expected: list[str]) -> None:
    """The file of the revision, by default of the head, is opened; no database is asked."""
    editor.ok("db", "edit", *arguments)
    assert edited(editor) == expected


def test_current(editor: Project) -> None:
    """``current`` is where the database is."""
    editor.ok("db", "upgrade", SECOND)
    editor.ok("db", "edit", "current")
    assert edited(editor) == [SECOND]


def test_current_of_an_empty_database(editor: Project) -> None:
    """A database that is nowhere has no file to open."""
    result = editor.fails("db", "edit", "current")
    assert told(result) == ["Error: No current revisions: the database has none.", "List them: flask db history"]
    assert edited(editor) == []


def test_no_editor(line: Project) -> None:
    """Where no editor can be started, the file is named."""
    line.env["EDITOR"] = "/nowhere/editor"
    line.env["PATH"] = "/nowhere"
    result = line.fails("db", "edit", FIRST)
    assert result.stderr.startswith("Error: No editor can be started: ")
    assert told(result)[-1] == f"Set EDITOR, or open {line.versions()[0]} yourself."
