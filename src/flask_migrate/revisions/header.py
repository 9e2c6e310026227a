"""What a revision file says of itself: its id, its parents, its labels and its text."""

from __future__ import annotations

import inspect
import sys
import typing as t

from alembic.script.revision import Revision, RevisionError

#: The names that Alembic reads from a revision file.
NAMES = ("revision", "down_revision", "branch_labels", "depends_on")


#: The fields of a header without their names: of builtin types only, as they are kept in the index.
Fields = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str]


class Header(t.NamedTuple):
    """The header of a revision file: the values of its four names, and its docstring."""

    revision: str
    parents: tuple[str, ...]
    labels: tuple[str, ...]
    dependencies: tuple[str, ...]
    doc: str

    def fields(self) -> Fields:
        """The same without names."""
        return self.revision, self.parents, self.labels, self.dependencies, self.doc


class NotStatic(Exception):
    """The header of a file can't be known without running the file."""


class BadHeader(Exception):
    """The header of a file is known, and Alembic can't use it."""


def make_header(values: t.Mapping[str, object], doc: str | None) -> Header:
    """Check the values of the four names and bring them into one form.

    :param values: by name; ``revision`` and ``down_revision`` must be there.
    :raises BadHeader: a value is of a kind that can't be used, or the id has a character that is not allowed in one.
    """
    revision = values["revision"]
    if not isinstance(revision, str):
        raise BadHeader(f"'revision' is {revision!r}, not a string")
    try:
        Revision.verify_rev_id(revision)
    except RevisionError as error:
        raise BadHeader(str(error)) from error
    parents, labels, dependencies = (_strings(name, values.get(name)) for name in NAMES[1:])
    return Header(revision, parents, labels, dependencies, (doc or "").strip())


def _strings(name: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    items = tuple(value) if isinstance(value, t.Iterable) else (value,)
    if not all(isinstance(item, str) for item in items):
        raise BadHeader(f"'{name}' is {value!r}, neither a string nor several strings")
    return t.cast("tuple[str, ...]", items)


def docstring(text: str) -> str:
    """The ``__doc__`` that a docstring leads to: from 3.13 on, the compiler removes its common indentation."""
    return inspect.cleandoc(text) if sys.version_info >= (3, 13) else text
