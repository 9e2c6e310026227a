"""The header of a file is what running the file would give; most files need not run for it."""

from __future__ import annotations

import textwrap
import typing as t

import pytest

from tests.history.folders import TELLTALE, Folder, facts

PLAIN = """
revision = "aa11"
down_revision = None
"""

#: Files of which the header can be told without running them.
STATIC: dict[str, str] = {
    "nothing but the two names": PLAIN,
    "annotated, as today's template has it": textwrap.dedent(
        '''\
        """add users

        Revision ID: aa11
        Revises:
        """
        from typing import Sequence, Union

        from alembic import op

        # revision identifiers, used by Alembic.
        revision: str = "aa11"
        down_revision: Union[str, Sequence[str], None] = None
        branch_labels: Union[str, Sequence[str], None] = ("users", "people")
        depends_on: Union[str, Sequence[str], None] = None
        '''
    ),
    "several lines, comments": "revision = 'aa11'  # the id\ndown_revision = (  # nothing\n)\n",
    "labels as a list": PLAIN + "branch_labels = ['a', 'b']\n",
    "a tuple over lines": PLAIN + "branch_labels = (\n    'a',\n    'b',\n)\n",
    "no tuple sign": PLAIN + "branch_labels = 'a', 'b'\n",
    "joined strings": PLAIN + "branch_labels = 'a' 'b'\n",
    "prefix": "revision = u'aa11'\ndown_revision = r'''''' or None\n".replace("r'''''' or None", "None"),
    "escapes": "revision = 'aa\\x31\\x31'\ndown_revision = None\n",
    "two names at once": "revision = own = 'aa11'\ndown_revision = None\n",
    "twice": "revision = 'bb22'\nrevision = 'aa11'\ndown_revision = None\n",
    "semicolons": "revision = 'aa11'; down_revision = None\n",
    "first the code": "def upgrade():\n    pass\n" + PLAIN,
    "several databases": PLAIN
    + 'def upgrade(engine_name):\n    globals()["upgrade_%s" % engine_name]()\ndef upgrade_users():\n    pass\n',
    "the names elsewhere": PLAIN
    + textwrap.dedent(
        '''
        def upgrade():
            revision = "local"
            op.execute("update t set revision = 1, depends_on = 2")
            x.revision = op.f(revision=revision)
        class Table:
            revision = 5
        TEXT = """
        down_revision = 'zz'
        """
        '''
    ),
    "a harmless exec": PLAIN + "def upgrade():\n    exec('revision = 1')\n",
    "words that look alike": PLAIN + "revision_id = 1\nmy_revision = 2\nevaluate = interval = envvars = 'retrieval'\n",
    "a docstring with quotes": '"""one "two" \'three\' """' + PLAIN,
    "a docstring in single quotes": "'''one\n\ntwo'''" + PLAIN,
    "a docstring of one line": "'one'" + PLAIN,
    "a docstring with escapes": '"""a\\nb\\\\c"""' + PLAIN,
    "a raw docstring": 'r"""a\\nb"""' + PLAIN,
    "a docstring with the names": '"""\nrevision = "zz99"\n"""' + PLAIN,
    "a docstring that is indented": '"""first\n\n        second\n            third\n    """' + PLAIN,
    "no docstring but a string": "x = 1\n'''not a docstring'''" + PLAIN,
    "no docstring but a sum": '"""a""" + """b"""' + PLAIN,
    "an import over lines": "from os import (\n    sep,\n    path as p,\n)\n" + PLAIN,
    "other letters for the same name": PLAIN + "ｂranch_labels = 'a'\n",
    "a star, then all names": "from os.path import *\n" + PLAIN + "branch_labels = None\ndepends_on = None\n",
}

#: The same in other encodings.
ENCODED: dict[str, bytes] = {
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "line ends of Windows": PLAIN.replace("\n", "\r\n").encode(),
    "line ends of old Macs": PLAIN.replace("\n", "\r").encode(),
    "Latin-1": '# -*- coding: latin-1 -*-\n"""prénom"""\n'.encode("latin-1") + PLAIN.encode(),
    "Latin-1 in the second line": '#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n"""é"""'.encode("latin-1")
    + PLAIN.encode(),
    "UTF-8, said": '# coding: utf-8\n"""Größe, 大きさ"""'.encode() + PLAIN.encode(),
    "full-width signs in a text": '"""大小，あ"""\n'.encode() + PLAIN.encode(),
    "full-width signs in a comment": "# 大小，あ\n".encode() + PLAIN.encode(),
}

