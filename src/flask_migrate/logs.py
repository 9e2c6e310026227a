"""Logging of commands: Alembic's lines on a terminal, and nothing that stays behind.

The env.py files of all earlier releases call ``logging.config.fileConfig``, which disables the loggers of the app
and replaces its handlers. Inside :func:`preserved` that call does nothing; :func:`terminal` is where the command
line applies alembic.ini, and takes it back.
"""

from __future__ import annotations

import configparser
import contextlib
import contextvars
import logging
import logging.config
import sys
import threading
import typing as t

#: The format of Alembic's own alembic.ini, which people and scripts look for.
LINE_FORMAT = "%(levelname)-5.5s [%(name)s] %(message)s"

_muted: contextvars.ContextVar[bool] = contextvars.ContextVar("flask_migrate_file_config_muted", default=False)
_patch_lock = threading.Lock()
_patch_depth = 0
_file_config = logging.config.fileConfig


@contextlib.contextmanager
def preserved() -> t.Iterator[None]:
    """Within this block, ``logging.config.fileConfig`` called by this thread does nothing."""
    global _patch_depth
    token = _muted.set(True)
    with _patch_lock:
        _patch_depth += 1
        logging.config.fileConfig = _guarded_file_config
    try:
        yield
    finally:
        with _patch_lock:
            _patch_depth -= 1
            if _patch_depth == 0:
                logging.config.fileConfig = _file_config
        _muted.reset(token)


@contextlib.contextmanager
def terminal(ini: str | None) -> t.Iterator[None]:
    """Within this block, the messages of Alembic go to standard error.

    :param ini: the alembic.ini whose logging sections say how; without them, and without a file, INFO lines are
        written in Alembic's own format.

    The loggers, levels and handlers of the app work on meanwhile, and everything is as before at the end.
    """
    before = _Snapshot()
    try:
        if ini is not None and _has_logging(ini):
            _apply(ini, before)
        else:
            _apply_default()
        _quieten_plugins()
        yield
    finally:
        before.restore()


def _guarded_file_config(*args: t.Any, **kwargs: t.Any) -> None:
    if not _muted.get():
        _file_config(*args, **kwargs)


def _has_logging(ini: str) -> bool:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(ini, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return False
    return parser.has_section("loggers") and parser.has_section("handlers") and parser.has_section("formatters")


def _apply(ini: str, before: _Snapshot) -> None:
    # fileConfig() closes every handler of the process first: those of the app are hidden from it.
    alive: list[t.Any] = getattr(logging, "_handlerList", [])
    hidden = alive[:]
    del alive[:]
    try:
        _file_config(ini, disable_existing_loggers=False)
    except Exception:  # a broken logging section must not stop a migration
        _apply_default()
    finally:
        alive[:0] = hidden
    before.put_back_handlers()


def _apply_default() -> None:
    alembic = logging.getLogger("alembic")
    if alembic.level == logging.NOTSET:
        alembic.setLevel(logging.INFO)
    if not _real(alembic.handlers) and not _real(logging.getLogger().handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(LINE_FORMAT))
        alembic.addHandler(handler)


def _quieten_plugins() -> None:
    """Alembic 1.18 and later tell the name of every autogenerate plugin at each start."""
    plugins = logging.getLogger("alembic.runtime.plugins")
    if plugins.level == logging.NOTSET:
        plugins.setLevel(logging.WARNING)


class _Snapshot:
    """What all loggers were like at one moment."""

    def __init__(self) -> None:
        root = logging.getLogger()
        known = [logger for logger in root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
        self.root_handlers = root.handlers[:]
        self.root_level = root.level
        self.states = [
            (logger, logger.level, logger.handlers[:], logger.disabled, logger.propagate) for logger in [root, *known]
        ]

    def put_back_handlers(self) -> None:
        """Give every logger the handlers and the level back that it had, beside those it has got since."""
        for logger, level, handlers, _disabled, propagate in self.states:
            if not _real(handlers):
                continue
            added = [] if any(map(_writes_to_terminal, handlers)) else logger.handlers[:]
            logger.handlers[:] = handlers + [handler for handler in added if handler not in handlers]
            logger.propagate = propagate
            logger.setLevel(level)

    def restore(self) -> None:
        """Make everything as it was, loggers that came up since included."""
        before = {id(logger) for logger, *_ in self.states}
        for name, logger in list(logging.getLogger().manager.loggerDict.items()):
            if isinstance(logger, logging.Logger) and id(logger) not in before and name.startswith("alembic"):
                logger.handlers[:] = []
                logger.setLevel(logging.NOTSET)
        for logger, level, handlers, disabled, propagate in self.states:
            logger.handlers[:] = handlers
            logger.setLevel(level)
            logger.disabled = disabled
            logger.propagate = propagate


def _real(handlers: list[logging.Handler]) -> list[logging.Handler]:
    """The handlers that write somewhere; libraries, Alembic among them, give their loggers one that doesn't."""
    return [handler for handler in handlers if not isinstance(handler, logging.NullHandler)]


def _writes_to_terminal(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler) and handler.stream in (sys.stderr, sys.__stderr__)
