"""Which tenants a command is about."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import typing as t

from ...errors import USAGE, MigrateError
from .declared import Tenant

#: What stands for every tenant.
ALL = "all"


def choose(tenants: t.Iterable[Tenant], wanted: str | t.Sequence[str], shard: str | None = None) -> t.Iterator[Tenant]:
    """Those of ``tenants`` that are ``wanted``, in their own order.

    :param wanted: names, ``"all"``, or ``"@FILE"`` for a file with a name on each line.
    :param shard: ``"I/N"``: the I-th of N parts, to which a name belongs for ever.
    :raises MigrateError: at the end, for a name that no tenant has; at once for what can't be read.
    """
    parts = None if shard is None else parse_shard(shard)
    names = _names([wanted] if isinstance(wanted, str) else wanted)
    return _chosen(tenants, names, parts)


def _chosen(
    tenants: t.Iterable[Tenant], names: dict[str, None] | None, shard: tuple[int, int] | None
) -> t.Iterator[Tenant]:
    if names is not None:
        tenants = _named(tenants, names)
    for tenant in tenants:
        if shard is None or shard_of(tenant.name, shard[1]) == shard[0]:
            yield tenant


def _named(tenants: t.Iterable[Tenant], names: dict[str, None]) -> list[Tenant]:
    """The tenants with these names: all of them are looked for before anything is done with the first."""
    missing = dict(names)
    others: list[str] = []
    found: list[Tenant] = []
    for tenant in tenants:
        if tenant.name in missing:
            del missing[tenant.name]
            found.append(tenant)
            if not missing:
                break
        elif len(others) < 10_000:
            others.append(tenant.name)
    if missing:
        raise _unknown(list(missing), [*others, *(tenant.name for tenant in found)])
    return found


def _unknown(missing: list[str], known: list[str]) -> MigrateError:
    shown = ", ".join(repr(name) for name in itertools.islice(missing, 5))
    close = difflib.get_close_matches(missing[0], known, 3)
    if close:
        hint = f"Did you mean {' or '.join(map(repr, close))}?"
    elif known:
        hint = f"@migrate.tenants yields {len(known)} others, {known[0]!r} is the first."
    else:
        hint = "@migrate.tenants yields none."
    what = "no tenant" if len(missing) == 1 else "no tenants"
    return MigrateError(f"There is {what} {shown}.", hint, exit_code=USAGE)


def _names(wanted: t.Sequence[str]) -> dict[str, None] | None:
    """The names in ``wanted``, each once; ``None`` for all."""
    if ALL in wanted:
        return None
    names: dict[str, None] = {}
    for text in wanted:
        names.update(dict.fromkeys(_read(text[1:]) if text.startswith("@") else [text]))
    if not names:
        raise MigrateError(
            "No tenant was named.", "Name them, or write --tenants all, or --tenants @FILE.", exit_code=USAGE
        )
    return names


def _read(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise MigrateError(
            f"The file {path!r} with the names of tenants can't be read: {why}.",
            "Write one name on each line.",
            exit_code=USAGE,
        ) from error
    return [line for line in lines if line and not line.startswith("#")]


def parse_shard(text: str) -> tuple[int, int]:
    """``"I/N"`` as two numbers.

    :raises MigrateError: when it is none, or I is not from 1 to N.
    """
    first, _, second = text.partition("/")
    if not (first.strip().isdecimal() and second.strip().isdecimal()):
        raise MigrateError(f"--shard {text} is no shard.", "Write --shard 1/4 for the first of four.", exit_code=USAGE)
    number, count = int(first), int(second)
    if not 1 <= number <= count:
        hint = f"Shards are counted from 1: 1/{count} to {count}/{count}." if count else "There is at least one."
        raise MigrateError(f"--shard {text} is out of range.", hint, exit_code=USAGE)
    return number, count


def shard_of(name: str, count: int) -> int:
    """The shard that ``name`` belongs to, from 1; it depends on nothing else, and on no release of Python."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big") % count + 1
