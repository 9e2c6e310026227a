"""What a statement of a migration was to do: its kind and its names, written as they are in the statement.

Names stay in the engine's quotes: that is how the queries about them need them.
"""

from __future__ import annotations

import dataclasses
import re

_NAME = r'(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|\[[^\]]+\]|[\w$]+)'
_TABLE = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_COLUMNS = r"\((?P<columns>.*?)\)"
_TYPE = r"(?P<type>[A-Za-z]+(?:\s+(?:precision|varying)\b)?(?:\s*\((?:[^()']|'(?:[^']|'')*')*\))?)"
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_CONSTRAINT = rf"ADD\s+(?:CONSTRAINT\s+(?P<name>{_NAME})\s+)?"

#: Kinds of statements; what follows ``ALTER TABLE name`` begins with a caret.
_PATTERNS = (
    ("create_table", rf"CREATE\s+(?:\w+\s+)?TABLE\s+{_IF}(?P<table>{_TABLE})"),
    (
        "index",
        rf"CREATE\s+(?P<unique>UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?{_IF}(?P<name>{_TABLE})\s+ON\s+(?:ONLY\s+)?"
        rf"(?P<table>{_TABLE})\s*(?:USING\s+\w+\s*)?{_COLUMNS}\s*(?:WHERE\s+(?P<where>.*))?$",
    ),
    ("drop_table", rf"DROP\s+TABLE\s+{_IF}(?P<table>{_TABLE})"),
    ("drop_index", rf"DROP\s+INDEX\s+{_IF}(?P<name>{_TABLE})(?:\s+ON\s+(?P<table>{_TABLE}))?"),
    ("drop_type", rf"DROP\s+TYPE\s+{_IF}(?P<name>{_TABLE})"),
    ("insert", rf"(?:INSERT|REPLACE)\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+(?P<table>{_TABLE})"),
    ("update", rf"UPDATE\s+(?:IGNORE\s+|OR\s+\w+\s+|ONLY\s+)?(?P<table>{_TABLE})"),
    ("delete", rf"DELETE\s+FROM\s+(?:ONLY\s+)?(?P<table>{_TABLE})"),
    ("drop_column", rf"^DROP\s+COLUMN\s+{_IF}(?P<column>{_NAME})"),
    ("drop_constraint", rf"^DROP\s+(?:CONSTRAINT|FOREIGN\s+KEY|INDEX|KEY)\s+{_IF}(?P<name>{_NAME})"),
    ("drop_constraint", r"^DROP\s+PRIMARY\s+KEY"),
    (
        "foreign_key",
        rf"^{_CONSTRAINT}FOREIGN\s+KEY\s*{_COLUMNS}\s*REFERENCES\s+(?P<parent>{_TABLE})\s*\((?P<others>.*?)\)",
    ),
    ("primary", rf"^{_CONSTRAINT}PRIMARY\s+KEY\s*{_COLUMNS}"),
    ("unique", rf"^{_CONSTRAINT}UNIQUE\s*(?:(?:INDEX|KEY)\s*)?(?:{_NAME}\s*)?{_COLUMNS}"),
    ("check", rf"^{_CONSTRAINT}CHECK\s*\((?P<where>.*)\)\s*$"),
    ("constraint", rf"^ADD\s+CONSTRAINT\s+(?P<name>{_NAME})"),
    ("add_column", rf"^ADD\s+(?:COLUMN\s+)?{_IF}(?P<column>{_NAME})\s+{_TYPE}"),
    ("not_null", rf"^ALTER\s+(?:COLUMN\s+)?(?P<column>{_NAME})\s+SET\s+NOT\s+NULL"),
    ("type", rf"^ALTER\s+(?:COLUMN\s+)?(?P<column>{_NAME})\s+(?:SET\s+DATA\s+)?TYPE\s+{_TYPE}"),
    ("type", rf"^MODIFY\s+(?:COLUMN\s+)?(?P<column>{_NAME})\s+{_TYPE}"),
    ("type", rf"^CHANGE\s+(?:COLUMN\s+)?(?P<column>{_NAME})\s+(?P<new>{_NAME})\s+{_TYPE}"),
    ("rename", rf"^RENAME\s+(?:COLUMN\s+)?(?P<column>{_NAME})\s+TO\s+(?P<new>{_NAME})"),
    ("alter", "^"),
)
_ALTER = re.compile(rf"ALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_TABLE})\s+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Action:
    """What a statement does; names are in quotes if the statement has them so."""

    kind: str = ""
    table: str = ""
    columns: tuple[str, ...] = ()
    name: str = ""
    parent: str = ""
    parent_columns: tuple[str, ...] = ()
    type: str = ""
    where: str = ""
    is_unique: bool = False

    @property
    def column(self) -> str:
        """The column, if it is about one."""
        return self.columns[0] if len(self.columns) == 1 else ""


def action_of(statement: str) -> Action:
    """What ``statement`` does; an action without a kind when it is not understood."""
    statement = statement.strip().rstrip(";")
    altering = _ALTER.match(statement)
    text = altering["rest"] if altering else statement
    for kind, pattern in _PATTERNS:
        if pattern.startswith("^") is not bool(altering):
            continue
        found = re.match(pattern, text, re.IGNORECASE | re.DOTALL)
        if found is not None:
            parts = {key: value or "" for key, value in found.groupdict().items()}
            columns = names_in(parts["columns"]) if "columns" in parts else names_in(parts.get("column", ""))
            return Action(
                kind=kind,
                table=altering["table"] if altering else parts.get("table", ""),
                columns=columns,
                name=parts.get("name", ""),
                parent=parts.get("parent", ""),
                parent_columns=names_in(parts.get("others", "")),
                type=parts.get("type", ""),
                where=parts.get("where", ""),
                is_unique=bool(parts.get("unique")) or kind in ("unique", "primary"),
            )
    return Action()


def names_in(text: str) -> tuple[str, ...]:
    """The names that ``text`` lists, in their quotes; none when there is anything else in it."""
    names = re.findall(_NAME, text)
    return tuple(names) if re.fullmatch(rf"\s*{_NAME}\s*(?:,\s*{_NAME}\s*)*", text) else ()


def split_list(text: str) -> list[str]:
    """The parts of ``text`` between its commas; those in parentheses and quotes do not count."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|[(),]", text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == "," and not depth:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def plain(name: str) -> str:
    """``name`` without quotes, and with what Alembic puts before the table that it rebuilds taken off."""
    parts = re.findall(_NAME, name)
    return ".".join(_unquoted(part) for part in parts).replace("_alembic_tmp_", "")


def last(name: str) -> str:
    """The last part of ``name``, without its schema and quotes."""
    parts = re.findall(_NAME, name)
    return _unquoted(parts[-1]) if parts else ""


def _unquoted(part: str) -> str:
    if part[0] in '"`' and part[-1] == part[0]:
        return part[1:-1].replace(part[0] * 2, part[0])
    return part[1:-1] if part[0] == "[" else part
