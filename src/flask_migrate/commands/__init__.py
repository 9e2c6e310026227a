"""The Python API: one function for each command. They take values, return values and print nothing.

Each module is loaded when one of its functions is asked for: ``heads`` has no use for what ``check`` needs.
"""

from __future__ import annotations

import importlib
import typing as t

#: Each function and the module that holds it.
_MODULES = {
    "adopt": "adopting",
    "amend": "undoing",
    "branches": "reading",
    "check": "checking",
    "current": "reading",
    "doctor": "doctoring",
    "downgrade": "running",
    "drift": "drifting",
    "edit": "writing",
    "ensure_version": "running",
    "fix_by_revision": "fixing",
    "fix_database": "fixing",
    "heads": "reading",
    "history": "reading",
    "init": "starting",
    "list_binds": "binds",
    "list_templates": "starting",
    "merge": "writing",
    "migrate": "writing",
    "plan_downgrade": "planning",
    "plan_upgrade": "planning",
    "read_log": "state",
    "rename_bind": "binds",
    "repair": "state",
    "revision": "writing",
    "show": "reading",
    "stamp": "running",
    "status": "state",
    "undo": "undoing",
    "upgrade": "running",
    "upgrade_env": "envs",
}

if t.TYPE_CHECKING:
    from .adopting import adopt as adopt
    from .binds import list_binds as list_binds
    from .binds import rename_bind as rename_bind
    from .checking import check as check
    from .doctoring import doctor as doctor
    from .drifting import drift as drift
    from .envs import upgrade_env as upgrade_env
    from .fixing import fix_by_revision as fix_by_revision
    from .fixing import fix_database as fix_database
    from .planning import plan_downgrade as plan_downgrade
    from .planning import plan_upgrade as plan_upgrade
    from .reading import branches as branches
    from .reading import current as current
    from .reading import heads as heads
    from .reading import history as history
    from .reading import show as show
    from .running import downgrade as downgrade
    from .running import ensure_version as ensure_version
    from .running import stamp as stamp
    from .running import upgrade as upgrade
    from .starting import init as init
    from .starting import list_templates as list_templates
    from .state import read_log as read_log
    from .state import repair as repair
    from .state import status as status
    from .undoing import amend as amend
    from .undoing import undo as undo
    from .writing import edit as edit
    from .writing import merge as merge
    from .writing import migrate as migrate
    from .writing import revision as revision


def __getattr__(name: str) -> t.Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