#: Files that have to run to know their header.
DYNAMIC: dict[str, str] = {
    "computed": "revision = 'aa' + '11'\ndown_revision = None\n",
    "formatted": "revision = f'aa{11}'\ndown_revision = None\n",
    "a name": "OWN = 'aa11'\nrevision = OWN\ndown_revision = None\n",
    "from the file's name": "import os\nrevision = os.path.basename(__file__)[:4]\ndown_revision = None\n",
    "conditional": PLAIN + "if __name__:\n    branch_labels = 'a'\n",
    "in a loop": PLAIN + "for branch_labels in ('a', 'b'):\n    pass\n",
    "tried": "try:\n    revision = 'aa11'\nexcept ValueError:\n    pass\ndown_revision = None\n",
    "unpacked": "revision, down_revision = 'aa11', None\n",
    "added to": PLAIN + "revision += 'x'\n",
    "deleted": PLAIN + "branch_labels = 'x'\ndel branch_labels\n",
    "appended to": PLAIN + "branch_labels = ['a']\nbranch_labels.append('b')\n",
    "imported": PLAIN + "from os import name as branch_labels\n",
    "imported over lines": PLAIN + "from os import (\n    name as\n    branch_labels,\n)\n",
    "a star": PLAIN + "from os.path import *\n",
    "globals": PLAIN + "globals()['branch_labels'] = 'a'\n",
    "globals, called": PLAIN + "def rename():\n    globals()['branch_labels'] = 'a'\nrename()\n",
    "global, called": PLAIN + "def rename():\n    global branch_labels\n    branch_labels = 'a'\nrename()\n",
    "globals of a function": PLAIN + "def f(): pass\nf.__globals__['branch_labels'] = 'a'\n",
    "a decorator": "def own(f):\n    f.__globals__['branch_labels'] = 'a'\n@own\ndef g(): pass\n" + PLAIN,
    "exec": PLAIN + "exec('branch_labels = 1 and \"a\"')\n",
    "exec under another name": "from builtins import exec as run\n" + PLAIN + "run('branch_labels = \"a\"')\n",
    "vars": PLAIN + "vars()['branch_labels'] = 'a'\n",
    "a walrus": PLAIN + "print((branch_labels := 'a'), end='')\n",
    "a walrus in a list": PLAIN + "[branch_labels := x for x in 'ab']\n",
    "a match": PLAIN + "match 'a':\n    case branch_labels:\n        pass\n",
    "a with": "import contextlib\n" + PLAIN + "with contextlib.nullcontext('a') as branch_labels:\n    pass\n",
    "for absent names": PLAIN + "def __getattr__(name):\n    if name == 'branch_labels':\n        return 'a'\n"
    "    raise AttributeError(name)\n",
    "the docstring": PLAIN + "__doc__ = 'set later'\n",
}


def both(folder: Folder, **options: str) -> list[t.Any]:
    """What we know of the scripts, then what Alembic knows."""
    found = []
    for directory in (folder.ours(**options), folder.stock(**options)):
        scripts = list(directory.walk_revisions())
        found.append([facts(script) for script in scripts])
    return found


@pytest.mark.parametrize("name", [*STATIC, *ENCODED])
def test_a_plain_header_is_read_without_running_the_file(folder: Folder, name: str) -> None:
    """Id, parents, labels, dependencies and text are as Alembic finds them, and the file does not run."""
    source = ENCODED[name] if name in ENCODED else STATIC[name].encode()
    folder.write("aa11_x.py", source + TELLTALE.encode())
    ours = [facts(script) for script in folder.ours().walk_revisions()]
    assert folder.ran() == []
    assert ours == [facts(script) for script in folder.stock().walk_revisions()]
    assert folder.ran() == ["aa11_x.py"]


@pytest.mark.parametrize("name", DYNAMIC)
def test_a_computed_header_is_known_after_the_file_ran(folder: Folder, name: str) -> None:
    """A file of which the header depends on code runs, as with Alembic, each time."""
    folder.write("aa11_x.py", DYNAMIC[name] + TELLTALE)
    for _ in range(2):
        ours = [facts(script) for script in folder.ours().walk_revisions()]
        assert folder.ran() == ["aa11_x.py"]
    assert ours == [facts(script) for script in folder.stock().walk_revisions()]


def test_a_file_may_end_without_a_line_end(folder: Folder) -> None:
    """The last line counts as well."""
    folder.write("aa11_x.py", "revision = 'aa11'\ndown_revision = None")
    ours, stock = both(folder)
    assert ours == stock


def test_a_computed_header_is_not_kept(folder: Folder, no_waiting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that depends on the environment is another one when the environment is."""
    folder.write("x.py", "import os\nrevision = os.environ['REVISION']\ndown_revision = None\n")
    found = []
    for revision in ("aa11", "bb22"):
        monkeypatch.setenv("REVISION", revision)
        found.append(folder.ours().get_heads())
    assert found == [["aa11"], ["bb22"]]


def test_the_file_name_may_be_the_id(folder: Folder) -> None:
    """A file without the name 'revision' has the id that its file is named after, as before Alembic 0.2."""
    folder.write("aa11.py", "down_revision = None\n")
    ours, stock = both(folder)
    assert ours == stock
    assert ours[0][0] == "aa11"


@pytest.mark.parametrize("word", ["", "revision"])
def test_a_file_of_a_hundred_thousand_lines(folder: Folder, word: str) -> None:
    """The size of a script does not matter; not even when the names of the header are all over it."""
    body = "".join(f"    op.execute('insert into t values ({n}) -- {word}')\n" for n in range(100_000))
    folder.write("aa11_x.py", f'"""large"""\n{PLAIN}\ndef upgrade():\n{body}')
    script = folder.ours().get_revision("head")
    assert (script.revision, script.doc) == ("aa11", "large")


def test_other_kinds_of_values_are_as_with_alembic(folder: Folder) -> None:
    """Sets, and tuples of one or none, are read as Alembic reads them."""
    folder.write("a.py", "revision = 'aa11'\ndown_revision = ()\nbranch_labels = {'x'}\n")
    folder.write("b.py", "revision = 'bb22'\ndown_revision = ('aa11',)\ndepends_on = []\n")
    folder.write("c.py", "revision = 'cc33'\ndown_revision = ['aa11']\ndepends_on = ['bb22']\n")
    folder.write("d.py", "revision = 'dd44'\ndown_revision = ('cc33', 'bb22')\ndepends_on = ('x', 'aa11')\n")
    ours, stock = both(folder)
    assert ours == stock
