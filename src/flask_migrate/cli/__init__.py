"""The command line. This module is loaded with every app, so it loads nothing but click."""

from __future__ import annotations

import importlib
import typing as t

from .group import COMMANDS as COMMANDS

if t.TYPE_CHECKING:
    from .group import db as db


def __getattr__(name: str) -> t.Any:
    """``db``, which Flask asks for while it looks a command up, and the commands for those who import them."""
    if name == "db":
        from . import group, renamed

        renamed.stand_by()
        return group.db
    if (command := name.replace("_", "-")) in COMMANDS:
        return getattr(importlib.import_module(f"{__name__}.{COMMANDS[command]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
