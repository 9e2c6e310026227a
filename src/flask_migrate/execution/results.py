"""What a statement gave back, kept so that a later run of the same script can be given it again.

A script decides by what it reads: it loops over rows, looks whether a column is there, uses the key of a row that it
inserted. When a half-done revision is resumed, its done part is run once more without being sent; with the results
of the first time it takes the same way through the script.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime
import decimal
import itertools
import typing as t
import uuid

from sqlalchemy.engine.interfaces import ExecuteStyle

if t.TYPE_CHECKING:
    from .statements import Sending

#: How many values of results one revision keeps; what is read beyond them is read anew by a later run.
VALUES_KEPT = 200_000

_PARSERS: dict[str, t.Callable[[str], t.Any]] = {
    "decimal": decimal.Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda text: datetime.timedelta(microseconds=int(text)),
    "bytes": base64.b64decode,
    "uuid": uuid.UUID,
}


class NotKept(ValueError):
    """A result that can't be written down."""


@dataclasses.dataclass(frozen=True)
class Result:
    """What the driver's cursor says after a statement.

    :param rowcount: how many rows were changed or found.
    :param lastrowid: the key that the engine gave to an inserted row.
    :param columns: name and type of each column; ``None`` when there are no rows.
    :param rows: the values.
    """

    rowcount: int = -1
    lastrowid: int | None = None
    columns: tuple[tuple[str, t.Any], ...] | None = None
    rows: tuple[tuple[t.Any, ...], ...] = ()

    @property
    def size(self) -> int:
        """How many values it has."""
        return len(self.rows) * len(self.columns or ()) + 1

    def to_json(self) -> list[t.Any]:
        """The same in what JSON can hold.

        :raises NotKept: when a value is of a type that is not known here.
        """
        plain: list[t.Any] = [self.rowcount, self.lastrowid]
        if self.columns is not None:
            rows = [[_to_json(value) for value in row] for row in self.rows]
            plain += [[[name, kind if isinstance(kind, int) else None] for name, kind in self.columns], rows]
        return plain

    @classmethod
    def from_json(cls, data: list[t.Any]) -> Result:
        """The opposite of :meth:`to_json`."""
        rowcount, lastrowid, *rest = data
        if not rest:
            return cls(rowcount, lastrowid)
        columns, rows = rest
        values = tuple(tuple(_from_json(value) for value in row) for row in rows)
        return cls(rowcount, lastrowid, tuple((name, kind) for name, kind in columns), values)


def take(sending: Sending) -> Result:
    """The result of a statement that was sent just now; whoever sent it can read it as before."""
    cursor = sending.cursor
    lastrowid = getattr(cursor, "lastrowid", None)
    result = Result(cursor.rowcount, lastrowid if isinstance(lastrowid, int) else None)
    if cursor.description is None:
        return result
    columns = tuple((str(column[0]), column[1]) for column in cursor.description)
    rows = tuple(tuple(row) for row in cursor.fetchall())
    result = dataclasses.replace(result, columns=columns, rows=rows)
    _give(sending, result, cursor.description)
    return result


def is_streamed(sending: Sending) -> bool:
    """Whether the rows of a statement are fetched bit by bit: taking them would defeat the purpose."""
    options = sending.context.execution_options
    return bool(options.get("stream_results") or options.get("yield_per"))


def give(sending: Sending, result: Result) -> None:
    """Give ``result`` to whoever wants to send a statement, which is not sent."""
    description = None
    if result.columns is not None:
        description = [(name, kind, None, None, None, None, None) for name, kind in result.columns]
    _give(sending, result, description)


def _give(sending: Sending, result: Result, description: t.Any) -> None:
    sending.context.cursor = KeptCursor(result, description, sending.cursor)
    if sending.context.execute_style is ExecuteStyle.INSERTMANYVALUES:
        # SQLAlchemy has the driver's cursor in hand already, and asks for the rows of each batch by this method.
        with contextlib.suppress(AttributeError):
            sending.cursor.description = description
        sending.context.fetchall_for_returning = lambda cursor: [list(row) for row in result.rows]


class KeptCursor:
    """A driver's cursor after ``execute()``, as far as SQLAlchemy looks at one.

    :param description: as the driver would give it.
    :param cursor: the driver's own one, which is closed with this one.
    """

    arraysize = 1

    def __init__(self, result: Result, description: t.Any, cursor: t.Any) -> None:
        self.rowcount = result.rowcount
        self.lastrowid = result.lastrowid
        self.description = description
        self._rows = iter(result.rows)
        self._cursor = cursor

    def __getattr__(self, name: str) -> t.Any:
        """What only one driver has: psycopg2's dialect asks each cursor for its connection."""
        return getattr(self._cursor, name)

    def fetchone(self) -> tuple[t.Any, ...] | None:
        """The next row."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[t.Any, ...]]:
        """The next rows."""
        return list(itertools.islice(self._rows, size or self.arraysize))

    def fetchall(self) -> list[tuple[t.Any, ...]]:
        """All rows that are left."""
        return list(self._rows)

    def close(self) -> None:
        """Close the driver's cursor."""
        self._cursor.close()


def _to_json(value: t.Any) -> t.Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[key, _to_json(item)] for key, item in value.items()]}
    for kind, text in _spelled(value):
        return {kind: text}
    raise NotKept(type(value).__name__)


def _spelled(value: t.Any) -> t.Iterator[tuple[str, str]]:
    if isinstance(value, decimal.Decimal):
        yield "decimal", str(value)
    elif isinstance(value, datetime.datetime):
        yield "datetime", value.isoformat()
    elif isinstance(value, (datetime.date, datetime.time)):
        yield type(value).__name__, value.isoformat()
    elif isinstance(value, datetime.timedelta):
        yield "timedelta", str(value // datetime.timedelta(microseconds=1))
    elif isinstance(value, (bytes, bytearray, memoryview)):
        yield "bytes", base64.b64encode(value).decode()
    elif isinstance(value, uuid.UUID):
        yield "uuid", str(value)


def _from_json(value: t.Any) -> t.Any:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    [(kind, text)] = value.items()
    if kind == "dict":
        return {key: _from_json(item) for key, item in text}
    return _PARSERS[kind](text)
