"""The commands in the documentation do what the pages say."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from tests.docs.pages import Player, read_blocks
from tests.projects import clean_environ

ROOT = Path(__file__).parent.parent.parent
#: Pages that would not keep their word without a command in them.
TUTORIALS = ("README.md", "docs/start.md")


def find_pages() -> dict[str, str]:
    """The text of the pages, by their path."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


PAGES = find_pages()
WITH_COMMANDS = [name for name, text in PAGES.items() if any(b.language == "console" for b in read_blocks(text))]


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """A player in an empty folder."""
    return Player(tmp_path, {**clean_environ(), "FLASK_MIGRATE_VERIFY": ""})


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_page_does_what_it_says(name: str, player: Player) -> None:
    """Every command of a page runs, in order and in one folder, and prints what the page shows."""
    player.play(PAGES[name])


@pytest.mark.parametrize("name", TUTORIALS)
def test_tutorials_are_run(name: str) -> None:
    """The pages that a newcomer follows are among those that are run."""
    assert name in WITH_COMMANDS


@pytest.mark.parametrize("name", PAGES)
def test_python_in_pages_is_valid(name: str) -> None:
    """Every block of Python on a page can be parsed."""
    for block in read_blocks(PAGES[name]):
        if block.language == "python":
            ast.parse(block.text, filename=name)


SAMPLE = """
    # A page

    ```python
    # folder/app.py
    name = 1
    ```

    ```{code-block} python
    :caption: folder/other.py
    other = 2
    ```

    Some lines are added:

    ```python
    # folder/app.py, at the end
    print(name)
    ```

    1. A list

       ```console
       $ pip install nothing-of-the-kind
       $ cd folder
       $ export GREETING="good day"
       $ python app.py
       1
       $ python -c "import other; print('a'); print('b'); print('c', other.other)"
       a
       …
       c …
       …
       $ echo "$GREETING, revision $(printf 0123456789ab)"; echo 0123456789ab
       good day, revision ffffffffffff
       ffffffffffff
       $ echo ffffffffffff
       0123456789ab
       $ echo Error: no; exit 1
       Error: no
       ```
"""


def test_player_follows_the_conventions(player: Player) -> None:
    """Files, additions, captions, folders, variables, wildcards, ids and failures are understood."""
    assert player.play(textwrap.dedent(SAMPLE)) == 7


@pytest.mark.parametrize(
    "shown",
    [
        "$ printf 'a\\nb\\n'\na",
        "$ printf 'a\\nb\\n'\nb",
        "$ printf 'a\\nb\\n'\na\nc",
        "$ echo abc\na…d",
        "$ echo 0123456789ab 0123456789ac\nffffffffffff ffffffffffff",
        "$ exit 1",
        "$ echo Error: no\nError: no",
        "$ echo 'Traceback (most recent call last):'",
    ],
)
def test_player_sees_what_is_wrong(shown: str, player: Player) -> None:
    """Output that is missing, more or other, an exit code that is not shown and a traceback are failures."""
    with pytest.raises(AssertionError):
        player.play(f"```console\n{shown}\n```\n")
