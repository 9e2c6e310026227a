"""Alembic's errors about revisions are told with what is behind them, in words that keep Alembic's own."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
from alembic.script import ScriptDirectory
from alembic.script.revision import CycleDetected, MultipleHeads, ResolutionError, RevisionError
from alembic.util import CommandError

from flask_migrate.errors import HistoryError
from flask_migrate.revisions import explain, load
from tests.history.folders import Folder

SEE = "'flask db current' tells where the database is, 'flask db history' what comes before and after it."
MISSING = (
    "When it is the database that is at this revision, its file is missing: "
    "get it from the branch or release that was deployed."
)


@pytest.fixture
def script(folder: Folder) -> ScriptDirectory:
    """A history with two branches that have labels."""
    folder.revision("1aaa1111", labels="first", message="begin")
    folder.revision("2bbb1111", "1aaa1111", message="add users")
    folder.revision("2bbb2222", "1aaa1111", labels="posts", message="add posts\n\nand more")
    return folder.ours()


def explained(script: ScriptDirectory, question: Callable[[ScriptDirectory], t.Any]) -> str:
    """The error that a question ends with, explained."""
    with pytest.raises((CommandError, RevisionError)) as caught:
        question(script)
    error = explain(caught.value, script)
    assert isinstance(error, HistoryError)
    return str(error)


#: Questions that Alembic answers with an error, and how that reads then.
CASES: dict[str, tuple[Callable[[ScriptDirectory], t.Any], str]] = {
    "one head is asked for": (
        lambda script: script._upgrade_revs("head", ()),
        "Multiple head revisions are present for given argument 'head': "
        "2bbb1111 (add users), 2bbb2222 (add posts).\n"
        "Join them with 'flask db merge', or apply all of them with 'flask db upgrade heads'.",
    ),
    "the current head": (
        lambda script: script.get_current_head(),
        "The script directory has multiple heads (due to branching): 2bbb1111 (add users), 2bbb2222 (add posts).\n"
        "Join them with 'flask db merge', or apply all of them with 'flask db upgrade heads'.",
    ),
    "a new revision": (
        lambda script: script.generate_revision("3ccc3333", "more"),
        "Multiple heads are present: 2bbb1111 (add users), 2bbb2222 (add posts).\n"
        "Join them with 'flask db merge', or choose the one to build on with --head.",
    ),
    "a stamp": (
        lambda script: script._stamp_revs("head", ()),
        "Multiple heads are present: 2bbb1111 (add users), 2bbb2222 (add posts).\n"
        "Name one of them, or write 'flask db stamp heads' for all.",
    ),
    "an unknown id": (
        lambda script: script.get_revision("ffffffff"),
        "Can't locate revision identified by 'ffffffff': no revision file here has this id or branch label.\n"
        f"'flask db history' lists the revisions. {MISSING}",
    ),
    "an id with a slip": (
        lambda script: script.get_revision("2bbb1112"),
        "Can't locate revision identified by '2bbb1112': no revision file here has this id or branch label.\n"
        f"Did you mean 2bbb1111 (add users)? {MISSING}",
    ),
    "a part of two ids": (
        lambda script: script.get_revision("2bbb"),
        "Can't locate revision identified by '2bbb', because more than one revision starts with it: "
        "2bbb1111 (add users), 2bbb2222 (add posts).\nWrite more characters of the id.",
    ),
    "an unknown branch": (
        lambda script: script.get_revision("nobody@head"),
        "Can't locate revision identified by 'nobody': no revision file here has this id or branch label.\n"
        f"'flask db history' lists the revisions. {MISSING}",
    ),
    "a revision of an unknown branch": (
        lambda script: script.get_revision("nobody@2bbb1111"),
        "Can't locate revision identified by 'nobody'. No such branch: 'nobody'.\nThe branches are: first, posts.",
    ),
    "a branch with a slip": (
        lambda script: script.get_revision("pots@head"),
        "Can't locate revision identified by 'pots': no revision file here has this id or branch label.\n"
        f"Did you mean posts? {MISSING}",
    ),
    "the wrong branch": (
        lambda script: script.get_revision("posts@2bbb1111"),
        "Can't locate revision identified by '2bbb1111': revision 2bbb1111 is not a member of branch 'posts'.\n"
        "'flask db history' shows the branches.",
    ),
    "too many steps up": (
        lambda script: script._upgrade_revs("+5", ("2bbb1111",)),
        f"Relative revision +5 didn't produce 5 migrations: there are not that many revisions on that side.\n{SEE}",
    ),
    "too many steps down": (
        lambda script: script._downgrade_revs("-5", ("2bbb1111",)),
        f"Relative revision -5 didn't produce 5 migrations: there are not that many revisions on that side.\n{SEE}",
    ),
    "too many steps from a revision": (
        lambda script: script._downgrade_revs("2bbb1111-5", ("2bbb1111",)),
        f"Walked too far: there are not that many revisions on that side.\n{SEE}",
    ),
    "steps at a branch": (
        lambda script: script._upgrade_revs("+1", ("1aaa1111",)),
        "Ambiguous walk: the history branches on the way, so a number of steps leads to no certain revision.\n"
        "Name the revision, or the branch as in 'flask db upgrade BRANCH@+1'; 'flask db branches' lists them.",
    ),
    "steps from two revisions": (
        lambda script: script._upgrade_revs("+1", ("2bbb1111", "2bbb2222")),
        "Ambiguous upgrade from multiple current revisions: a number of steps leads to no certain revision.\n"
        "Name the revision, or the branch as in 'flask db upgrade BRANCH@+1'; 'flask db current' lists them.",
    ),
    "down to what is not below": (
        lambda script: script._downgrade_revs("2bbb2222", ("2bbb1111",)),
        "Destination 2bbb2222 is not a valid downgrade target from current head(s): it is not below them.\n" + SEE,
    ),
    "a range of two branches": (
        lambda script: list(script.walk_revisions("2bbb1111", "2bbb2222")),
        "Requested range 2bbb1111:2bbb2222 does not refer to ancestor/descendant revisions along the same branch.\n"
        "A range is written OLDER:NEWER; 'flask db history' shows the order.",
    ),
    "a range of two branches, unwrapped": (
        lambda script: list(script.iterate_revisions("2bbb2222", "2bbb1111")),
        "Revision 2bbb1111 is not an ancestor of revision 2bbb2222.\n"
        "A range is written OLDER:NEWER; 'flask db history' shows the order.",
    ),
    "points of one line": (
        lambda script: script._upgrade_revs(("2bbb1111", "1aaa1111"), ()),
        "Requested revision 2bbb1111 overlaps with other requested revisions 1aaa1111.\n"
        "Name only the last one of a line: what is below it comes along.",
    ),
    "a row that is bytes": (
        lambda script: script.get_revisions(b"1aaa1111"),
        "revision identifier b'1aaa1111' is not a string.\n"
        "Look at the version table of the database: its column 'version_num' has to be of a text type.",
    ),
    "a new id with a sign": (
        lambda script: script.generate_revision("a-b", "more", head="2bbb1111"),
        "Character(s) '-' not allowed in revision identifier 'a-b'.\nChoose an id without '@', '-', '+' and ':'.",
    ),
    "a new revision on an old one": (
        lambda script: script.generate_revision("3ccc3333", "more", head="1aaa1111"),
        "Revision 1aaa1111 is not a head revision.\n"
        "Build on a head ('flask db heads' lists them), or add --splice to begin a branch there.",
    ),
    "a head twice": (
        lambda script: script.generate_revision("3ccc3333", "more", head=("2bbb1111", "2bbb1111")),
        "Duplicate head revisions specified.\nName each revision once.",
    ),
    "another folder": (
        lambda script: script.generate_revision("3ccc3333", "more", head="2bbb1111", version_path="/elsewhere"),
        "Path /elsewhere is not represented in current version locations.\nChoose one of 'version_locations'.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_errors_tell_the_way_on(script: ScriptDirectory, case: str) -> None:
    """Each error keeps Alembic's key words, names revisions with what they do, and has a hint."""
    question, text = CASES[case]
    assert explained(script, question) == text


