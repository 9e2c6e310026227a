"""Running the half of a pair of SQL files that a revision needs."""

from __future__ import annotations

import contextlib
import pathlib
import re
import typing as t

from alembic import op
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement

from ..errors import HistoryError
from .split import Statement, split

#: A line that says how the file is run.
_NO_TRANSACTION = re.compile(r"^--\s*migrate:\s*no[ -]transaction\s*$", re.IGNORECASE | re.MULTILINE)
#: A line that begins the part of one bind.
_BIND = re.compile(r"^--\s*migrate:\s*bind\s+(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)


#: What such lines may say.
_MARK = re.compile(r"^--[ \t]*migrate:[ \t]*(.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)
_BEGIN = re.compile(r"(?:BEGIN|START\s+TRANSACTION)(?:\s+(?:TRANSACTION|WORK))?", re.IGNORECASE)
_COMMIT = re.compile(r"(?:COMMIT|END)(?:\s+(?:TRANSACTION|WORK))?", re.IGNORECASE)
_ROLLBACK = re.compile(r"(?:ROLLBACK|ABORT)(?:\s+(?:TRANSACTION|WORK))?", re.IGNORECASE)


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
    :raises HistoryError: when the file is missing, or says what can't be run as a revision.

    .. versionadded:: 5.0
    """
    path = pathlib.Path(script)
    path = path.with_name(f"{path.name.removesuffix('.py')}.{half}.sql")
    text = _read(path, half)
    _require_known_marks(text, path)
    context = op.get_context()
    names = (bind, *context.opts.get("flask_migrate_former_names", ()))
    part = part_of(text, next((name for name in names if name in bind_names(text)), bind))
    statements = split(part, context.dialect.name, str(path))
    is_outside = _NO_TRANSACTION.search(text) is not None and autocommit_block is not None
    if not is_outside:
        statements = _without_transaction(statements, path)
    with autocommit_block() if is_outside and autocommit_block else contextlib.nullcontext():
        for statement in statements:
            with _placed(path, statement):
                op.execute(Verbatim(statement.text))


def _require_known_marks(text: str, path: pathlib.Path) -> None:
    for found in _MARK.finditer(text.replace("\r", "")):
        if not (_NO_TRANSACTION.match(found[0]) or _BIND.match(found[0])):
            raise HistoryError(
                f"{path}, line {text.count(chr(10), 0, found.start()) + 1}: {found[0]!r} says nothing that is known.",
                "Nothing of the file was run. Known are '-- migrate: no transaction' and '-- migrate: bind NAME'.",
            )


def _without_transaction(statements: list[Statement], path: pathlib.Path) -> list[Statement]:
    """``statements`` without a ``BEGIN`` and ``COMMIT`` around all of them: a revision is a transaction anyway.

    :raises HistoryError: for one that would end the transaction of the revision in the middle.
    """
    bare = [_COMMENT.sub("", one.text).strip() for one in statements]
    if len(bare) > 1 and _BEGIN.fullmatch(bare[0]) and _COMMIT.fullmatch(bare[-1]):
        statements, bare = statements[1:-1], bare[1:-1]
    for statement, text in zip(statements, bare, strict=True):
        if any(pattern.fullmatch(text) for pattern in (_BEGIN, _COMMIT, _ROLLBACK)):
            raise HistoryError(
                f"{path}, line {statement.line}: {text.upper()} would break up the transaction of the revision.",
                "Nothing of the file was run. Leave it out, since a file is one transaction already, "
                "or write '-- migrate: no transaction' at its top.",
            )
    return statements


@contextlib.contextmanager
def _placed(path: pathlib.Path, statement: Statement) -> t.Iterator[None]:
    """Note in an error of the block where its statement stands."""
    try:
        yield
    except DBAPIError as error:
        vars(error)["place_in_file"] = f"{path}, line {statement.line}"
        raise


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
