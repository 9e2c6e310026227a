"""What a revision script may do, from the names and texts in its compiled functions."""

from __future__ import annotations

import types
import typing as t

#: Functions of ``op`` that may rebuild or drop a table.
REBUILDING = frozenset({"batch_alter_table", "drop_table", "rename_table", "alter_column", "drop_column"})
#: What SQL in a script may say when it rebuilds a table itself.
REBUILDING_SQL = ("drop table", "alter table", "foreign_keys")


def may_rebuild(module: types.ModuleType) -> bool:
    """Whether a function of the script ``module`` names anything that rebuilds or drops a table."""
    return _mentions(module, REBUILDING, REBUILDING_SQL)


def may_divide(module: types.ModuleType) -> bool:
    """Whether a function of the script ``module`` commits a part of the revision before its end."""
    return _mentions(module, frozenset({"autocommit_block"}))


def _mentions(module: types.ModuleType, names: frozenset[str], words: tuple[str, ...] = ()) -> bool:
    functions = [value for value in vars(module).values() if isinstance(value, types.FunctionType)]
    return any(_code_mentions(function.__code__, names, words) for function in functions)


def _code_mentions(code: types.CodeType, names: frozenset[str], words: tuple[str, ...]) -> bool:
    return not names.isdisjoint(code.co_names) or any(
        _constant_mentions(constant, names, words) for constant in code.co_consts
    )


def _constant_mentions(constant: t.Any, names: frozenset[str], words: tuple[str, ...]) -> bool:
    if isinstance(constant, types.CodeType):
        return _code_mentions(constant, names, words)
    return isinstance(constant, str) and any(word in constant.lower() for word in words)
