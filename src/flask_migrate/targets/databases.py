"""Where targets come from: Flask-SQLAlchemy, Flask-SQLAlchemy-Lite or plain SQLAlchemy.

Nothing here imports one of the extensions: they are told apart by what their objects have.
"""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import os
import typing as t

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ..errors import TargetError
from . import failures
from .model import DEFAULT, Target

#: Where a caller may put a MetaData: itself, a declarative base, or a dict of these by bind.
MetadataSource = t.Any
#: Where a caller may put an engine: itself, a URL, a callable that returns either, or a dict of these by bind.
EngineSource = t.Any

#: Names that mean the default bind: ``None`` (Flask-SQLAlchemy), ``"default"`` (Lite) and ours.
_DEFAULT_KEYS = (None, DEFAULT, "default")


class Databases:
    """The databases of an app, whichever way it declares them.

    :param db: a Flask-SQLAlchemy or Flask-SQLAlchemy-Lite extension, or ``None``.
    :param metadata: MetaData, a declarative base, or a dict of them by bind; needed where ``db`` has none.
    :param engine: an engine, URL, callable, or a dict of them by bind; needed where ``db`` has none.

    It also answers everything that the env.py files of earlier releases ask of ``db``: ``metadata``,
    ``metadatas``, ``engine``, ``engines`` and every spelling of ``get_engine()``. What it does not have itself
    is looked up on ``db``.
    """

    def __init__(self, db: t.Any = None, metadata: MetadataSource = None, engine: EngineSource = None) -> None:
        self.db = db
        self.metadata_source = metadata
        self.engine_source = engine
        self._made: dict[str, sa.Engine] = {}

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self.db, name)

    def bind_names(self) -> list[str]:
        """The binds beside the default one."""
        return [name for name in self.engines_by_name() if name != DEFAULT]

    @property
    def metadatas(self) -> dict[str | None, sa.MetaData]:
        """The MetaData of every bind, ``None`` for the default one."""
        return {name or None: metadata for name, metadata in self.metadata_by_name().items()}

    @property
    def metadata(self) -> sa.MetaData:
        """The MetaData of the default bind."""
        return self.metadata_by_name().get(DEFAULT) or sa.MetaData()

    @property
    def engines(self) -> dict[str | None, sa.Engine]:
        """The engine of every bind, ``None`` for the default one."""
        return {name or None: engine for name, engine in self.engines_by_name().items()}

    @property
    def engine(self) -> sa.Engine:
        """The engine of the default bind."""
        return self.get_engine()

    def get_engine(self, *args: t.Any, bind: str | None = None, bind_key: str | None = None) -> sa.Engine:
        """The engine of one bind, in every spelling that an env.py has used.

        ``get_engine()``, ``get_engine(bind_key=…)``, ``get_engine(bind=…)``, ``get_engine(app)`` and
        ``get_engine(app, bind)``.

        :raises TargetError: when there is no such bind.
        """
        names = [arg for arg in args if arg is None or isinstance(arg, str)]
        key = bind_key or bind or (names[-1] if names else None)
        engines = self.engines_by_name()
        name = _bind_name(key) if key not in engines else str(key)
        if name not in engines:
            raise failures.no_bind(key, sorted(engines, key=lambda name: name != DEFAULT))
        return engines[name]

    def targets(self) -> tuple[Target, ...]:
        """Every target, the default one first.

        :raises TargetError: when there is no database, or nobody can tell where its models are.
        """
        engines = self.engines_by_name()
        metadatas = self.metadata_by_name()
        if not engines:
            raise TargetError(
                "The app declares no database.",
                "Set SQLALCHEMY_DATABASE_URI (Flask-SQLAlchemy) or SQLALCHEMY_ENGINES (Flask-SQLAlchemy-Lite).",
            )
        names = sorted(engines, key=lambda name: name != DEFAULT)
        targets = [Target(name, engines[name], metadatas.get(name) or sa.MetaData()) for name in names]
        return tuple(_told_apart(targets))

    def chosen_names(self) -> frozenset[str] | None:
        """The binds that commands work on; ``None`` for all."""
        return None

    def metadata_by_name(self) -> dict[str, sa.MetaData]:
        """The MetaData of every bind that has models, by bind name."""
        if self.metadata_source is not None:
            return _by_name(self.metadata_source, _as_metadata)
        metadatas = getattr(self.db, "metadatas", None)
        if metadatas is not None:
            return {key or DEFAULT: _as_metadata(metadata) for key, metadata in metadatas.items()}
        metadata = getattr(self.db, "metadata", None)
        if metadata is not None:
            return {DEFAULT: _as_metadata(metadata)}
        if self.db is None:
            return {}
        raise TargetError(
            f"{type(self.db).__name__} of {type(self.db).__module__.partition('.')[0]} holds no metadata.",
            "Pass it: `Migrate(app, db, metadata=Base.metadata)`, or a dict of them by bind.",
        )

    def engines_by_name(self) -> dict[str, sa.Engine]:
        """The engine of every bind, by bind name, in the order in which the app declares them."""
        if self.engine_source is not None:
            return _by_name(self.engine_source, self._as_engine)
        if self.db is None:
            raise TargetError(
                "Migrate knows no database: it has neither db nor engine.",
                "Pass the extension, `Migrate(app, db)`, or `Migrate(app, metadata=Base.metadata, engine=engine)`.",
            )
        return _engines_of(self.db)

    def _as_engine(self, source: t.Any) -> sa.Engine:
        if callable(source) and not isinstance(source, sa.Engine):
            source = source()
        if isinstance(source, str | URL):
            # An engine that we made is kept: an in-memory database must be the same one at each command.
            key = source if isinstance(source, str) else source.render_as_string(hide_password=False)
            if key not in self._made:
                self._made[key] = _create_engine(source)
            return self._made[key]
        return _sync_engine(source)


