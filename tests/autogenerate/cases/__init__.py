"""The cases, a module for each class."""

from __future__ import annotations

from . import (
    defaults,
    dependents,
    enums,
    keys,
    names,
    not_null,
    odd_names,
    order,
    ownership,
    plain,
    postgresql,
    postgresql_places,
    primary_keys,
    renames,
    tables,
    types,
)

MODULES = (
    *(plain, order, renames, dependents, names, not_null, ownership, primary_keys),
    *(keys, defaults, enums, types, odd_names, tables, postgresql, postgresql_places),
)

ALL = tuple(case for module in MODULES for case in module.CASES)
