"""Thousands of random files, legal and odd: a header that we tell without running the file is what running it gives."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from alembic.script import Script, ScriptDirectory
from alembic.util import to_tuple

from flask_migrate.revisions.header import NAMES
from flask_migrate.revisions.reading import read_header
from tests.history.folders import Folder

#: How many random files are compared; set the variable for a longer run.
FILES = int(os.environ.get("FLASK_MIGRATE_RANDOM_HEADERS", "2000"))

ORDINARY = ("None", "'abc'", '"abc"', "('a', 'b')")
STRINGS = ("'x y'", "'d\\u00e9'", "u'abc'", "'a' 'b'", "('abc')", "f'abc'", "r'abc'", "'''abc'''", "str('abc')", "'ä'")
VALUES = ("('a',)", "('a','b',)", "['a']", "(\n 'a', # c\n 'b'\n)", "()", "[]", "'a', 'b'", "None # c", "{'a'}", "'#;'")
NOTES = ("", "", ": str", ": str | None", ": 'str'", ": __import__('typing').Union[str, None]", ": Missing[str]", " ")
TEXTS = (
    '"""doc\n\nRevision ID: x\nrevision = \'zz\'\n"""',
    "'''x \"\"\" y'''",
    "'doc'",
    'r"""raw \\n"""',
    '"""a\\nb"""',
    '"""a""" """b"""',
    '"""a""";x=1',
    "# comment",
    '"""äöü，"""',
    '"""a\n  b\n    c\n"""',
    '"""a".format()"""',
    '"""x"""   # c',
    "",
)
IMPORTS = (
    "from alembic import op",
    "import sqlalchemy as sa",
    "from typing import (Sequence,\n    Union)",
    "from os import *",
    "import os.path as revision",
    "from os import path as down_revision",
    "from string import *; x=1",
    "from os import (\n sep as branch_labels\n)",
    "from builtins import exec as ex",
    "import os, sys",
)
CODE = (
    "def upgrade():\n    pass",
    "def downgrade():\n    globals()['revision'] = 'hacked'",
    "def upgrade():\n    global revision\n    revision='z'",
    "def f():\n    revision = 5\n    return revision",
    "f2 = lambda: globals()",
    "exec('revision=\"e\"')",
    "class A:\n    revision = 'c'",
    "class revision:\n    pass",
    "def revision(): pass",
    "if True:\n    down_revision = 'cond'",
    "for revision in ('a','b'): pass",
    "try:\n    1/0\nexcept Exception as depends_on:\n    pass",
    "[revision := 'w' for _ in range(1)]",
    "revision += 'x'",
    "del depends_on",
    'def upgrade(engine_name):\n    globals()["upgrade_%s" % engine_name]()',
    "def deco(f):\n    f.__globals__['revision']='d'\n    return f",
    "@deco\ndef g(): pass",
    "deco(lambda: 0)",
    "a = revision = 'chain'",
    "revision, down_revision = 'p', 'q'",
    "text = 'revision = 1'",
    "text = '''\nrevision = 'in string'\n'''",
    "# revision = 'comment'",
    "def __getattr__(n):\n    if n == 'depends_on':\n        return 'dyn'\n    raise AttributeError(n)",
    "__doc__ = 'new doc'",
    "globals().update(revision='u')",
    "vars()['down_revision'] = 'v'",
    "match 'm':\n    case revision: pass",
    "ｒevision = 'other letters'",
    "revisioń = 'another name'",
    "depends_on = []; depends_on.append('k')",
    "def h():\n    exec('global revision; revision = 1')",
    "h()",
    "f.__globals__['revision'] = 'fg'",
    "revision: str",
    "import \\\n os as revision",
    "if 0:\n    from os import *",
    "class B:\n    global revision\n    revision = 'of the module'",
    "\x0c",
    "   # indented comment",
    "x = 1; revision = 'after a semicolon'",
    "down_revision = revision",
)


def random_source(chance: random.Random) -> bytes:
    """A file with a header, and things that may change it."""
    parts = [chance.choice(TEXTS)]
    parts += [chance.choice(IMPORTS[:3] if chance.random() < 0.7 else IMPORTS) for _ in range(chance.randrange(3))]
    odd = chance.random() < 0.4
    parts += [line for name in NAMES if (line := random_line(chance, name, odd))]
    parts += [chance.choice(CODE) for _ in range(chance.randrange(4))]
    if chance.random() < 0.1:
        chance.shuffle(parts)
    text = ("\n" * chance.choice([1, 1, 2])).join(parts) + chance.choice(["\n", "", "\n\n"])
    if chance.random() < 0.1:
        text = text.replace("\n", "\r\n")
    if chance.random() < 0.1:
        return b"# coding: latin-1\n" + text.encode("latin-1", "replace")
    return chance.choice([b"", b"", b"\xef\xbb\xbf"]) + text.encode()


def random_line(chance: random.Random, name: str, odd: bool) -> str:
    """One line of a header; now and then none."""
    if chance.random() < 0.05:
        return ""
    plain = ORDINARY[1:3] if name == "revision" else ORDINARY
    strange = STRINGS if name == "revision" else STRINGS + VALUES
    value = chance.choice(strange if odd and chance.random() < 0.4 else plain)
    note = chance.choice(NOTES) if odd else chance.choice(NOTES[:4])
    return f"{name}{note}{chance.choice([' = ', '='])}{value}"


def by_running(directory: ScriptDirectory, path: Path) -> tuple[object, ...] | None:
    """The header that Alembic finds; None when it finds none that it could use."""
    try:
        script = Script._from_path(directory, path)
    except Exception:
        return None
    assert script is not None
    values = [script.down_revision, script._orig_branch_labels, script.dependencies]
    lists = [to_tuple(value, default=()) for value in values]
    are_text = all(isinstance(item, str) for items in lists for item in items)
    return (script.revision, *lists, script.longdoc) if are_text else None


@pytest.mark.filterwarnings("ignore")
def test_headers_are_what_running_the_files_gives(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Alembic finds a header, we find the same one or see that the file has to run."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    stock = folder.stock()
    told = 0
    for seed in range(FILES):
        path = folder.write("file_x.py", random_source(random.Random(seed)))
        expected = by_running(stock, path)
        found = read_header(str(path))
        if expected is not None:
            assert found.problem is None, path.read_text("utf-8")
            told += found.header is not None
            assert found.header in (None, expected), path.read_text("utf-8")
    assert told > FILES / 20