def _told_apart(targets: list[Target]) -> t.Iterator[Target]:
    """``targets``; of several in one database, each but the first has a version table of its own."""
    groups: dict[t.Hashable, list[Target]] = collections.defaultdict(list)
    for target in targets:
        groups[_database_of(target)].append(target)
    for target in targets:
        others = [other for other in groups[_database_of(target)] if other is not target]
        if not others:
            yield target
            continue
        foreign = frozenset(table for other in others for table in other.metadata.tables)
        is_first = groups[_database_of(target)][0] is target
        suffix = "" if is_first else target.identifier.lower()
        yield dataclasses.replace(target, suffix=suffix, foreign=foreign - frozenset(target.metadata.tables))


def _database_of(target: Target) -> t.Hashable:
    """The same for targets in the same database; in memory, every engine has one of its own."""
    url = target.engine.url
    if url.get_backend_name() != "sqlite":
        return url.get_backend_name(), url.host, url.port, url.database, tuple(sorted(url.query.items()))
    path = url.database or ""
    return os.path.realpath(path) if path and ":" not in path else id(target.engine)


def _engines_of(db: t.Any) -> dict[str, sa.Engine]:
    if getattr(db, "metadatas", None) is not None:  # Flask-SQLAlchemy, where "default" is a bind like any other
        return {key or DEFAULT: _sync_engine(engine) for key, engine in db.engines.items()}
    engines: dict[str, sa.Engine] = {}
    for attribute in ("async_engines", "engines"):  # Flask-SQLAlchemy-Lite
        engines.update(_by_name(getattr(db, attribute, None) or {}, _sync_engine))
    if not engines and getattr(db, "engine", None) is not None:
        engines = {DEFAULT: _sync_engine(db.engine)}
    return engines


def _by_name(source: t.Any, convert: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    if isinstance(source, collections.abc.Mapping):
        return {_bind_name(key): convert(value) for key, value in source.items()}
    return {DEFAULT: convert(source)}


def _bind_name(key: str | None) -> str:
    return DEFAULT if key in _DEFAULT_KEYS else str(key)


def _as_metadata(source: t.Any) -> sa.MetaData:
    metadata = source if isinstance(source, sa.MetaData) else getattr(source, "metadata", None)
    if isinstance(metadata, sa.MetaData):
        return metadata
    raise TargetError(
        f"metadata={source!r} is neither a MetaData nor a class with one.",
        "Pass `Base.metadata`, the declarative base itself, or a dict of them by bind.",
    )


def _sync_engine(source: t.Any) -> sa.Engine:
    """``source`` or, of an ``AsyncEngine``, the engine inside; the dialect tells later that it is asynchronous."""
    engine = getattr(source, "sync_engine", source)
    if isinstance(engine, sa.Engine):
        return engine
    raise TargetError(
        f"engine={type(source).__name__} is not an engine.",
        "Pass an Engine, an AsyncEngine, a URL, a callable that returns one of these, or a dict of them by bind.",
    )


def _create_engine(source: str | URL) -> sa.Engine:
    try:
        return sa.create_engine(source)
    except Exception as error:
        explained = failures.explain(error, url=source)
        if explained is None:
            raise
        raise explained from error
