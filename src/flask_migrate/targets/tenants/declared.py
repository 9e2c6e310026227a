"""What an app says of its tenants."""

from __future__ import annotations

import collections.abc
import dataclasses
import pathlib
import typing as t

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from ...errors import MigrateError
from .. import failures

#: The longest name of a schema on PostgreSQL, in bytes: longer ones are cut without a word.
LONGEST_SCHEMA = 63


@dataclasses.dataclass(frozen=True)
class Tenant:
    """One tenant, as ``@migrate.tenants`` yields it.

    :param name: what it is called, in messages and on the command line.
    :param schema: its schema in the app's default database (on MariaDB and MySQL: its database on the same server).
    :param engine: its own database: an ``Engine``, ``AsyncEngine``, URL, or a callable that returns one of them.

    With neither of the two, the name is that of the schema.

    .. versionadded:: 5.0
    """

    name: str
    schema: str | None = None
    engine: t.Any = dataclasses.field(default=None, repr=False)

    @property
    def url(self) -> URL | None:
        """The URL of its own database, where it is declared by one."""
        return _parsed(self.engine) if isinstance(self.engine, str | URL) else None

    @property
    def is_by_name(self) -> bool:
        """Whether a name in the app's default database is all that it takes."""
        return self.engine is None

    @property
    def place(self) -> str:
        """The name of its schema, or of its database on the server of the default one."""
        return self.schema or self.name


@dataclasses.dataclass(frozen=True)
class TenantSource:
    """The function of ``@migrate.tenants``.

    :param function: returns or yields tenants.
    :param bind: whose models and functions (``upgrade_<bind>()``) are the tenants'; ``""`` for the default one.
    :param template: the name of the tenant that models are compared with; the first one without it.
    """

    function: t.Callable[[], t.Iterable[t.Any]]
    bind: str = ""
    template: str | None = None

    def __iter__(self) -> t.Iterator[Tenant]:
        """The tenants, read one after the other as they are asked for.

        :raises MigrateError: when the function fails, or yields what is no tenant, or a name for the second time.
        """
        seen: set[str] = set()
        for item in self._items():
            tenant = as_tenant(item)
            if tenant.name in seen:
                raise MigrateError(
                    f"@migrate.tenants yields the name {tenant.name!r} twice.",
                    "Give each tenant a name of its own: yield (name, url).",
                )
            seen.add(tenant.name)
            yield tenant

    def _items(self) -> t.Iterator[t.Any]:
        try:
            items = self.function()
            if items is None:
                name = getattr(self.function, "__name__", "the function")
                raise MigrateError(
                    f"@migrate.tenants: {name}() returns None.",
                    "Yield the tenants, or return a list; an empty one for none.",
                )
            yield from items.items() if isinstance(items, collections.abc.Mapping) else items
        except MigrateError:
            raise
        except Exception as error:
            explained = failures.explain(error)
            text = f"{type(error).__name__}: {' '.join(str(error).split())}" if explained is None else str(explained)
            raise MigrateError(
                f"The tenants can't be read: {getattr(self.function, '__name__', 'the function')}() raised {text}",
                "Correct the function of @migrate.tenants.",
            ) from error


def as_tenant(item: t.Any) -> Tenant:
    """``item``, which ``@migrate.tenants`` yielded, as a :class:`Tenant`.

    :raises MigrateError: when it is none.
    """
    if isinstance(item, Tenant):
        tenant = item
    elif isinstance(item, str) and "://" in item:
        tenant = Tenant(_name_of(_parsed(item)), engine=item)
    elif isinstance(item, str):
        tenant = Tenant(item)
    elif isinstance(item, URL):
        tenant = Tenant(_name_of(item), engine=item)
    elif isinstance(item, collections.abc.Sequence) and len(item) == 1:
        return as_tenant(item[0])  # a row with one column
    elif isinstance(item, collections.abc.Sequence) and len(item) == 2 and isinstance(item[0], str):
        tenant = _of_pair(item[0], item[1])
    elif isinstance(getattr(item, "sync_engine", item), sa.Engine):
        tenant = Tenant(_name_of(item.url), engine=item)
    else:
        raise MigrateError(
            f"@migrate.tenants yields {item!r}, which is no tenant.",
            "Yield a name (a schema), a URL, a pair of name and URL, engine or callable, or a flask_migrate.Tenant.",
        )
    _check(tenant)
    return tenant


def _of_pair(name: str, place: t.Any) -> Tenant:
    if isinstance(place, str) and "://" not in place:
        return Tenant(name, schema=place)
    return Tenant(name, engine=place)


def _check(tenant: Tenant) -> None:
    for what, text in (("name", tenant.name), ("schema", tenant.place)):
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            raise MigrateError(
                f"The {what} of a tenant is {text!r}.", "A name is a text with at least one letter and no NUL."
            )
    if tenant.is_by_name and len(tenant.place.encode()) > LONGEST_SCHEMA:
        raise MigrateError(
            f"The schema {tenant.place!r} has a name of more than {LONGEST_SCHEMA} bytes, and PostgreSQL would cut it.",
            "Yield a pair: (name, shorter_schema).",
        )


def _parsed(url: str | URL) -> URL:
    try:
        return make_url(url)
    except sa.exc.ArgumentError as error:
        raise failures.explain(error, url=url) or error from error


def _name_of(url: URL) -> str:
    """What a tenant is called that is given by its URL alone: the database, of a file its name without the ending."""
    database = url.database or ""
    return pathlib.PurePath(database).stem if url.get_backend_name() == "sqlite" else database