@pytest.mark.parametrize("case", CASES)
def test_the_same_is_told_with_alembics_own_directory(folder: Folder, script: ScriptDirectory, case: str) -> None:
    """With a release of Alembic that is not supported, the errors read the same."""
    question, text = CASES[case]
    assert explained(folder.stock(), question) == text


def test_several_bases(folder: Folder) -> None:
    """A question for the one base of several is told."""
    folder.revision("aa11")
    folder.revision("bb22")
    assert explained(folder.ours(), lambda script: script.get_base()) == (
        "The script directory has multiple bases.\n'flask db history' shows them, each with the parent '<base>'."
    )


def test_several_locations(folder: Folder) -> None:
    """A new first revision needs to be told its folder when there are several."""
    folder.write("../more/x.txt", "")
    places = f"{folder.versions} {folder.path / 'more'}"
    script = folder.ours(version_locations=places, path_separator="space")
    assert explained(script, lambda script: script.generate_revision("aa11", "x")) == (
        "Multiple version locations present.\nChoose one of 'version_locations' in alembic.ini with --version-path."
    )


def test_many_heads_are_not_all_named(folder: Folder) -> None:
    """Of a long list the first ones are enough."""
    for number in range(12):
        folder.write(f"{number:02}.py", f"revision = '{number:04x}'\ndown_revision = None\n")
    text = explained(folder.ours(), lambda script: script.get_revision("head"))
    assert text.startswith(
        "Multiple head revisions are present for given argument 'head': "
        "0000, 0001, 0002, 0003, 0004, 0005, 0006, 0007 and 4 more.\n"
    )


