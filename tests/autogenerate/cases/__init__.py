"""The cases, a module for each class."""

from __future__ import annotations

from . import not_null, order, plain, renames

MODULES = (plain, order, renames, not_null)

ALL = tuple(case for module in MODULES for case in module.CASES)
