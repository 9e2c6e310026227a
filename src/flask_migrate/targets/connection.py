"""A connection to a target, whether its driver is an asynchronous one or not."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import typing as t

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from .model import Target

Result = t.TypeVar("Result")


def connect(target: Target, work: t.Callable[[sa.Connection], Result]) -> Result:
    """Call ``work`` with a connection to ``target`` and return what it returns.

    An asynchronous engine works as well, also while an event loop runs in this thread.
    """
    if not target.is_async:
        with target.engine.connect() as connection:
            return work(connection)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_connect_async(target.engine, work))
    # A loop runs in this thread: the one for our connection gets a thread of its own, with this context.
    context = contextvars.copy_context()
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        return executor.submit(context.run, asyncio.run, _connect_async(target.engine, work)).result()


async def _connect_async(engine: sa.Engine, work: t.Callable[[sa.Connection], Result]) -> Result:
    from sqlalchemy.ext.asyncio import AsyncEngine

    own = AsyncEngine(twin(engine))
    try:
        async with own.connect() as connection:
            return await connection.run_sync(work)
    finally:
        if own.sync_engine is not engine:
            await own.dispose()


def twin(engine: sa.Engine) -> sa.Engine:
    """An engine like ``engine`` with a pool of its own, still empty; ``engine`` itself for a database in memory.

    A connection from it never waits for one that the app holds (``pool_size=1``), and belongs to the event loop of
    whoever opens it. What listens to new connections of ``engine`` listens to these as well.
    """
    if isinstance(engine.pool, StaticPool):
        return engine
    return sa.Engine(engine.pool.recreate(), engine.dialect, engine.url)
