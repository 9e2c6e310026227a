"""A connection that knows the answers to some statements before they are sent.

SQLAlchemy's reflection asks table by table where a dialect has no other way. Here it goes on asking, and goes on
parsing what it gets, so that the results are its own; but the answers come from a catalog that was read at once.
A statement that is not recognised is sent as ever.
"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData


class Answers(t.Protocol):
    """What is known of a database. Each method returns None for a statement that has to be sent."""

    def to_driver_sql(self, connection: sa.Connection, statement: str, parameters: t.Any) -> t.Any:
        """The result of a statement that is text for the driver."""

    def to_statement(self, connection: sa.Connection, statement: t.Any, parameters: t.Any) -> t.Any:
        """The result of a statement of SQLAlchemy."""

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""


class AnsweringConnection(sa.Connection):
    """The same connection as another one (they share their state), with answers.

    ``connection`` is used, not copied: transactions and options are common to both.
    """

    __slots__ = ("answers", "original")

    def __init__(self, connection: sa.Connection, answers: Answers) -> None:
        self.__dict__ = connection.__dict__
        self.original = connection
        self.answers = answers

    def exec_driver_sql(self, statement: str, parameters: t.Any = None, execution_options: t.Any = None) -> t.Any:
        """The answer where one is known, else what the driver returns."""
        answer = self.answers.to_driver_sql(self.original, statement, parameters)
        if answer is not None:
            return answer
        return self.original.exec_driver_sql(statement, parameters, execution_options)

    def execute(self, statement: t.Any, parameters: t.Any = None, *, execution_options: t.Any = None) -> t.Any:
        """The answer where one is known, else what the database returns."""
        answer = self.answers.to_statement(self.original, statement, parameters)
        if answer is not None:
            return answer
        return self.original.execute(statement, parameters, execution_options=execution_options)


def result(columns: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Any]]) -> IteratorResult[t.Any]:
    """Rows as SQLAlchemy returns them."""
    return IteratorResult(SimpleResultMetaData(tuple(columns)), iter([tuple(row) for row in rows]))
