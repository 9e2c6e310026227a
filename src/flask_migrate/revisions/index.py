"""The index: what the headers of a folder's files were when they were last read.

One index lies in the bytecode folder of each folder with scripts (``versions/__pycache__``, or where
``sys.pycache_prefix`` says), for each Python release: where ``.pyc`` files go, the index goes. It is a cache. One that
is missing, of another make, damaged or not writable changes nothing but the time that reading takes.

An entry counts only while size, both times and inode of its file are as they were. That would miss a file that is
written twice within one tick of the file system's clock, so a file enters the index only when it last changed well
before it was read (Git calls such files "racy" and does the same for its own index). The clock that counts is the file
system's: the time of the draft of the new index, made before the first file is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import marshal
import os
import sys
import typing as t

from .header import Fields, Header
from .reading import Stamp

#: Grows when the form of an entry, or what is read from a file, changes.
FORMAT = 1

_MAGIC = f"flask-migrate history index {FORMAT} {sys.implementation.cache_tag}\n".encode()
_DIGEST_SIZE = 16
#: How long before it is read a file must have been left alone, in nanoseconds: the coarsest clock of a file system
#: in use ticks every two seconds (FAT).
SETTLING_TIME = 2_000_000_000


#: What is known of a file in one state: the fields of its header, or None when it has to run to know.
Entry = tuple[Stamp, Fields | None]


class Index:
    """The index of one folder, while its files are looked at.

    Nothing is written where Python may not write bytecode, and a folder that can't be written to is no error.
    """

    def __init__(self, folder: str) -> None:
        self._path = _path(folder)
        self._known = _read(self._path)
        self._entries: dict[str, Entry] = {}
        self._draft: t.BinaryIO | None = None
        self._draft_path = ""
        self._began: int | None = None

    def find(self, name: str, stamp: Stamp) -> Entry | None:
        """The entry of a file that is in a certain state now."""
        entry = self._known.get(name)
        if entry is None or entry[0] != stamp:
            return None
        self._entries[name] = entry
        return entry

    def begin(self) -> None:
        """Take note of the time; to be called before a file is read."""
        if self._began is not None:
            return
        self._began = 0
        if sys.dont_write_bytecode:
            return
        self._draft_path = f"{self._path}.{os.getpid()}.{os.urandom(4).hex()}"
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._draft = open(self._draft_path, "xb")  # noqa: SIM115  # write() and drop() close it
            self._began = os.fstat(self._draft.fileno()).st_mtime_ns
        except OSError:
            self.drop()

    def add(self, name: str, stamp: Stamp, header: Header | None) -> None:
        """Keep what was read, provided that the file was left alone for long enough."""
        if self._began is not None and is_settled(stamp, self._began):
            self._entries[name] = (stamp, None if header is None else header.fields())

    def write(self) -> None:
        """Put the index in the place of the old one, unless they are the same."""
        if self._draft is None or self._entries == self._known:
            return self.drop()
        content = marshal.dumps(self._entries)
        try:
            with self._draft as file:
                file.write(_MAGIC + _digest(content) + content)
            os.replace(self._draft_path, self._path)
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Leave the index as it is."""
        if self._draft is not None:
            with contextlib.suppress(OSError):
                self._draft.close()
            with contextlib.suppress(OSError):
                os.unlink(self._draft_path)


def is_settled(stamp: Stamp, moment: int) -> bool:
    """Whether a file was left alone for long enough before a moment, in nanoseconds of the file system's clock."""
    return max(stamp[1], stamp[2]) + SETTLING_TIME <= moment


def _read(path: str) -> dict[str, Entry]:
    """The entries of an index by file name; none when it is missing, damaged or of another make."""
    try:
        with open(path, "rb") as file:
            magic, digest, content = file.read(len(_MAGIC)), file.read(_DIGEST_SIZE), file.read()
    except OSError:
        return {}
    if magic != _MAGIC or digest != _digest(content):
        return {}
    return t.cast("dict[str, Entry]", marshal.loads(content))


def _path(folder: str) -> str:
    compiled = importlib.util.cache_from_source(os.path.join(folder, "versions.py"))
    return os.path.join(os.path.dirname(compiled), f"flask-migrate.{sys.implementation.cache_tag}.index")


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_SIZE).digest()
