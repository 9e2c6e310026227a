"""What all scratch databases have in common: a name that tells who made it, and an engine."""

from __future__ import annotations

import dataclasses
import os
import re
import secrets
import socket
import time
import typing as t
import zlib

import sqlalchemy as sa

from .. import alembic_compat
from ..errors import MigrateError
from ..targets import DEFAULT, Target, connect, twin

#: Scratch databases, schemas and folders are called <prefix><host>_<process>_<second>_<random>.
PREFIX = "flask_migrate_shadow_"
#: The table in a database that the caller names, which tells that a killed process has left it behind.
MARK = "flask_migrate_shadow"
NAME = re.compile(PREFIX + r"([0-9a-f]{8})_(\d+)_(\d+)_[0-9a-f]{6}")
#: From this many seconds on, a scratch database of another host is taken for one that was left behind.
OLD = 6 * 3600

Result = t.TypeVar("Result")


class OutOfReach(MigrateError):
    """What was tried on a scratch database wants something that a scratch database has not, or may not have."""


@dataclasses.dataclass(frozen=True)
class Shadow:
    """A scratch database.

    :param engine: connects to it; every connection is a new one.
    :param kind: what it is, in words: "a temporary file", "a scratch database", "a scratch schema".
    :param borrow: brings what a history may take for granted (extensions and empty schemas of the real database),
        and says whether there was anything to bring.
    """

    engine: sa.Engine
    kind: str
    borrow: t.Callable[[], bool] = lambda: False

    def connect(self, work: t.Callable[[sa.Connection], Result]) -> Result:
        """Call ``work`` with a connection to it, and return what it returns."""
        return connect(Target(DEFAULT, self.engine, sa.MetaData()), work)


def new_name() -> str:
    """A name for a scratch database of this process."""
    return f"{PREFIX}{_host()}_{os.getpid()}_{int(time.time())}_{secrets.token_hex(3)}"


def is_left_behind(name: str) -> bool:
    """Whether ``name`` is a scratch database whose process is dead."""
    found = NAME.fullmatch(name)
    if found is None:
        return False
    host, process, second = found.groups()
    return not _is_alive(int(process)) if host == _host() else time.time() - int(second) > OLD


def run_on(engine: sa.Engine, work: t.Callable[[sa.Connection], Result], **changes: t.Any) -> Result:
    """Call ``work`` with a connection to the server of ``engine``, in autocommit.

    :param changes: parts of the URL to change: another database.
    """
    own = engine_like(engine, **changes) if changes else twin(engine)
    try:
        target = Target(DEFAULT, own, sa.MetaData())
        return connect(target, lambda found: work(found.execution_options(isolation_level="AUTOCOMMIT")))
    finally:
        if own is not engine and not own.dialect.is_async:
            own.dispose()


def engine_like(engine: sa.Engine, **changes: t.Any) -> sa.Engine:
    """An engine with the driver, the arguments and the connect listeners of ``engine``, and another URL.

    :param changes: the parts of the URL that differ.
    """
    url = engine.url.set(**changes)
    made = sa.create_engine(url, poolclass=sa.NullPool, connect_args=alembic_compat.connect_arguments(engine))
    for listener in alembic_compat.connect_listeners(engine):
        sa.event.listen(made, "connect", listener)
    return made


def on_connect(engine: sa.Engine, *statements: str) -> None:
    """Let every new connection of ``engine`` begin with ``statements``."""

    def prepare(connection: t.Any, record: t.Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        if engine.dialect.name != "sqlite":
            connection.commit()

    sa.event.listen(engine, "connect", prepare)


def quoted(engine: sa.Engine, name: str) -> str:
    """``name`` as the dialect of ``engine`` quotes it."""
    return engine.dialect.identifier_preparer.quote_identifier(name)


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # there os.kill() would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
