"""SQLite's catalog: the pragmas, and what only stands in the text of a table."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa

TOKEN = re.compile(r"""\s*('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\w+|[<>!=|]{1,2}|\S)""")
TABLE_WORDS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}


def read(connection: sa.Connection) -> dict[str, t.Any]:
    """Everything in the file."""
    found: dict[str, t.Any] = {}
    entries = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master").all()
    for kind, name, table, sql in entries:
        if kind == "table" and not name.startswith("sqlite_"):
            found.update(_table(connection, name, sql))
        elif kind == "index" and sql is not None:
            found[f'index "{table}"."{name}"'] = _normal(tokens(sql))
        elif kind in ("view", "trigger"):
            found[f'{kind} "{name}"'] = _normal(tokens(sql))
    return found


def empty(connection: sa.Connection) -> None:
    """Drop everything."""
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    for kind in ("view", "table"):
        query = f"SELECT name FROM sqlite_master WHERE type = '{kind}' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        for name in connection.exec_driver_sql(query).scalars().all():
            connection.exec_driver_sql(f"DROP {kind} {_quoted(name)}")
    if connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").scalar():
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")


def tokens(sql: str) -> list[str]:
    """The words and signs of a text."""
    return TOKEN.findall(sql)


def _table(connection: sa.Connection, name: str, sql: str) -> t.Iterator[tuple[str, t.Any]]:
    parts, options = _parts(tokens(sql))
    rows = connection.exec_driver_sql(f"PRAGMA table_xinfo({_quoted(name)})").all()
    yield f'table "{name}"', options
    yield f'order "{name}"', [row[1] for row in rows]
    texts = {_plain(part[0]): part[1:] for part in parts if part[0].upper() not in TABLE_WORDS}
    constraints = [part for part in parts if part[0].upper() in TABLE_WORDS]
    for _, column, kind, not_null, default, key, hidden in rows:
        rest, checks = _without_checks(texts[column])
        constraints += checks
        extra = {word for word in ("AUTOINCREMENT", "COLLATE", "AS") if word in [item.upper() for item in rest]}
        place = max((i for i, item in enumerate(rest) if item.upper() in ("COLLATE", "AS")), default=None)
        text = _normal(rest[place:]) if place is not None else ""
        value = (kind.upper(), bool(not_null), _default(default), key, hidden, sorted(extra), text)
        yield f'column "{name}"."{column}"', value
    for part in constraints:
        yield f'constraint "{name}" {_normal(part)}', True
    keys: dict[int, list[t.Any]] = {}
    for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({_quoted(name)})").all():
        keys.setdefault(row[0], []).append((row[3], row[4], *row[2:3], *row[5:8]))
    for key in keys.values():
        yield f'foreign key "{name}" {key}', True


def _parts(words: list[str]) -> tuple[list[list[str]], str]:
    """The items between the outermost parentheses, and what follows them."""
    parts: list[list[str]] = [[]]
    depth, start = 0, words.index("(")
    for place in range(start, len(words)):
        word = words[place]
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return parts, _normal(words[place + 1 :])
        if word == "," and depth == 1:
            parts.append([])
        elif place > start:
            parts[-1].append(word)
    raise ValueError(" ".join(words))


def _without_checks(words: list[str]) -> tuple[list[str], list[list[str]]]:
    """The text of a column without its CHECKs, and these as those of the table."""
    rest, checks, place = [], [], 0
    while place < len(words):
        named = words[place].upper() == "CONSTRAINT" and words[place + 2].upper() == "CHECK"
        if not named and words[place].upper() != "CHECK":
            rest.append(words[place])
            place += 1
            continue
        end, depth = place + (3 if named else 1), 0
        while True:
            depth += (words[end] == "(") - (words[end] == ")")
            end += 1
            if depth == 0:
                break
        checks.append(words[place:end])
        place = end
    return rest, checks


def _default(text: str | None) -> str | None:
    while text and text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return text


def _normal(words: list[str]) -> str:
    return " ".join(_plain(word) if word[0] in '"`[' else word if word[0] == "'" else word.lower() for word in words)


def _plain(word: str) -> str:
    return word[1:-1].replace('""', '"') if word[0] in '"`[' else word


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
