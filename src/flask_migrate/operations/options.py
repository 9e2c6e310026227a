"""Options of a whole table: storage parameters, engine, character set, row format; ``AUTOINCREMENT``, ``STRICT``."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa
from alembic.operations import BatchOperations, MigrateOperation, Operations

from .declarations import declarations, place_of
from .requests import later, request, run

Options = t.Mapping[str, t.Any]
#: The words of MySQL and MariaDB that are not like those of ``sa.Table()``; others keep their underscores.
WORDS = {"charset": "DEFAULT CHARACTER SET", "default_charset": "DEFAULT CHARACTER SET"}
QUOTED = ("connection", "data_directory", "index_directory", "password", "encryption", "compression")
#: The beginning of the declaration of a column that has a character set.
TEXT = re.compile(
    r"(?P<head>`(?:[^`]|``)*` (?:(?:var)?char\(\d+\)|(?:tiny|medium|long)?text|(?:enum|set)\((?:'(?:[^']|'')*',?)*\)))"
    r"(?! CHARACTER SET| COLLATE)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)


@Operations.register_operation("alter_table_options")
@BatchOperations.register_operation("alter_table_options", "batch_alter_table_options")
class AlterTableOptions(MigrateOperation):
    """Gives a table other options, which are named as in ``sa.Table()``: ``mysql_engine``, ``sqlite_strict``, ….

    Those of other dialects than the database's are passed over. With another character set the texts of the table
    are converted, but for columns that have a set or a collation of their own.

    :param options: what they are afterwards; None for what the server does by itself.
    :param before: what they are; only for the way back.
    """

    def __init__(
        self, table_name: str, options: Options, *, before: Options | None = None, schema: str | None = None
    ) -> None:
        self.table_name = table_name
        self.options = dict(options)
        self.before = dict(before or {})
        self.schema = schema

    @classmethod
    def alter_table_options(
        cls, operations: Operations, table_name: str, *, schema: str | None = None, **options: t.Any
    ) -> None:
        """Give a table other options."""
        operations.invoke(cls(table_name, options, schema=schema))

    @classmethod
    def batch_alter_table_options(cls, operations: BatchOperations, **options: t.Any) -> None:
        """Give the table of the batch other options."""
        batch: t.Any = operations.impl
        operations.invoke(cls(batch.table_name, options, schema=batch.schema))

    def describe(self) -> list[str]:
        """What changes, in words."""
        return [
            f"~ option {word.partition('_')[2]} of {self.table_name}: {self.before.get(word)} → {value}"
            for word, value in self.options.items()
        ]

    def reverse(self) -> MigrateOperation:
        return AlterTableOptions(self.table_name, self.before, before=self.options, schema=self.schema)


@Operations.implementation_for(AlterTableOptions)
def _alter(operations: Operations, operation: AlterTableOptions) -> None:
    name = operations.migration_context.dialect.name
    own = {
        word[len(name) + 1 :].lower(): value for word, value in operation.options.items() if word.startswith(f"{name}_")
    }
    if name == "sqlite" and own:
        wanted = request(operations, operation.schema, operation.table_name)
        wanted.options.update({word: bool(value) for word, value in own.items()})
    elif name == "postgresql":
        table = place_of(operations.migration_context.dialect, operation.table_name, operation.schema)
        for word, value in own.items():
            run(operations, f"ALTER TABLE {table} {_on_postgresql(word, value)}")
    elif name in ("mysql", "mariadb") and own:
        later(operations, lambda: _alter_on_mysql(operations, operation, own))


def _on_postgresql(word: str, value: t.Any) -> str:
    if word == "persistence":
        return "SET LOGGED" if value is None else "SET UNLOGGED"
    if word == "tablespace":
        name = "pg_default" if value is None else str(value)
        return 'SET TABLESPACE "' + name.replace('"', '""') + '"'
    return f"RESET ({word})" if value is None else f"SET ({word} = {value})"


def _alter_on_mysql(operations: Operations, operation: AlterTableOptions, options: dict[str, t.Any]) -> None:
    context = operations.migration_context
    charset = options.pop("charset", None) or options.pop("default_charset", None)
    collate = options.pop("collate", None)
    actions = [f"{WORDS.get(word, word.upper())}={_value(word, value)}" for word, value in options.items()]
    if charset or collate:
        words = [f"CHARACTER SET {charset}"] if charset else []
        words += [f"COLLATE {collate}"] if collate else []
        text = " ".join(words)
        if context.as_sql:
            actions.append(f"CONVERT TO {text}" if charset else f"DEFAULT {text}")
        else:
            declared = declarations(operations, operation.table_name, operation.schema)
            matches = [TEXT.match(line) for line in declared.values()]
            actions.append(f"DEFAULT {text}")
            actions += [f"MODIFY COLUMN {match['head']} {text}{match['rest']}" for match in matches if match]
    table = place_of(context.dialect, operation.table_name, operation.schema)
    impl: t.Any = operations.impl
    impl = getattr(impl, "impl", impl)
    impl.execute(sa.text(f"ALTER TABLE {table} {', '.join(actions)}".replace(":", "\\:")))


def _value(word: str, value: t.Any) -> str:
    if value is None:
        return "0" if word == "key_block_size" else "DEFAULT"
    text = str(value)
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'" if word in QUOTED else text
