"""What operations of ours want of a table rebuild on SQLite, kept until the new table is made."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa
from alembic.util import CommandError

if t.TYPE_CHECKING:
    from alembic.operations import Operations

#: The attribute of Alembic's side of the dialect that carries the requests.
ATTRIBUTE = "flask_migrate_requests"
#: The attribute that carries out what stands in a batch.
CALL = "flask_migrate_call"


@dataclasses.dataclass
class Requests:
    """What is wanted of one table.

    :param added: constraints without a name.
    :param dropped: the same, by their content.
    :param replaced: columns by name that become what is given here.
    :param primary_key: the primary key, if it is to be another one; without columns for none.
    :param options: options of the table by their words in SQLAlchemy, which come or go.
    """

    added: list[sa.Constraint] = dataclasses.field(default_factory=list)
    dropped: list[sa.Constraint] = dataclasses.field(default_factory=list)
    replaced: dict[str, sa.Column[t.Any]] = dataclasses.field(default_factory=dict)
    primary_key: sa.PrimaryKeyConstraint | None = None
    options: dict[str, bool] = dataclasses.field(default_factory=dict)


def request(operations: Operations, schema: str | None, table: str) -> Requests:
    """The requests for a table that a ``batch_alter_table()`` on SQLite is about to make anew."""
    batch: t.Any = operations.impl
    if not hasattr(batch, "batch"):
        raise CommandError(f"On SQLite this has to stand in `with op.batch_alter_table({table!r}) as batch_op:`.")
    if "prep_table_for_batch" not in vars(batch.impl):
        raise CommandError(f"Table {table} can only be rebuilt by `flask db upgrade`, not by plain Alembic.")
    # Without an effect of its own, this call makes Alembic rebuild the table.
    batch.batch.append(("create_table_comment", (None,), {}))
    found: dict[tuple[str | None, str], Requests] = vars(batch.impl).setdefault(ATTRIBUTE, {})
    return found.setdefault((schema, table), Requests())


def take(impl: t.Any, schema: str | None, table: str) -> Requests:
    """The requests for a table, which are forgotten by this."""
    found: dict[tuple[str | None, str], Requests] = vars(impl).get(ATTRIBUTE, {})
    return found.pop((schema, table), Requests())


def later(operations: Operations, call: t.Callable[[], object]) -> None:
    """Call a function in its turn: at once, or when the batch that it stands in is carried out."""
    batch: t.Any = operations.impl
    if not hasattr(batch, "batch"):
        call()
        return
    vars(batch.impl).setdefault(CALL, lambda one: one())
    batch.batch.append((CALL, (call,), {}))


def place_of(operations: Operations, *names: str | None) -> str:
    """A name with its schema, quoted for ``run()``: some drivers want percent signs doubled, which happens there."""
    quote = operations.migration_context.dialect.identifier_preparer.quote
    text = ".".join(quote(name) for name in names if name)
    return text.replace("%%", "%") if "%%" in quote("%") else text


def run(operations: Operations, statement: str) -> None:
    """Send a statement in its turn; nothing in it is a parameter."""
    text = sa.text(statement.replace(":", "\\:"))
    impl: t.Any = operations.impl
    impl = getattr(impl, "impl", impl)
    later(operations, lambda: impl.execute(text))
