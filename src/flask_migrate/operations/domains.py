"""Domains of PostgreSQL: types with conditions on another type. Elsewhere nothing is done."""

from __future__ import annotations

import typing as t

from alembic import op

from .aside import escaped
from .names import dialect_name, quoted
from .retyping import made_anew

Definition = t.Mapping[str, t.Any]


def create_domain(
    name: str,
    type_: str,
    *,
    collation: str | None = None,
    default: str | None = None,
    nullable: bool = True,
    checks: t.Mapping[str, str] | None = None,
    schema: str | None = None,
) -> None:
    """Make a domain on PostgreSQL.

    :param name: its name.
    :param type_: what it is made from, in SQL, as all that follows.
    :param collation: of its values.
    :param default: of columns that have none of their own.
    :param nullable: whether NULL is one of its values.
    :param checks: conditions on ``VALUE`` by their names.
    :param schema: its schema.
    """
    if dialect_name() != "postgresql":
        return
    words = [f"CREATE DOMAIN {quoted(name, schema)} AS {escaped(type_)}"]
    words += [f"COLLATE {escaped(collation)}"] if collation else []
    words += [f"DEFAULT {escaped(default)}"] if default is not None else []
    words += [] if nullable else ["NOT NULL"]
    words += [f"CONSTRAINT {quoted(one)} CHECK ({escaped(text)})" for one, text in (checks or {}).items()]
    op.execute(" ".join(words))


def drop_domain(name: str, schema: str | None = None) -> None:
    """Drop a domain of PostgreSQL, which no column has any more.

    :param name: its name.
    :param schema: its schema.
    """
    if dialect_name() == "postgresql":
        op.execute(f"DROP DOMAIN {quoted(name, schema)}")


def alter_domain(name: str, old: Definition, new: Definition, schema: str | None = None) -> None:
    """Change a domain of PostgreSQL; a row with a value that it refuses then stops that, and nothing is changed.

    Where the type below it is another one, the domain is made anew, and the columns that have it are changed to it.

    :param name: its name.
    :param old: the arguments of :func:`create_domain` for it as it is.
    :param new: the same for it as it becomes.
    :param schema: its schema.
    """
    if dialect_name() != "postgresql":
        return
    if any(old.get(word) != new.get(word) for word in ("type_", "collation")):
        made_anew(name, schema, "d", lambda: create_domain(name, **t.cast("t.Any", {**new, "schema": schema})))
        return
    place = f"ALTER DOMAIN {quoted(name, schema)}"
    was, now = old.get("checks") or {}, new.get("checks") or {}
    for one in was:
        if was[one] != now.get(one):
            op.execute(f"{place} DROP CONSTRAINT {quoted(one)}")
    if old.get("default") != new.get("default"):
        default = new.get("default")
        op.execute(f"{place} DROP DEFAULT" if default is None else f"{place} SET DEFAULT {escaped(default)}")
    if old.get("nullable", True) != new.get("nullable", True):
        op.execute(f"{place} {'DROP' if new.get('nullable', True) else 'SET'} NOT NULL")
    for one in now:
        if was.get(one) != now[one]:
            op.execute(f"{place} ADD CONSTRAINT {quoted(one)} CHECK ({escaped(now[one])})")
