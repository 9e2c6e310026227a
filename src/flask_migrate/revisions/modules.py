"""Running a revision file, as Alembic does, but never from bytecode that may be older than the source."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import types
import typing as t

from .index import is_settled
from .reading import stamp_of


class _Loader(importlib.machinery.SourceFileLoader):
    """Python's loader, which in a ``.pyc`` file compares no more than the size and the second of the last change.

    A file that is written twice in one second, or replaced by one with its old time, would run as it was before. So
    the bytecode counts only when the source was left alone for a while before the bytecode was written.
    """

    def get_data(self, path: str) -> bytes:
        if path != self.path and not self._is_current(path):
            raise OSError
        return super().get_data(path)

    def _is_current(self, compiled: str) -> bool:
        written = os.stat(compiled).st_mtime_ns
        return is_settled(stamp_of(os.stat(self.path)), written)


def compile_script(path: str) -> types.CodeType:
    """The code of a revision file, which does not run; taken from its bytecode where that is safe.

    :raises SyntaxError: the file is not Python.
    :raises OSError: the file can't be read.
    """
    code = _Loader(_module_name(path), path).get_code(_module_name(path))
    return t.cast("types.CodeType", code)


def run_script(path: str, code: types.CodeType | None = None) -> types.ModuleType:
    """Run a revision file and return it as a module, which is not put into ``sys.modules``.

    :param code: what :func:`compile_script` returned for the file, when it was called before.
    """
    name = _module_name(path)
    loader = None if path.endswith((".pyc", ".pyo")) else _Loader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None or spec.loader is None:
        raise ImportError(f"No way is known to run {path}")
    module = importlib.util.module_from_spec(spec)
    if loader is None:
        spec.loader.exec_module(module)
    else:
        exec(code or compile_script(path), module.__dict__)
    return module


def _module_name(path: str) -> str:
    return re.sub(r"\W", "_", os.path.basename(path))
