"""A revision file whose header is known, and which runs when it is needed."""

from __future__ import annotations

import functools
import os
import re
import traceback
import types
import typing as t

from ..alembic_compat import LinkedScript
from ..errors import HistoryError, MigrateError
from .header import NAMES, BadHeader, Fields, Header, make_header
from .modules import compile_script, run_script
from .problems import Problem, describe, shown

if t.TYPE_CHECKING:
    from alembic.script import Script

#: Before Alembic 0.2 the id of a revision was the name of its file.
_LEGACY = re.compile(r"([a-f0-9]+)\.py$")


class LazyScript(LinkedScript):
    """A revision file.

    :param path: the file.
    :param header: its header, as a :class:`.Header` or as the fields of one.
    :param problem: why the file can't run, though it still tells its header.
    """

    _code: types.CodeType | None = None

    def __init__(self, path: str, header: Fields | Header, problem: Problem | None = None) -> None:
        super().__init__(path, *header[:4])
        self._header = header
        self._problem = problem

    @classmethod
    def from_run(cls, path: str) -> LazyScript:
        """The script of a file that has to run to tell its header.

        :raises Exception: whatever the file raises, and :exc:`.BadHeader`.
        """
        module = run_script(path)
        script = cls(path, _header_of(module, path))
        script.module = module
        return script

    @property
    def is_damaged(self) -> bool:
        """Whether the file is known to be one that can't run."""
        return self._problem is not None

    @property
    def longdoc(self) -> str:
        """The docstring of the file."""
        return self._header[4]

    @property
    def doc(self) -> str:
        """The first paragraph of the docstring, as Alembic finds it."""
        return self._header[4].partition("\n\n")[0]

    def check(self) -> Problem | None:
        """What is wrong with the file; it is compiled for that and does not run."""
        if self._problem is None and self._code is None and "module" not in vars(self):
            try:
                self._code = compile_script(self.path)
            except Exception as error:
                self._problem = find_problem(self.path, error, self.revision)
        return self._problem

    def require(self, name: str) -> None:
        """Make sure that the file can run and has something to run, as far as that is told without running it.

        :param name: ``upgrade`` or ``downgrade``; a function for one database, as ``upgrade_users``, will do.
        :raises HistoryError: it can't, or has no such function.
        """
        problem = self.check()
        if problem is not None:
            raise problem.error()
        names = self._code.co_names if self._code is not None else ()
        if not any(known == name or known.startswith(f"{name}_") for known in names):
            find_function(self, name)

    @functools.cached_property
    def module(self) -> types.ModuleType:  # type: ignore[override]  # it can be set, as Alembic's can
        """The module of the file, which runs now if it did not before.

        :raises HistoryError: the file can't run, or changed since its header was read.
        """
        problem = self.check()
        if problem is not None:
            raise problem.error()
        try:
            module = run_script(self.path, self._code)
            header = _header_of(module, self.path)
        except MigrateError:
            raise
        except Exception as error:
            raise find_problem(self.path, error, self.revision).error() from error
        if header[:4] != self._header[:4]:
            raise HistoryError(
                f"The revision file {shown(self.path)} changed while the command ran: "
                f"it was read as revision {self.revision}, and is another one or has other parents now.",
                "Run the command again.",
            )
        self._code = None
        return module


def find_function(script: Script, name: str) -> t.Callable[..., t.Any]:
    """The function ``upgrade`` or ``downgrade`` of a script, which runs if it did not before.

    :raises HistoryError: there is none, or the file can't run.
    """
    function = getattr(script.module, name, None)
    if function is None:
        raise HistoryError(
            f"The revision file {shown(script.path)} has no function '{name}'.",
            f"Add it: 'def {name}(): pass' when there is nothing to do.",
        )
    return t.cast("t.Callable[..., t.Any]", function)


def find_problem(path: str, error: Exception, revision: str | None = None) -> Problem:
    """What is wrong with a file that raised an error when it was compiled or ran."""
    if isinstance(error, BadHeader):
        return Problem(path, None, str(error), revision)
    if isinstance(error, SyntaxError) and error.filename in (None, path):
        return Problem(path, error.lineno, describe(error), revision)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return Problem(path, lines[-1] if lines else None, describe(error), revision)


def _header_of(module: types.ModuleType, path: str) -> Header:
    """The header that a file has after it ran, by Alembic's rules."""
    values = {name: getattr(module, name) for name in NAMES if hasattr(module, name)}
    name = os.path.basename(path)
    legacy = _LEGACY.match(name)
    if "revision" not in values and legacy is not None:
        values["revision"] = legacy[1]
    if "revision" not in values:
        raise BadHeader(f"could not determine revision id from filename {name}, and it has no line 'revision = …'")
    if "down_revision" not in values:
        raise BadHeader("it has no line 'down_revision = …', which tells what comes before it")
    return make_header(values, module.__doc__)
