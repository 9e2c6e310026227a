"""The operations that rename, and how they are written in a script."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import ops

from .carried import Carried
from .model import EnumRename, Place, Renames, shown

if t.TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy.engine import Inspector


def _phase(is_upgrade: bool) -> int:
    """Everything else speaks of the new names: renames come first, and are undone last."""
    return 5 if is_upgrade else 95


class Rename(ops.MigrateOperation):
    """Something gets another name."""

    phase = staticmethod(_phase)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        raise NotImplementedError


class RenameTable(Rename):
    """A table gets another name."""

    def __init__(self, schema: str | None, old: str, new: str) -> None:
        self.schema, self.old, self.new = schema, old, new

    def reverse(self) -> RenameTable:
        """Back to the old name."""
        return RenameTable(self.schema, self.new, self.old)

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("rename_table", self.schema, self.old, self.new)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"~ table {shown((self.schema, self.old))} → {self.new}"]


class MoveTable(Rename):
    """A table gets into another schema, with all that belongs to it."""

    def __init__(self, old: str | None, name: str, new: str | None) -> None:
        self.old, self.name, self.new = old, name, new

    def reverse(self) -> MoveTable:
        """Back to the old schema."""
        return MoveTable(self.new, self.name, self.old)

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("move_table", self.old, self.name, self.new)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"~ table {shown((self.old, self.name))} → {shown((self.new, self.name))}"]


class RenameColumn(Rename):
    """A column gets another name.

    :param place: its table, as it is called at that time.
    :param column: the column as it is in the database.
    """

    def __init__(self, place: Place, old: str, new: str, column: t.Any) -> None:
        self.place, self.old, self.new, self.column = place, old, new, column

    def reverse(self) -> RenameColumn:
        """Back to the old name."""
        return RenameColumn(self.place, self.new, self.old, self.column)

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("rename_column", *self.place, self.old, self.new)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"~ column {shown(self.place)}.{self.old} → {self.new}"]


class RenameNamed(Rename):
    """A constraint or a sequence gets another name.

    :param kind: ``"constraint"``, ``"index"`` or ``"sequence"``.
    """

    def __init__(self, kind: str, place: Place, old: str, new: str) -> None:
        self.kind, self.place, self.old, self.new = kind, place, old, new

    def reverse(self) -> RenameNamed:
        """Back to the old name."""
        return RenameNamed(self.kind, self.place, self.new, self.old)

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return (f"rename_{self.kind}", *self.place, self.old, self.new)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"~ {self.kind} {self.old} → {self.new}"]


class RenameValue(Rename):
    """A value of an enum gets another name."""

    def __init__(self, renamed: EnumRename) -> None:
        self.renamed = renamed

    def reverse(self) -> RenameValue:
        """Back to the old name."""
        return RenameValue(dataclasses.replace(self.renamed, old=self.renamed.new, new=self.renamed.old))

    def to_diff_tuple(self) -> tuple[t.Any, ...]:
        """As Alembic's ``compare_metadata()`` shows it."""
        return ("rename_enum_value", self.renamed.schema, self.renamed.name, self.renamed.old, self.renamed.new)

    def describe(self) -> list[str]:
        """The sentence of ``check``."""
        return [f"~ enum {self.renamed.name}: {self.renamed.old!r} → {self.renamed.new!r}"]


def make(inspector: Inspector, renames: Renames, names: t.Iterable[Carried]) -> list[Rename]:
    """The operations for all renames, in an order in which no name is taken."""
    made: list[Rename] = []
    is_caseless = inspector.dialect.name == "sqlite"
    for schema in sorted({place[0] for place in renames.tables}, key=str):
        tables = {old: new[1] for (at, old), new in renames.tables.items() if at == schema == new[0]}
        made += [RenameTable(schema, old, new) for old, new in in_order(tables, is_caseless=is_caseless)]
    for was, place in sorted(renames.tables.items(), key=str):
        made += _moves(inspector, was, place) if was[0] != place[0] else []
    for place, columns in renames.columns.items():
        is_laden = _is_laden(inspector, place)
        found = inspector.get_columns(place[1], schema=place[0])
        known = {one["name"]: {**one, "flask_migrate_laden": is_laden} for one in found}
        now = renames.new_place(place)
        origin = {old: old for old in columns}
        for old, new in in_order(columns):
            origin[new] = origin.get(old, old)
            made.append(RenameColumn(now, old, new, known[origin[new]]))
    made += [RenameNamed(one.kind, one.now, one.old, one.new) for one in names]
    made += [RenameValue(one) for one in renames.values]
    return made


