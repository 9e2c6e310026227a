"""One revision file, from its bytes to its header."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
import tokenize
import typing as t

from .header import BadHeader, Header, NotStatic
from .problems import Problem, describe
from .recover import recover
from .scan import scan
from .static import analyse

#: Size, times of the last changes in nanoseconds, and inode: what tells one state of a file from another.
Stamp = tuple[int, int, int, int]
T = t.TypeVar("T")

#: How often a file that changes all the time is read, and how long to wait in between, in seconds.
_TRIES = 50
_PAUSE = 0.01
#: For how long after it was written a damaged file may be one that is being written, in nanoseconds.
_BEING_WRITTEN = 100_000_000


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was found in one state of a file.

    :param stamp: the state of the file; None when it could not be read.
    :param header: the header; without one and without a problem, only running the file can tell it.
    :param problem: set when the file can't be used; then the header is what could still be told.
    """

    stamp: Stamp | None
    header: Header | None
    problem: Problem | None = None


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file. Windows tells no inode when a folder is listed, so there it is 0."""
    inode = 0 if sys.platform == "win32" else status.st_ino
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, inode


def read_header(path: str) -> Reading:
    """Read a file, again when it changes meanwhile.

    :raises FileNotFoundError: the file is gone.
    """
    try:
        for _ in range(_TRIES):
            source, stamp = _read_once(path)
            if stamp is not None:
                return _read_source(path, source, stamp)
            time.sleep(_PAUSE)
    except FileNotFoundError:
        raise
    except OSError as error:
        return Reading(None, None, Problem(path, None, f"it can't be read ({error.strerror})"))
    return Reading(None, None, Problem(path, None, "it does not stop changing"))


def until_settled(read: t.Callable[[], tuple[Stamp | None, T]], path: str, is_damaged: t.Callable[[T], bool]) -> T:
    """Read a file again while it is damaged and being written.

    :param read: a function that reads the file and returns in which state it did so.
    """
    for _ in range(_TRIES):
        stamp, found = read()
        if stamp is None or not is_damaged(found) or not _is_changing(path, stamp):
            break
        time.sleep(_PAUSE)
    return found


def _is_changing(path: str, stamp: Stamp) -> bool:
    try:
        now = stamp_of(os.stat(path))
    except OSError:
        return True
    return now != stamp or 0 <= time.time_ns() - now[1] < _BEING_WRITTEN


def _read_once(path: str) -> tuple[bytes, Stamp | None]:
    """The bytes of a file and their stamp, which is None when the file changed while it was read."""
    with open(path, "rb") as file:
        before = stamp_of(os.fstat(file.fileno()))
        source = file.read()
        after = stamp_of(os.fstat(file.fileno()))
    return source, before if before == after and len(source) == after[0] else None


def _read_source(path: str, source: bytes, stamp: Stamp) -> Reading:
    try:
        return Reading(stamp, scan(source) or analyse(source))
    except NotStatic:
        return Reading(stamp, None)
    except BadHeader as error:
        return Reading(stamp, None, Problem(path, None, str(error)))
    except SyntaxError as error:
        header = recover(_text(source))
        revision = header.revision if header else None
        return Reading(stamp, header, Problem(path, error.lineno, describe(error), revision))


def _text(source: bytes) -> str:
    """The text of a file in any state; bytes that make no text in its encoding stand for Latin letters."""
    try:
        encoding = tokenize.detect_encoding(_lines(source))[0]
        text = source.decode(encoding)
    except (SyntaxError, LookupError, UnicodeDecodeError):
        text = source.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(source: bytes) -> t.Callable[[], bytes]:
    lines = iter(source.split(b"\n", 2)[:2])
    return lambda: next(lines, b"")
