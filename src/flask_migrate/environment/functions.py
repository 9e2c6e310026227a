"""Which function of a revision script belongs to a target.

Two styles live in one history: scripts whose ``upgrade()`` is the default bind's and whose ``upgrade_<bind>()``
are those of the others, and the scripts of Flask-Migrate's multi-database template, whose ``upgrade(engine_name)``
looks up ``upgrade_<engine_name>`` itself. A function that a script does not have is no work for that bind.
"""

from __future__ import annotations

import inspect
import types
import typing as t

from ..errors import HistoryError
from ..targets import DEFAULT, identifier

#: The argument under which the multi-database env.py files pass the bind.
BIND_ARGUMENT = "engine_name"


def run_script(
    module: types.ModuleType,
    direction: str,
    bind: str,
    arguments: dict[str, t.Any],
    former: t.Sequence[str] = (),
) -> None:
    """Call what ``module`` has for ``bind``.

    :param direction: ``"upgrade"`` or ``"downgrade"``.
    :param arguments: what env.py gave to ``run_migrations()``.
    :param former: what the bind was called in older scripts.
    :raises HistoryError: when the script lacks the function of the default bind.
    """
    function = getattr(module, direction, None)
    if function is None:
        if bind == DEFAULT:
            raise HistoryError(
                f"{module.__file__} has no {direction}() function.", f"Add `def {direction}(): ...` to it."
            )
        _run_own_function(module, direction, bind, former)
        return
    bind = arguments.get(BIND_ARGUMENT, bind)
    parameters: t.Mapping[str, inspect.Parameter] = (
        {} if _takes_nothing(function) else inspect.signature(function).parameters
    )
    if not parameters:
        if bind == DEFAULT:
            function()
        else:
            _run_own_function(module, direction, bind, former)
        return
    if _looks_up_by_name(function):
        names = [name for known in (bind, *former) for name in (known, identifier(known))]
        found = [name for name in names if hasattr(module, f"{direction}_{name}")]
        if not found:
            return
        bind = found[0]
    function(**_arguments(parameters, bind, arguments))


def _run_own_function(module: types.ModuleType, direction: str, bind: str, former: t.Sequence[str]) -> None:
    for name in (bind, *former):
        function = getattr(module, f"{direction}_{identifier(name)}", None)
        if function is not None:
            function()
            return


def _takes_nothing(function: t.Callable[..., t.Any]) -> bool:
    """Whether this is a plain function without parameters, as nearly all are: a signature costs far more to make."""
    code = function.__code__ if type(function) is types.FunctionType else None
    variable = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    return code is not None and not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & variable)


def _looks_up_by_name(function: t.Callable[..., t.Any]) -> bool:
    """Whether this is the one-line ``globals()["upgrade_%s" % engine_name]()`` of the multi-database template."""
    code = getattr(function, "__code__", None)
    return code is not None and bool({"globals", "eval"}.intersection(code.co_names))


def _arguments(
    parameters: t.Mapping[str, inspect.Parameter], bind: str, arguments: dict[str, t.Any]
) -> dict[str, t.Any]:
    takes_all = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
    if BIND_ARGUMENT in parameters:
        return {**arguments, BIND_ARGUMENT: bind}
    if takes_all:
        return arguments
    return {name: value for name, value in arguments.items() if name in parameters or name != BIND_ARGUMENT}
