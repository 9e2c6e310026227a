"""The cases, a module for each class."""

from __future__ import annotations

from . import order, plain, renames

MODULES = (plain, order, renames)

ALL = tuple(case for module in MODULES for case in module.CASES)
