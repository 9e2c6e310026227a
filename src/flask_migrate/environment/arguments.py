"""The ``configure_args`` that an env.py of an earlier release reads, edits and splats."""

from __future__ import annotations

import typing as t


class RunningArguments(dict[str, t.Any]):
    """The arguments for ``context.configure()`` while an env.py runs.

    Every argument can be looked up. Iterating, and thereby ``**configure_args``, gives only those that env.py has
    set itself: the others are brought to ``configure()`` by the environment, and an env.py that passes one of them
    on its own as well would end with "got multiple values for keyword argument".
    """

    def __init__(self, settings: t.Mapping[str, t.Any]) -> None:
        super().__init__(settings)
        self._own: list[str] = []

    def __setitem__(self, name: str, value: t.Any) -> None:
        super().__setitem__(name, value)
        if name not in self._own:
            self._own.append(name)

    def setdefault(self, name: str, default: t.Any = None) -> t.Any:
        """As for any dict; a new argument is env.py's own."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *args: t.Any, **kwargs: t.Any) -> None:
        """As for any dict; the arguments are env.py's own from now on."""
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __iter__(self) -> t.Iterator[str]:
        return iter(name for name in self._own if name in self)

    def keys(self) -> t.Any:
        """The arguments that env.py has set."""
        return list(self)
