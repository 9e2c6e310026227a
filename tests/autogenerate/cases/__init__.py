"""The cases, a module for each class."""

from __future__ import annotations

from . import defaults, dependents, enums, keys, names, not_null, odd_names, order, ownership, plain, renames, types

MODULES = (plain, order, renames, dependents, names, not_null, ownership, keys, defaults, enums, types, odd_names)

ALL = tuple(case for module in MODULES for case in module.CASES)