def _moves(inspector: Inspector, old: Place, new: Place) -> list[Rename]:
    """A table that gets into another schema, under another name before or after that if it needs one."""
    if old[1] == new[1]:
        return [MoveTable(old[0], old[1], new[0])]
    if inspector.has_table(old[1], schema=new[0]):
        return [RenameTable(old[0], old[1], new[1]), MoveTable(old[0], new[1], new[0])]
    return [MoveTable(old[0], old[1], new[0]), RenameTable(new[0], old[1], new[1])]


def _is_laden(inspector: Inspector, place: Place) -> bool:
    """Whether a table of MySQL or MariaDB has what is lost when a column is declared anew, as Alembic renames it."""
    if inspector.dialect.name not in ("mysql", "mariadb"):
        return False
    quote = inspector.dialect.identifier_preparer.quote
    name = ".".join(quote(part) for part in place if part)
    text = str(t.cast("sa.Connection", inspector.bind).exec_driver_sql(f"SHOW CREATE TABLE {name}").one()[1]).lower()
    return any(
        word in text for word in (" check (", " generated always ", " on update current_timestamp", " invisible")
    )


def in_order(renamed: t.Mapping[str, str], *, is_caseless: bool = False) -> list[tuple[str, str]]:
    """The renames so that each new name is free by then; names that change places go through a third one.

    :param is_caseless: whether a name that differs in its capitals only is taken, as that of a table of SQLite is.
    """
    left, done = dict(renamed), list[tuple[str, str]]()
    while left:
        old = next((old for old, new in left.items() if _is_free(old, new, left, is_caseless=is_caseless)), None)
        if old is None:
            old, new = next(iter(left.items()))
            between = f"{old}_renamed"
            done.append((old, between))
            left[between] = new
            del left[old]
        else:
            done.append((old, left.pop(old)))
    return done


def _is_free(old: str, new: str, left: t.Container[str], *, is_caseless: bool) -> bool:
    return new not in left and not (is_caseless and old.lower() == new.lower())


@renderers.dispatch_for(RenameTable)
def _render_table(context: AutogenContext, operation: RenameTable) -> str:
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    return f"op.rename_table({str(operation.old)!r}, {str(operation.new)!r}{schema})"


@renderers.dispatch_for(MoveTable)
def _render_move(context: AutogenContext, operation: MoveTable) -> str:
    context.imports.add("from flask_migrate import operations")
    places = [f", {word}={name!r}" for word, name in (("schema", operation.old), ("new_schema", operation.new)) if name]
    return f"operations.move_table({str(operation.name)!r}{''.join(places)})"


@renderers.dispatch_for(RenameColumn)
def _render_column(context: AutogenContext, operation: RenameColumn) -> t.Any:
    column = operation.column
    if column.get("flask_migrate_laden"):
        context.imports.add("from flask_migrate import operations")
        schema = f", schema={operation.place[0]!r}" if operation.place[0] else ""
        return f"operations.rename_column({operation.place[1]!r}, {operation.old!r}, {operation.new!r}{schema})"
    default = column.get("default")
    alter = ops.AlterColumnOp(
        operation.place[1],
        operation.old,
        schema=operation.place[0],
        modify_name=operation.new,
        existing_type=column["type"],
        existing_nullable=column["nullable"],
        existing_server_default=sa.DefaultClause(sa.text(default)) if _is_plain(default) else False,
        existing_comment=column.get("comment"),
    )
    if column.get("autoincrement") is True and context.dialect.name in ("mysql", "mariadb"):
        alter.kw["autoincrement"] = True
    return renderers.dispatch(alter)(context, alter)


def _is_plain(default: t.Any) -> bool:
    return isinstance(default, str) and not default.startswith("nextval(")


@renderers.dispatch_for(RenameNamed)
def _render_named(context: AutogenContext, operation: RenameNamed) -> str:
    context.imports.add("from flask_migrate import operations")
    schema = f", schema={operation.place[0]!r}" if operation.place[0] else ""
    table = f", table_name={operation.place[1]!r}" if operation.kind != "sequence" else ""
    return f"operations.rename_{operation.kind}({operation.old!r}, {operation.new!r}{table}{schema})"


@renderers.dispatch_for(RenameValue)
def _render_value(context: AutogenContext, operation: RenameValue) -> str:
    context.imports.add("from flask_migrate import operations")
    one = operation.renamed
    columns = [(*place, column) if place[0] else (place[1], column) for place, column in one.columns]
    schema = f", schema={one.schema!r}" if one.schema else ""
    return f"operations.rename_enum_value({one.name!r}, {one.old!r}, {one.new!r}, columns={columns!r}{schema})"
