"""``flask db history``"""

from __future__ import annotations

import json

import pytest

from tests.projects import Project
from tests.scripts import FIRST, SECOND, THIRD, add_script, alembic_text

pytestmark = pytest.mark.engines("sqlite")

TEXT = f"{SECOND} -> {THIRD} (head), make three\n{FIRST} -> {SECOND}, make two\n<base> -> {FIRST}, make one\n"


def test_newest_first(line: Project) -> None:
    """Every revision has a line, the newest is the first; no database is asked."""
    result = line.ok("db", "history")
    assert (result.stdout, result.stderr) == (TEXT, "")


def test_empty(started: Project) -> None:
    """A history without revisions prints nothing."""
    result = started.ok("db", "history")
    assert (result.stdout, result.stderr) == ("", "")


@pytest.mark.parametrize("flags", [[], ["-v"], ["--verbose"]])
def test_text_is_alembics(fork: Project, flags: list[str]) -> None:
    """The text is Alembic's own, branches, labels, merges and dependencies included."""
    add_script(fork, "dddd", ("bbbb", "cccc"), "join", labels=["whole"])
    add_script(fork, "eeee", "dddd", "100 % more\n\nof it", needs="aaaa")
    assert fork.ok("db", "history", *flags).stdout == alembic_text(fork, "history", verbose=bool(flags))


def test_every_revision_is_listed(line: Project) -> None:
    """A branch of its own that depends on another one is listed, though Alembic leaves it out."""
    add_script(line, "ffff", None, "apart", needs=FIRST)
    assert sorted(line.ok("db", "history").stdout.splitlines()) == sorted(
        [*TEXT.splitlines(), f"<base> ({FIRST}) -> ffff (head), apart"]
    )


@pytest.mark.parametrize(
    "span", [f"{FIRST}:{SECOND}", f"{FIRST}:", f":{SECOND}", ":", "base:head", "-2:", f"{FIRST}:+1", ":head", "1a:2b"]
)
@pytest.mark.parametrize("option", ["-r", "--rev-range"])
def test_range(line: Project, option: str, span: str) -> None:
    """``-r`` takes whatever Alembic takes."""
    assert line.ok("db", "history", option, span).stdout == alembic_text(line, "history", rev_range=span)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("current:", TEXT.splitlines()[:2]),
        (":current", TEXT.splitlines()[1:]),
        ("base:current", TEXT.splitlines()[1:]),
        ("-1:current", TEXT.splitlines()[1:2]),
    ],
)
def test_range_with_current(line: Project, span: str, expected: list[str]) -> None:
    """``current`` stands for where the database is."""
    line.ok("db", "upgrade", SECOND)
    assert line.ok("db", "history", "-r", span).stdout.splitlines() == expected


@pytest.mark.parametrize("span", [FIRST, "", "a:b:c"])
def test_no_range(line: Project, span: str) -> None:
    """What is no range is wrong usage."""
    result = line.fails("db", "history", "-r", span, code=2)
    assert result.stderr == (
        f"Error: History range requires [start]:[end], [start]:, or :[end], not {span!r}.\n"
        "For example: flask db history -r base:head\n"
    )


@pytest.mark.parametrize("flag", ["-i", "--indicate-current"])
def test_indicate_current(line: Project, flag: str) -> None:
    """``-i`` marks the revision that the database is at."""
    line.ok("db", "upgrade", SECOND)
    assert line.ok("db", "history", flag).stdout == (
        f"{SECOND} -> {THIRD} (head), make three\n"
        f"{FIRST} -> {SECOND} (current), make two\n"
        f"<base> -> {FIRST}, make one\n"
    )


def test_json(line: Project) -> None:
    """``--json`` prints the same revisions as data."""
    line.ok("db", "upgrade", SECOND)
    data = json.loads(line.ok("db", "history", "--json").stdout)
    assert [(entry["revision"], entry["down_revisions"], entry["is_current"]) for entry in data] == [
        (THIRD, [SECOND], None),
        (SECOND, [FIRST], None),
        (FIRST, [], None),
    ]
    marked = json.loads(line.ok("db", "history", "--json", "-i").stdout)
    assert [entry["is_current"] for entry in marked] == [False, True, False]


def test_folder_of_the_group(line: Project) -> None:
    """``-d`` of the group is used, and that of the command wins."""
    (line.folder / "migrations").rename(line.folder / "other")
    assert line.ok("db", "-d", "other", "history").stdout == TEXT
    assert line.ok("db", "-d", "nowhere", "history", "-d", "other").stdout == TEXT
