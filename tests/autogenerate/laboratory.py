"""Runs the cases on one engine: one folder, two databases, emptied between cases."""

from __future__ import annotations

import contextlib
import os
import traceback
import typing as t
from collections.abc import Iterator
from pathlib import Path

import flask
import sqlalchemy as sa

import flask_migrate
from tests.isolation import kept_logging

from . import catalog, rows
from .case import Case, Models

#: What the battery is not about, and costs most of the time.
QUICK = {"lock": False, "log_table": None}
EMPTY = {"sqlite": catalog.sqlite.empty, "postgresql": catalog.postgresql.empty, "mariadb": catalog.mariadb.empty}


class Failed(AssertionError):
    """A step of a case did not do what it should."""


class Laboratory:
    """The place where the cases of one engine are run.

    :param engine: its name.
    :param url: the database that is migrated.
    :param second_url: the database that ``create_all()`` is called on.
    :param folder: where the app and its migrations are.
    """

    def __init__(self, engine: str, url: str, second_url: str, folder: Path) -> None:
        self.name = engine
        self.folder = folder
        self.migrated = _engine(url)
        self.made = _engine(second_url)
        self.directory = str(folder / "migrations")
        with self.app(sa.MetaData(), {}):
            flask_migrate.init(self.directory)

    def close(self) -> None:
        """Give the connections back."""
        self.migrated.dispose()
        self.made.dispose()

    def run(self, case: Case) -> None:
        """Run a case from empty databases to empty databases.

        :raises Failed: with every difference that the first wrong step shows, and the script.
        """
        self._empty(case)
        with self._explained("the first migration"), self.app(self._models(case.before), case.settings):
            flask_migrate.migrate(self.directory)
            flask_migrate.upgrade(self.directory)
        self._require("after the first upgrade", self._wanted(case.before), self._found(), case)
        if case.after is None:
            with self._explained("check"), self.app(self._models(case.before), case.settings):
                self._require_nothing(case)
            return
        with self.migrated.begin() as connection:
            for statement in case.setup.get(self.name, ()):
                self._execute(connection, statement)
            self._insert(connection, case)
        before, contents = self._found(), self._contents()
        if case.refused:
            self._require_refusal(case)
            return
        with self._explained("migrate"), self.app(self._models(case.after), case.settings):
            made = flask_migrate.migrate(self.directory, **case.options)
            if not made:
                raise Failed("migrate found nothing")
            if made.verification is not None and made.verification.outcome != "passed":
                raise Failed(f"the script was not tried: {made.verification.reason}")
        self._require_texts(case)
        self._cycle(case, case.after, before, contents)

    def _cycle(self, case: Case, after: Models, before: catalog.Catalog, contents: rows.Contents) -> None:
        back = {new: old for old, new in case.same.items()}
        wanted = self._wanted(after)
        with self._explained("upgrade"), self.app(self._models(after), case.settings):
            flask_migrate.upgrade(self.directory)
        self._require("after the upgrade", wanted, self._found(), case)
        upgraded = self._contents()
        self._require_rows("after the upgrade", rows.lost(contents, upgraded, case.same, case.filled))
        with self._explained("check"), self.app(self._models(after), case.settings):
            self._require_nothing(case)
        with self._explained("downgrade"), self.app(self._models(after), case.settings):
            flask_migrate.downgrade(self.directory)
        self._require("after the downgrade", before, self._found(), case, is_complete=True)
        self._require_rows("after the downgrade", rows.lost(upgraded, self._contents(), back, case.reverted))
        with self._explained("the second upgrade"), self.app(self._models(after), case.settings):
            flask_migrate.upgrade(self.directory)
        self._require("after the second upgrade", wanted, self._found(), case)
        if not case.setup and not case.start:
            with self._explained("downgrade to base"), self.app(self._models(after), case.settings):
                flask_migrate.downgrade(self.directory, "base")
            found = {key: value for key, value in self._found().items() if key != 'schema "public"'}
            self._require("after the downgrade to base", {}, found, case, is_complete=True)

    @contextlib.contextmanager
    def app(self, metadata: sa.MetaData, settings: t.Mapping[str, t.Any]) -> Iterator[flask.Flask]:
        """An app with these models, in its context and in its folder."""
        app = flask.Flask("battery", root_path=str(self.folder))
        # The case does the same again; on the servers a scratch database each time would cost more than it shows.
        verify = self.name == "sqlite" or os.environ.get("FLASK_MIGRATE_VERIFY") == "1"
        flask_migrate.Migrate(app, metadata=metadata, engine=self.migrated, **{**QUICK, "verify": verify, **settings})
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            with kept_logging(), app.app_context():
                yield app
        finally:
            os.chdir(here)

    def _models(self, models: Models) -> sa.MetaData:
        metadata = sa.MetaData()
        metadata.info["engine"] = self.name
        replaced = models(metadata)
        return replaced if isinstance(replaced, sa.MetaData) else metadata

    def _empty(self, case: Case) -> None:
        for path in Path(self.directory, "versions").glob("*.py"):
            path.unlink()
        for engine in (self.migrated, self.made):
            with engine.begin() as connection:
                EMPTY[self.name](connection)
                for statement in case.start.get(self.name, ()):
                    self._execute(connection, statement)

    def _execute(self, connection: sa.Connection, statement: str) -> None:
        """Run SQL as it is written; the drivers of the servers take a percent sign for a parameter."""
        connection.exec_driver_sql(statement if self.name == "sqlite" else statement.replace("%", "%%"))

    def _wanted(self, models: Models) -> catalog.Catalog:
        """What ``create_all()`` makes of the models."""
        with self.made.begin() as connection:
            EMPTY[self.name](connection)
        metadata = self._models(models)
        with self.made.begin() as connection:
            if self.name == "postgresql":
                for schema in _schemas(metadata):
                    connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
            metadata.create_all(connection)
        with self.made.connect() as connection:
            return catalog.read(self.name, connection)

    def _found(self) -> catalog.Catalog:
        with self.migrated.connect() as connection:
            return catalog.read(self.name, connection)

    def _contents(self) -> rows.Contents:
        with self.migrated.connect() as connection:
            return rows.read(connection)

    def _insert(self, connection: sa.Connection, case: Case) -> None:
        metadata = self._models(case.before)
        for name, values in case.rows.items():
            for row in values:
                connection.execute(metadata.tables[name].insert().values(**row))

    def _require(
        self, when: str, wanted: catalog.Catalog, found: catalog.Catalog, case: Case, *, is_complete: bool = False
    ) -> None:
        foreign = () if is_complete else tuple(case.foreign)
        kinds = () if is_complete else ("view ", "trigger ")
        kinds = kinds if case.order else (*kinds, "order ")
        ignored = (*foreign, *kinds)
        wanted = {key: value for key, value in wanted.items() if not ignored or not key.startswith(ignored)}
        found = {key: value for key, value in found.items() if not ignored or not key.startswith(ignored)}
        problems = catalog.differences(wanted, found)
        if problems:
            raise Failed("\n".join([f"{when}:", *problems, self._script()]))

    def _require_rows(self, when: str, problems: list[str]) -> None:
        if problems:
            raise Failed("\n".join([f"{when}:", *problems, self._script()]))

    def _require_nothing(self, case: Case) -> None:
        """``check`` agrees, and ``migrate`` writes nothing."""
        flask_migrate.check(self.directory)
        options = {name: value for name, value in case.options.items() if name == "allow_drop_all"}
        if flask_migrate.migrate(self.directory, **options):
            raise Failed("a second migrate found something")

    def _require_refusal(self, case: Case) -> None:
        assert case.after is not None
        count = len(list(Path(self.directory, "versions").glob("*.py")))
        with self.app(self._models(case.after), case.settings):
            try:
                flask_migrate.migrate(self.directory, **case.options)
            except flask_migrate.Refused as error:
                text = str(error)
            else:
                raise Failed(f"migrate did not refuse\n{self._script()}")
        absent = [part for part in case.refused if part not in text]
        if absent or len(list(Path(self.directory, "versions").glob("*.py"))) != count:
            raise Failed(f"the refusal does not say {absent}:\n{text}")

    def _require_texts(self, case: Case) -> None:
        text = self._script()
        wrong = [f"the script lacks {part!r}" for part in case.script if part not in text]
        wrong += [f"the script has {part!r}" for part in case.absent if part in text]
        if wrong:
            raise Failed("\n".join([*wrong, text]))

    @contextlib.contextmanager
    def _explained(self, step: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            shown = "" if isinstance(error, (Failed, flask_migrate.MigrateError)) else traceback.format_exc()
            raise Failed(f"{step}: {type(error).__name__}: {error}\n{shown}\n{self._script()}") from error

    def _script(self) -> str:
        """The newest script, without its header."""
        paths = sorted(Path(self.directory, "versions").glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
        if not paths:
            return ""
        text = paths[-1].read_text(encoding="utf-8")
        return text[text.find("def upgrade") :]


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine


def _schemas(metadata: sa.MetaData) -> set[str]:
    """The schemas of tables, sequences and types, which ``create_all()`` does not make."""
    tables = metadata.tables.values()
    found = [*tables, *metadata._sequences.values(), *(column.type for table in tables for column in table.columns)]
    return {one.schema for one in found if getattr(one, "schema", None)}