def test_errors_can_be_explained_without_a_history() -> None:
    """When the history can't be read, an error is told as far as it tells itself."""
    heads = MultipleHeads(["aa11", "bb22"], "head")
    assert str(explain(heads)) == (
        "Multiple heads are present for given argument 'head': aa11, bb22.\n"
        "Join them with 'flask db merge', or apply all of them with 'flask db upgrade heads'."
    )
    unknown = ResolutionError("No such revision or branch 'aa11'", "aa11")
    assert str(explain(unknown)) == (
        "Can't locate revision identified by 'aa11': no revision file here has this id or branch label.\n"
        f"'flask db history' lists the revisions. {MISSING}"
    )
    several = ResolutionError("Multiple revisions start with 'aa11': 'aa111', 'aa112'...", "aa11")
    assert str(explain(several)) == (
        "Can't locate revision identified by 'aa11', because more than one revision starts with it: aa111, aa112.\n"
        "Write more characters of the id."
    )
    branch = ResolutionError("No such branch: 'aa11'", "aa11")
    assert str(explain(branch)) == (
        "Can't locate revision identified by 'aa11'. No such branch: 'aa11'.\nNo revision has a branch label."
    )
    assert str(explain(CycleDetected(["aa11", "bb22"]))) == (
        "Cycle is detected in revisions (aa11, bb22).\nCorrect the 'down_revision' line of one of their files."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Range revision not allowed",
            "Range revision not allowed: a range makes sense for a SQL script only.\nName one revision, or add --sql.",
        ),
        (
            "downgrade with --sql requires <fromrev>:<torev>",
            "downgrade with --sql requires <fromrev>:<torev>: "
            "a SQL script is written without asking a database where it is.\n"
            "Name both ends, as in 'flask db downgrade --sql 1f2e:base'.",
        ),
        (
            "History range requires [start]:[end], [start]:, or :[end]",
            "History range requires [start]:[end], [start]:, or :[end].\n"
            "Name one end or both, as in 'flask db history -r 1f2e:head'.",
        ),
        (
            "Version aa11 specified branch_labels x, however the migration file a.py does not have them; "
            "have you upgraded your script.py.mako to include the 'branch_labels' section?",
            "Version aa11 specified branch_labels x, however the migration file a.py does not have them.\n"
            "Add the line 'branch_labels = ${repr(branch_labels)}' to script.py.mako.",
        ),
    ],
)
def test_texts_of_commands(text: str, told: str) -> None:
    """What Alembic's commands say of the revisions that they were given is told with a way on."""
    assert str(explain(CommandError(text))) == told


def test_other_errors_are_left_alone() -> None:
    """An error about something else is not explained; one that is explained stays as it is."""
    assert explain(CommandError("Template rendering failed")) is None
    assert explain(ValueError("Multiple heads are present")) is None
    error = HistoryError("known")
    assert explain(error) is error
    assert str(explain(RevisionError("of a kind that is new"))) == (
        "of a kind that is new.\n'flask db history' shows what the revision files say."
    )


def test_a_folder_that_is_not_there(folder: Folder) -> None:
    """Without the folder, or without its name, there is no history to open."""
    with pytest.raises(HistoryError) as caught:
        load(folder.config(script_location=str(folder.path / "absent")))
    assert str(caught.value) == (
        "Path doesn't exist: migrations/absent.\n"
        "Make the folder with 'flask db init', or say where it is with --directory or Migrate(directory=…)."
    )
    config = folder.config()
    config.remove_main_option("script_location")
    with pytest.raises(HistoryError) as caught:
        load(config)
    assert str(caught.value) == (
        "No 'script_location' key found in configuration.\n"
        "Say where the migrations are with --directory or Migrate(directory=…)."
    )
