"""The statements that make and drop what stands in a schema by itself: views, triggers, routines, sequences, types.

Tables are not made here: their changes are Alembic's operations.
"""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

from .model import Domain, Enum, Function, Index, NamedType, Object, Sequence, Trigger, View

#: How triggers fire that do not always do so (PostgreSQL).
ENABLED = {"no": "DISABLE", "on replicas": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}
_EVENT = re.compile(r"(\S+\s+\S+)\s+FOR EACH ROW\s+(.*)", re.DOTALL)


class Writer:
    """Writes statements for one engine.

    :param dialect: whose names and words they have.
    """

    def __init__(self, dialect: sa.Dialect) -> None:
        self.name = "mysql" if dialect.name == "mariadb" else dialect.name
        self.mark = "`" if self.name == "mysql" else '"'

    def create(self, item: Object) -> list[str]:
        """What makes ``item``, with its comment; nothing for what can't be made from its value."""
        maker: dict[type, t.Callable[[t.Any], t.Iterator[str]]] = {
            View: self._view,
            Trigger: self._trigger,
            Function: self._function,
            Sequence: self._sequence,
            Enum: self._enum,
            Domain: self._domain,
            NamedType: self._named_type,
        }
        return [*maker[type(item)](item), *self._comment(item)]

    def drop(self, item: Object) -> list[str]:
        """What drops ``item``."""
        place = self.place(item)
        if isinstance(item, Trigger) and self.name == "postgresql":
            return [f"DROP TRIGGER {self.quote(item.name)} ON {self._of(item.schema, item.table)}"]
        if isinstance(item, Function) and self.name == "postgresql":
            return [f"DROP {self.kind(item)} {self._routine(item)}"]
        return [f"DROP {self.kind(item)} {place}"]

    def kind(self, item: Object) -> str:
        """What statements call something like ``item``."""
        if isinstance(item, View):
            return "MATERIALIZED VIEW" if item.materialized else "VIEW"
        if isinstance(item, Function):
            return "FUNCTION" if item.kind == "window function" else item.kind.upper()
        return "TYPE" if isinstance(item, Enum | NamedType) else type(item).__name__.upper()

    def owned(self, item: Sequence) -> list[str]:
        """What lets a sequence go with its column, once that is there."""
        if not item.owned_by:
            return []
        table, column = item.owned_by
        owner = f"{self._of(item.schema, table)}.{self.quote(column)}"
        return [f"ALTER SEQUENCE {self.place(item)} OWNED BY {owner}"]

    def place(self, item: Object) -> str:
        """The name of ``item`` in a statement."""
        return self._of(item.schema, item.name)

    def quote(self, name: str) -> str:
        """A name in a statement."""
        return self.mark + name.replace(self.mark, self.mark * 2) + self.mark

    def _of(self, schema: str | None, name: str) -> str:
        return f"{self.quote(schema)}.{self.quote(name)}" if schema else self.quote(name)

    def _routine(self, function: Function) -> str:
        """A routine of PostgreSQL, whose name holds the types of its arguments."""
        name, _, arguments = function.name.partition("(")
        return f"{self._of(function.schema, name)}({arguments}"

    def _view(self, view: View) -> t.Iterator[str]:
        options = dict(view.options)
        definition = view.definition.rstrip().rstrip(";")
        if self.name == "mysql":
            words = [f"ALGORITHM = {options['algorithm']}"] if "algorithm" in options else []
            words += [f"SQL SECURITY {options['security']}"] if "security" in options else []
            head = " ".join(["CREATE", *words, "VIEW", self.place(view)])
            check = f" WITH {options['check option']} CHECK OPTION" if "check option" in options else ""
            yield f"{head} AS {definition}{check}"
            return
        columns = f" ({options.pop('columns')})" if "columns" in options else ""
        words = [f"{word} = {text}" for word, text in options.items() if word != "tablespace"]
        given = f" WITH ({', '.join(words)})" if words else ""
        yield f"CREATE {self.kind(view)} {self.place(view)}{columns}{given} AS {definition}"
        for index in view.indexes:
            yield self._index(view, index)

    def _index(self, view: View, index: Index) -> str:
        parts = []
        for part in index.parts:
            text = self.quote(part.column) if part.column is not None else f"({part.expression})"
            text += f" COLLATE {part.collation}" if part.collation else ""
            text += f" {part.opclass}" if part.opclass else ""
            text += " DESC" if part.descending else ""
            nulls = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}[part.nulls_first]
            parts.append(text + nulls)
        unique = "UNIQUE " if index.unique else ""
        using = f" USING {index.method}" if index.method else ""
        include = f" INCLUDE ({', '.join(map(self.quote, index.include))})" if index.include else ""
        where = f" WHERE {index.predicate}" if index.predicate else ""
        name = self.quote(index.name)
        return f"CREATE {unique}INDEX {name} ON {self.place(view)}{using} ({', '.join(parts)}){include}{where}"

    def _trigger(self, trigger: Trigger) -> t.Iterator[str]:
        if self.name == "postgresql":
            yield trigger.definition
            enabled = ENABLED.get(dict(trigger.options).get("enabled", ""))
            if enabled:
                table = self._of(trigger.schema, trigger.table)
                yield f"ALTER TABLE {table} {enabled} TRIGGER {self.quote(trigger.name)}"
            return
        text = trigger.definition
        found = _EVENT.fullmatch(text) if self.name == "mysql" else None
        if found is not None:
            text = f"{found[1]} ON {self._of(trigger.schema, trigger.table)} FOR EACH ROW {found[2]}"
        yield f"CREATE TRIGGER {self.place(trigger)} {text}"

    def _function(self, function: Function) -> t.Iterator[str]:
        if function.kind == "aggregate":
            yield f"CREATE AGGREGATE {self._routine(function)} ({function.definition})"
            return
        if self.name != "mysql":
            head = re.match(r"CREATE OR REPLACE (FUNCTION|PROCEDURE) ", function.definition)
            if head is not None:
                place = f"{self.quote(function.schema)}." if function.schema else ""
                yield f"{head[0]}{place}{function.definition[head.end() :]}"
            return
        security = dict(function.options).get("security")
        text = function.definition
        if security:
            text = re.sub(r"\s(?=BEGIN\b|RETURN\s|SELECT\b)", f" SQL SECURITY {security} ", text, count=1)
        yield f"CREATE {function.kind.upper()} {self.place(function)}{text}"

    def _sequence(self, sequence: Sequence) -> t.Iterator[str]:
        words = [f"AS {sequence.type}"] if sequence.type and self.name == "postgresql" else []
        words += [f"START WITH {sequence.start}", f"INCREMENT BY {sequence.increment}"]
        words += [f"MINVALUE {sequence.minimum}"] if sequence.minimum is not None else []
        words += [f"MAXVALUE {sequence.maximum}"] if sequence.maximum is not None else []
        words += [f"CACHE {sequence.cache}"] if sequence.cache is not None else []
        words += ["CYCLE"] if sequence.cycle else []
        yield f"CREATE SEQUENCE {self.place(sequence)} {' '.join(words)}"

    def _enum(self, enum: Enum) -> t.Iterator[str]:
        yield f"CREATE TYPE {self.place(enum)} AS ENUM ({', '.join(map(text_literal, enum.values))})"

    def _domain(self, domain: Domain) -> t.Iterator[str]:
        words = [f"COLLATE {domain.collation}"] if domain.collation else []
        words += [f"DEFAULT {domain.default}"] if domain.default is not None else []
        words += [] if domain.nullable else ["NOT NULL"]
        for check in domain.checks:
            name = f"CONSTRAINT {self.quote(check.name)} " if check.name else ""
            words.append(f"{name}CHECK ({check.text})")
        yield " ".join([f"CREATE DOMAIN {self.place(domain)} AS {domain.type}", *words])

    def _named_type(self, item: NamedType) -> t.Iterator[str]:
        word = "RANGE " if item.kind == "range" else ""
        yield f"CREATE TYPE {self.place(item)} AS {word}{item.definition}"

    def _comment(self, item: Object) -> t.Iterator[str]:
        if item.comment is None or self.name != "postgresql":
            return
        place = self.place(item)
        if isinstance(item, Trigger):
            place = f"{self.quote(item.name)} ON {self._of(item.schema, item.table)}"
        elif isinstance(item, Function):
            place = self._routine(item)
        yield f"COMMENT ON {self.kind(item)} {place} IS {text_literal(item.comment)}"


def text_literal(text: str) -> str:
    """A text in a statement of PostgreSQL."""
    quoted = "'" + text.replace("'", "''") + "'"
    return f" E{quoted}".replace("\\", "\\\\").lstrip() if "\\" in text else quoted
