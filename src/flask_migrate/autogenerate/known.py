"""Comparisons that found nothing, so that one which can only find nothing again is left out.

What is kept are fingerprints of everything that a comparison looks at: the models, the catalogs of the database, the
settings, and the releases of the packages. Whoever changes any of them gets another fingerprint, and a comparison.
They are kept where Python puts bytecode; a file that is missing, damaged or not writable changes nothing but the time.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
import typing as t

from alembic import util

from ..alembic_compat import foreign_comparators
from ..schema.read.fingerprint import fingerprint
from .fingerprint import Uncertain as Uncertain
from .fingerprint import models_fingerprint

if t.TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

    from .request import Request

#: Grows when what is compared, or how, changes within a release.
FORMAT = 1
#: How many are kept: one for each database that a developer goes between, and the branches of a week.
COUNT = 50
#: Digits of a key.
LENGTH = 64
PACKAGES = ("flask-migrate", "alembic", "SQLAlchemy")
#: Options of ``context.configure()`` that have no part in a comparison, or that are told apart in another way.
OTHER_OPTIONS = frozenset(
    {
        "as_sql",
        "connection",
        "dont_mutate",
        "downgrade_token",
        "environment_context",
        "flask_migrate_engines",
        "flask_migrate_request",
        "fn",
        "include_name",
        "include_object",
        "on_version_apply",
        "output_buffer",
        "process_revision_directives",
        "render_item",
        "revision_context",
        "script",
        "sqlalchemy_module_prefix",
        "target_metadata",
        "template_args",
        "upgrade_token",
        "url",
        "user_module_prefix",
    }
)


class Known:
    """The comparisons that found nothing.

    :param folder: the migrations folder.
    """

    def __init__(self, folder: str) -> None:
        compiled = importlib.util.cache_from_source(os.path.join(folder, "env.py"))
        self._path = os.path.join(os.path.dirname(compiled), f"flask-migrate.{sys.implementation.cache_tag}.equal")

    def has(self, key: str) -> bool:
        """Whether this comparison found nothing before."""
        return key in self._read()

    def add(self, key: str) -> None:
        """Keep that this comparison found nothing."""
        if not may_write():
            return
        keys = [one for one in self._read() if one != key]
        draft = f"{self._path}.{os.getpid()}.{os.urandom(4).hex()}"
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            try:
                with open(draft, "x", encoding="ascii") as file:
                    file.write("\n".join([*keys[1 - COUNT :], key, ""]))
                os.replace(draft, self._path)
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(draft)

    def _read(self) -> list[str]:
        try:
            with open(self._path, encoding="ascii", errors="ignore") as file:
                return [line for line in file.read().split() if len(line) == LENGTH]
        except OSError:
            return []


def may_write() -> bool:
    """Whether Python itself would leave anything beside the sources."""
    return not sys.dont_write_bytecode


class ComparisonKey:
    """What changes whenever a comparison may find something else.

    :raises Uncertain: where that can't be promised.
    """

    def __init__(self, context: MigrationContext, request: Request) -> None:
        if context.connection is None or context.opts.get("flask_migrate_filters") or foreign_comparators():
            raise Uncertain("code of the app has a say, which may say something else tomorrow")
        self._connection = context.connection
        metadatas = util.to_list(context.opts.get("target_metadata"), default=[])
        named = {table.schema for metadata in metadatas for table in metadata.tables.values() if table.schema}
        self._schemas = None if context.opts.get("include_schemas") else named
        self._about = repr(
            [
                FORMAT,
                sys.version_info[:3],
                platform.system(),
                [_version(name) for name in PACKAGES],
                (context.dialect.name, context.dialect.driver, context.dialect.default_schema_name),
                context.dialect.server_version_info,
                _settings(context.opts),
                (request.parts, request.own_all_tables, request.exclude_tables, request.schemas, request.is_check),
                models_fingerprint(metadatas, context.dialect),
            ]
        )

    def now(self) -> str:
        """The key, with the database as it is now."""
        live = fingerprint(self._connection, self._schemas)
        if live is None:
            raise Uncertain("the catalogs of this database are not known")
        return hashlib.sha256(f"{self._about} {live}".encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise Uncertain(f"the release of {package} is not known") from error


def _settings(options: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    found = []
    for name in sorted(options.keys() - OTHER_OPTIONS):
        value = options[name]
        values = value if isinstance(value, (list, tuple)) else (value,)
        if not all(one is None or isinstance(one, (str, bool, int, float)) for one in values):
            raise Uncertain(f"the option {name} is no plain value")
        found.append((name, repr(value)))
    return found
