"""What is private about Alembic's comparison of models with a database."""

from __future__ import annotations

import typing as t

from alembic.autogenerate import comparators
from alembic.runtime import plugins

#: The packages whose comparators are known.
_KNOWN = ("alembic.", "flask_migrate.")


def foreign_comparators() -> bool:
    """Whether anybody but Alembic and this package has a say in comparisons, or might have."""
    named = getattr(plugins, "_all_plugins", None)
    if named is None:  # pragma: no cover - every release that is supported has them
        return True
    dispatchers = [comparators, *(plugin.autogenerate_comparators for plugin in named.values())]
    registries = [getattr(one, "_registry", None) for one in dispatchers]
    return not all(registry is not None and all(map(_is_known, _functions(registry))) for registry in registries)


def _functions(registry: t.Mapping[t.Any, t.Any]) -> t.Iterator[t.Any]:
    for entries in registry.values():
        yield from (entry[0] for entry in entries)


def _is_known(function: t.Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(_KNOWN)
