"""A value that the checks on a column let through, for rows that get the column back."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import decimal
import itertools
import re
import typing as t

import sqlalchemy as sa

from ..facts import facts_of
from ..keys.texts import names_in
from .operations import Expression

if t.TYPE_CHECKING:
    from ...schema.model import Table
    from ..draft import Draft

#: What stands in a condition and may be a value: texts and numbers.
LITERAL = re.compile(r"'(?P<text>(?:[^']|'')*)'|(?<![\w.\"`])(?P<number>\d+(?:\.\d+)?)(?![\w\"`])")
#: What other columns of a condition may hold, by a word in their types; the first that fits.
DAYS = (datetime.date(1970, 1, 1), datetime.date(2020, 2, 3))
MOMENTS = tuple(datetime.datetime.combine(day, datetime.time(4, 5)) for day in DAYS)
NUMBERS, TEXTS = (-5, 0, 7), ("", "x")
SAMPLES: t.Mapping[str, tuple[t.Any, ...]] = {
    "BOOL": (False, True),
    "TIMESTAMP": MOMENTS,
    "DATETIME": MOMENTS,
    "DATE": DAYS,
    **dict.fromkeys(("INT", "NUM", "DEC", "FLOAT", "DOUBLE", "REAL"), NUMBERS),
}
#: How many values are tried, and how long a text of them may be.
MOST, LONGEST = 60, 300
KEPT = (sa.Boolean, sa.Integer, sa.Numeric, sa.String, sa.Date, sa.DateTime)


def fitting(draft: Draft, place: tuple[str | None, str], column: sa.Column[t.Any], value: t.Any) -> t.Any:
    """``value``, or where a check of the table does not let it through, one that all checks let through.

    The engine is asked. Where no value is found it stays ``value``.

    :param place: the table, as it is in the database.
    """
    table = facts_of(draft.context).live_table(sa.Table(place[1], sa.MetaData(), schema=place[0]))
    if table is None or isinstance(value, Expression) or not isinstance(column.type, KEPT):
        return value
    checks = [(check.text, _plain(check.text, draft.dialect)) for check in table.checks]
    checks = [(text, read) for text, read in checks if column.name in names_in(read)]
    if not checks:
        return value
    texts = [read for _, read in checks]
    others = _others(table, texts, column.name)
    tried = Trial(draft, column, [text for text, _ in checks], others)
    plain = [value, *_candidates(column.type, texts)]
    related = [one for name in others for one in _relative(name, column.type)]
    for one in itertools.islice([*plain, *related], MOST):
        if tried.fits(one):
            return one.expression(value) if isinstance(one, Related) else one
    return value


def _plain(text: str, dialect: sa.Dialect) -> str:
    """A condition in which a quote in a text is two quotes, as in standard SQL."""
    if dialect.name not in ("mysql", "mariadb"):
        return text
    return re.sub(r"\\(.)", lambda match: "''" if match[1] == "'" else match[1], text)


def _others(table: Table, texts: t.Iterable[str], own: str) -> dict[str, tuple[t.Any, ...]]:
    """Other columns of the conditions, and what they may hold."""
    named = {name for text in texts for name in names_in(text)} - {own}
    known = {one.name: one.type.upper() for one in table.columns if one.name in named}
    return {name: _samples(text) for name, text in sorted(known.items())}


def _samples(type_: str) -> tuple[t.Any, ...]:
    return next((values for word, values in SAMPLES.items() if word in type_), TEXTS)


def _candidates(type_: t.Any, texts: t.Sequence[str]) -> t.Iterator[t.Any]:
    """Values of a type that conditions speak of, and their neighbours."""
    found = [match for text in texts for match in LITERAL.finditer(text)]
    numbers = [decimal.Decimal(0), *(decimal.Decimal(match["number"]) for match in found if match["number"])]
    words = [match["text"].replace("''", "'") for match in found if match["text"] is not None]
    if isinstance(type_, sa.Boolean):
        yield True
    elif isinstance(type_, sa.Integer):
        near = [int(one) + step for one in numbers for step in (0, 1, -1)]
        yield from dict.fromkeys([*near, *(-one for one in near)])
    elif isinstance(type_, sa.Numeric):
        near_by = [one + step for one in numbers for step in (0, 1, -1)]
        near_by += [(one + other) / 2 for one, other in itertools.pairwise(sorted(numbers))]
        yield from (float(one) if isinstance(type_, sa.Float) else one for one in (*near_by, *(-a for a in near_by)))
    elif isinstance(type_, sa.String):
        yield from words
        yield from (re.sub("[%_]", lambda sign: "" if sign[0] == "%" else "x", word) for word in words)
        yield from (
            letter * (int(one) + step) for one in numbers for step in (0, 1) for letter in "xX1" if one < LONGEST
        )
    else:
        kind = datetime.datetime if isinstance(type_, sa.DateTime) else datetime.date
        for word in (*words, "2000-01-01", "2100-01-01"):
            with contextlib.suppress(ValueError):
                moment: t.Any = kind.fromisoformat(word)
                yield from (moment, moment + datetime.timedelta(days=1), moment - datetime.timedelta(days=1))


@dataclasses.dataclass(frozen=True)
class Related:
    """A value that has to do with another column: the same, or one more or less."""

    column: str
    step: int = 0

    def beside(self, known: t.Mapping[str, t.Any]) -> t.Any:
        """The value in a row whose other columns are known."""
        return known[self.column] + self.step if self.step else known[self.column]

    def expression(self, otherwise: t.Any) -> Expression:
        """The same as code; another value where the column has none."""
        step = f" {'+' if self.step > 0 else '-'} 1" if self.step else ""
        text = f"sa.column({self.column!r}){step}"
        is_simple = isinstance(otherwise, (bool, int, float, str))
        return Expression(f"sa.func.coalesce({text}, {otherwise!r})" if is_simple else text)


def _relative(name: str, type_: t.Any) -> t.Iterator[Related]:
    """What has to do with another column."""
    steps = (0, 1, -1) if isinstance(type_, (sa.Integer, sa.Numeric)) else (0,)
    yield from (Related(name, step) for step in steps)


class Trial:
    """Asks the engine whether a value passes conditions.

    :param others: other columns, and what they may hold.
    """

    def __init__(
        self, draft: Draft, column: sa.Column[t.Any], texts: t.Sequence[str], others: t.Mapping[str, tuple[t.Any, ...]]
    ) -> None:
        self.draft = draft
        self.column = column
        self.others = others
        self.condition = " AND ".join(f"({text})" for text in texts).replace(":", "\\:")

    def fits(self, value: t.Any) -> bool:
        """Whether a row with ``value`` is let through, whatever the other columns hold."""
        connection = self.draft.context.connection
        assert connection is not None
        has_savepoints = connection.dialect.name == "postgresql"
        try:
            with connection.begin_nested() if has_savepoints else contextlib.nullcontext():
                return connection.execute(self._refused(value)).first() is None
        except sa.exc.SQLAlchemyError:
            return False

    def _refused(self, value: t.Any) -> sa.Select[t.Any]:
        """Asks for a row that is not let through."""
        names = list(self.others)
        rows = []
        for held in itertools.product(*self.others.values()):
            known = dict(zip(names, held, strict=True))
            columns = [
                self._literal(value.beside(known) if isinstance(value, Related) else value, self.column.type).label(
                    self.column.name
                )
            ]
            columns += [sa.literal(one).label(name) for name, one in known.items()]
            rows.append(sa.select(*columns))
        several = sa.union_all(*rows).subquery("t") if len(rows) > 1 else rows[0].subquery("t")
        return sa.select(sa.literal(1)).select_from(several).where(sa.text(f"NOT ({self.condition})"))

    def _literal(self, value: t.Any, type_: t.Any) -> t.Any:
        made = sa.literal(value, type_)
        return sa.cast(made, type_) if self.draft.dialect.name == "postgresql" else made
