"""Running the half of a pair of SQL files that a revision needs."""

from __future__ import annotations

import contextlib
import pathlib
import re
import typing as t

from alembic import op
from sqlalchemy import Executable
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement

from ..errors import HistoryError
from .split import split

#: A line that says how the file is run.
_NO_TRANSACTION = re.compile(r"^--\s*migrate:\s*no[ -]transaction\s*$", re.IGNORECASE | re.MULTILINE)
#: A line that begins the part of one bind.
_BIND = re.compile(r"^--\s*migrate:\s*bind\s+(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)


class Verbatim(Executable, ClauseElement):
    """SQL that is sent as it stands: colons and percent signs are no parameters."""

    inherit_cache = False

    def __init__(self, text: str) -> None:
        self.text = text


@compiles(Verbatim)
def _compile(element: Verbatim, compiler: t.Any, **_: t.Any) -> str:
    return str(compiler.post_process_text(element.text))


def run(
    script: str,
    half: t.Literal["up", "down"],
    bind: str = "",
    autocommit_block: t.Callable[[], contextlib.AbstractContextManager[None]] | None = None,
) -> None:
    """Run ``<script>.up.sql`` or ``<script>.down.sql`` in the migration at hand.

    :param script: the path of the Python file of the revision.
    :param half: which of the two.
    :param bind: the bind that the migration is about; its part begins with ``-- migrate: bind NAME``.
    :param autocommit_block: for a file with the line ``-- migrate: no transaction``.
    :raises HistoryError: when the file is missing.

    .. versionadded:: 5.0
    """
    path = pathlib.Path(script)
    path = path.with_name(f"{path.name.removesuffix('.py')}.{half}.sql")
    text = _read(path, half)
    statements = split(part_of(text, bind), op.get_context().dialect.name, str(path))
    is_outside = _NO_TRANSACTION.search(text) is not None and autocommit_block is not None
    with autocommit_block() if is_outside and autocommit_block else contextlib.nullcontext():
        for statement in statements:
            op.execute(Verbatim(statement.text))


def part_of(text: str, bind: str) -> str:
    """The part of ``text`` that is for ``bind``; what stands before the first part is the default bind's.

    The lines of other parts are left empty, so that line numbers stay what they are.
    """
    current, lines = "", []
    for line in text.split("\n"):  # only there: strings may hold other letters that Python takes for the end of a line
        found = _BIND.match(line)
        current = ("" if found[1] == "default" else found[1]) if found else current
        lines.append(line if current == bind else "")
    return "\n".join(lines)


def bind_names(text: str) -> set[str]:
    """The binds that ``text`` has parts for; ``""`` for the default one, when anything stands outside of the parts."""
    found = {"" if name == "default" else name for name in _BIND.findall(text)}
    return found | ({""} if found and re.sub(r"--.*", "", part_of(text, "")).strip() else set())


def _read(path: pathlib.Path, half: str) -> str:
    try:
        return read_text(path)
    except FileNotFoundError:
        hint = "Write it, or get it back from version control."
        if half == "down":
            hint = "Write it; an empty one says that there is nothing to take back."
        raise HistoryError(f"The SQL file {path} is missing.", hint) from None


def read_text(path: pathlib.Path) -> str:
    """The text of a SQL file.

    :raises HistoryError: when it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise HistoryError(f"The SQL file {path} is not UTF-8: {error.reason}.", "Save it as UTF-8.") from error
