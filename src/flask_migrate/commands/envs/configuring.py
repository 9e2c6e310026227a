"""What a function that calls ``context.configure()`` does beyond those that the releases wrote."""

from __future__ import annotations

import ast
import copy
import dataclasses
import typing as t

from .canonical import Function, canonical
from .stock import configure_calls, functions

#: The arguments that say where to connect and what to fill: those are the environment's own.
_OWN = ("url", "connection", "upgrade_token", "downgrade_token")
#: The callback that every release wrote into the function.
_DIRECTIVES = "process_revision_directives"


@dataclasses.dataclass
class Additions:
    """What is more.

    :param options: arguments of ``context.configure()``.
    :param functions: functions that are written inside.
    """

    options: dict[str, ast.expr] = dataclasses.field(default_factory=dict)
    functions: list[Function] = dataclasses.field(default_factory=list)


def additions(function: Function) -> Additions | None:
    """What ``function`` does more than one of the releases; ``None`` when it does something else."""
    found = [_match(function, variant) for variant in functions().get(function.name, ())]
    fitting = [one for one in found if one is not None]
    return min(fitting, key=lambda one: (len(one.options), len(one.functions))) if fitting else None


def _match(function: Function, variant: Function) -> Additions | None:
    edited, stock = copy.deepcopy(function), copy.deepcopy(variant)
    found = Additions()
    inner, known = _take_functions(edited), {canonical(one) for one in _take_functions(stock)}
    found.functions = [one for one in inner if canonical(one) not in known and not _is_stock_callback(one)]
    _take_settings(stock)
    found.options = _take_settings(edited)
    calls = list(zip(configure_calls(edited), configure_calls(stock), strict=False))
    if not calls or len(configure_calls(edited)) != len(configure_calls(stock)):
        return None
    for ours, theirs in calls:
        more = _more(ours, theirs)
        if more is None or any(_differs(found.options, name, value) for name, value in more.items()):
            return None
        found.options.update(more)
        ours.args, ours.keywords = theirs.args, theirs.keywords
    if canonical(edited) != canonical(stock):
        return None
    names = {one.name for one in found.functions}
    if _DIRECTIVES in names:
        found.options.setdefault(_DIRECTIVES, ast.Name(_DIRECTIVES, ast.Load()))
    return None if _local(stock) & _used(found) - names else found


def _more(ours: ast.Call, theirs: ast.Call) -> dict[str, ast.expr] | None:
    """The arguments of ``ours`` that ``theirs`` has not; ``None`` when they connect to another place."""
    known = {one.arg: canonical(one.value) for one in theirs.keywords}
    more: dict[str, ast.expr] = {}
    if len(ours.args) != len(theirs.args):
        return None
    for one in ours.keywords:
        if one.arg is None:
            if not ast.unparse(one.value).endswith(("configure_args", "conf_args")):
                return None
        elif known.get(one.arg) == canonical(one.value):
            continue
        elif one.arg in _OWN:
            return None
        elif ast.unparse(one.value) != one.arg or one.arg != _DIRECTIVES:
            more[one.arg] = one.value
    missing = [name for name in _OWN if name in known and all(one.arg != name for one in ours.keywords)]
    return None if missing else more


def _differs(options: dict[str, ast.expr], name: str, value: ast.expr) -> bool:
    return name in options and canonical(options[name]) != canonical(value)


def _take_functions(function: Function) -> list[Function]:
    """Remove the functions inside ``function``, and return them."""
    inner: list[Function] = [one for one in function.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    function.body = [one for one in function.body if one not in inner]
    return inner


def _is_stock_callback(function: Function) -> bool:
    known = {
        canonical(inner)
        for variants in functions().values()
        for variant in variants
        for inner in _take_functions(copy.deepcopy(variant))
    }
    return canonical(function) in known


def _take_settings(function: Function) -> dict[str, ast.expr]:
    """Remove what sets single arguments in ``conf_args``, and return those that are set for sure."""
    options: dict[str, ast.expr] = {}
    kept: list[ast.stmt] = []
    for statement in function.body:
        name = _setting(statement)
        if name is not None:
            options[name] = t.cast("ast.Assign", statement).value
        elif not _is_default(statement):
            kept.append(statement)
    function.body = kept
    return options


def _setting(statement: ast.stmt) -> str | None:
    """The name in ``conf_args["name"] = value``."""
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1):
        return None
    target = statement.targets[0]
    if not (isinstance(target, ast.Subscript) and ast.unparse(target.value) == "conf_args"):
        return None
    key = target.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _is_default(statement: ast.stmt) -> bool:
    """Whether it is the releases' own ``if conf_args.get(…) is None: conf_args[…] = process_revision_directives``."""
    wanted = f"conf_args['{_DIRECTIVES}'] = {_DIRECTIVES}"
    is_if = isinstance(statement, ast.If) and ast.unparse(statement.test).startswith("conf_args.get(")
    return is_if and [ast.unparse(one) for one in t.cast("ast.If", statement).body] == [wanted]


def _local(function: Function) -> set[str]:
    """The names that mean something in ``function`` only."""
    bound = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return bound | {arg.arg for arg in function.args.args}


def _used(found: Additions) -> set[str]:
    nodes = [*found.options.values(), *found.functions]
    loaded = {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)}
    own = {
        name
        for function in found.functions
        for node in ast.walk(function)
        for name in ([node.arg] if isinstance(node, ast.arg) else [])
    }
    return loaded - own - _stored(found)


def _stored(found: Additions) -> set[str]:
    return {
        node.id
        for function in found.functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
