"""Frozen values that can be sorted and written as JSON and read back."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing as t

V = t.TypeVar("V", bound="Value")

#: What stands in JSON as it is.
_PLAIN = frozenset({str, bool, int, type(None)})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Value:
    """The base of everything in a schema: frozen, hashable, ordered, and lossless as a ``dict``.

    ``to_dict`` leaves out what has its default, so that a stored value stays small; ``from_dict`` puts the
    defaults back. Values sort by :meth:`sort_key`, then by their whole content.
    """

    def sort_key(self) -> tuple[str, ...]:
        """What tells this value from its siblings; texts only, so that any two can be compared."""
        return ()

    def __lt__(self, other: t.Any) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.sort_key(), other.sort_key()
        return repr(self) < repr(other) if mine == theirs else mine < theirs

    def to_dict(self) -> dict[str, t.Any]:
        """This value as nested ``dict``, ``list``, ``str``, ``int``, ``bool`` and ``None``."""
        return {
            name: value if type(value) in _PLAIN else _encode(value)
            for name, default in _defaults(t.cast("t.Hashable", type(self)))
            if (value := getattr(self, name)) is not default and value != default
        }

    @classmethod
    def from_dict(cls: type[V], data: t.Mapping[str, t.Any]) -> V:
        """The value that ``to_dict`` wrote.

        :raises ValueError: ``data`` was not written for this class, or by a release that knows more.
        """
        hints = _hints(t.cast("t.Hashable", cls))
        unknown = sorted(data.keys() - hints.keys())
        if unknown:
            raise ValueError(f"{cls.__name__} has no {', '.join(unknown)}.")
        try:
            return cls(**{name: _decode(hints[name], value) for name, value in data.items()})
        except (TypeError, AttributeError) as error:
            raise ValueError(f"This is not a {cls.__name__}: {error}") from error


@functools.cache
def _defaults(cls: t.Any) -> tuple[tuple[str, t.Any], ...]:
    """The fields of a class with their defaults; ``dataclasses.fields()`` looks for them anew each time."""
    return tuple((field.name, field.default) for field in dataclasses.fields(cls))


def _encode(value: t.Any) -> t.Any:
    if isinstance(value, Value):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    return value


def _decode(hint: t.Any, value: t.Any) -> t.Any:
    if value is None:
        return None
    origin = t.get_origin(hint)
    if origin in (t.Union, types.UnionType):
        return _decode(next(arg for arg in t.get_args(hint) if arg is not type(None)), value)
    if origin is tuple:
        item = t.get_args(hint)[0]
        return tuple(_decode(item, part) for part in value)
    if issubclass(hint, Value):
        return hint.from_dict(value)
    if type(value) is not hint:
        raise TypeError(f"{value!r} is not of type {hint.__name__}")
    return value


@functools.cache
def _hints(cls: t.Any) -> dict[str, t.Any]:
    return t.get_type_hints(cls)
