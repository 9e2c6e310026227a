"""Run a project's code in this process and leave no trace of it."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import logging
import os
import sys
import types
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

import sqlalchemy as sa


@contextlib.contextmanager
def isolated(folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """Be in ``folder`` with ``environ``, able to import from it; at the end everything is as it was before.

    Kept are: the working directory, the environment, ``sys.path``, the modules (those of ``folder`` are
    loaded anew), every logger. Connections that pools still hold are closed.
    """
    with contextlib.ExitStack() as stack:
        stack.callback(os.chdir, Path.cwd())
        stack.enter_context(mock.patch.dict(os.environ, environ, clear=True))
        stack.enter_context(mock.patch.object(sys, "path", [str(folder), *sys.path]))
        stack.enter_context(mock.patch.object(sys, "dont_write_bytecode", True))
        stack.enter_context(mock.patch.object(importlib.metadata, "entry_points", cached_entry_points))
        stack.enter_context(fresh_modules(folder))
        stack.enter_context(closed_pools())
        stack.enter_context(kept_logging())
        os.chdir(folder)
        yield


@contextlib.contextmanager
def fresh_modules(folder: Path) -> Iterator[None]:
    """Import modules of ``folder`` anew, and forget them afterwards.

    Modules of the folders beside it are set aside meanwhile, for every project has its ``app``.
    """
    invalidate_caches()
    aside = forget_modules(folder.parent)
    try:
        yield
    finally:
        forget_modules(folder.parent)
        sys.modules.update(aside)


def invalidate_caches() -> None:
    """Let finders look at the folders anew; again when a finalizer has imported something in the midst of it."""
    for _ in range(5):
        with contextlib.suppress(RuntimeError):  # "dictionary changed size during iteration"
            importlib.invalidate_caches()
            return
    importlib.invalidate_caches()


def forget_modules(folder: Path) -> dict[str, types.ModuleType]:
    """Take the modules that were loaded from below ``folder`` out of ``sys.modules``, and return them."""
    start = f"{folder.resolve()}{os.sep}"  # once, not for each of a thousand modules
    names = [name for name, module in sys.modules.copy().items() if is_below(module, start)]
    return {name: sys.modules.pop(name) for name in names}


def is_below(module: object, start: str) -> bool:
    """Whether a module, or a package without ``__init__.py``, was loaded from a path that begins with ``start``."""
    known = getattr(module, "__dict__", {})  # a module may make attributes when it is asked for them
    return any(str(place).startswith(start) for place in (known.get("__file__"), *known.get("__path__", ())))


#: The entry points of what is installed, which no test changes; looking for them reads a file for each distribution.
cached_entry_points = functools.cache(importlib.metadata.entry_points)


@contextlib.contextmanager
def closed_pools() -> Iterator[None]:
    """Close what the pools of the engines that are used inside still hold, as the end of a process would.

    Engines of async drivers are left to the code that made them: closing needs their event loop.
    """
    used: weakref.WeakSet[sa.Engine] = weakref.WeakSet()

    def note(connection: sa.Connection) -> None:
        if not connection.dialect.is_async:
            used.add(connection.engine)

    sa.event.listen(sa.Engine, "engine_connect", note)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "engine_connect", note)
        for engine in used:
            engine.dispose()


@contextlib.contextmanager
def kept_logging() -> Iterator[None]:
    """Put every logger back to the level, handlers and switches that it had; a new one gets the defaults."""
    before = {logger: dict(vars(logger)) for logger in loggers()}
    handlers = {logger: list(logger.handlers) for logger in before}
    try:
        yield
    finally:
        for logger in loggers():
            known = before.get(logger, {})
            logger.setLevel(known.get("level", logging.NOTSET))
            logger.handlers[:] = handlers.get(logger, [])
            logger.propagate = known.get("propagate", True)
            logger.disabled = known.get("disabled", False)


def loggers() -> list[logging.Logger]:
    """The root logger and all others that exist."""
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(logger for logger in named if isinstance(logger, logging.Logger))]
