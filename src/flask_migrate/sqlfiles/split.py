"""SQL text into statements, by the lexical rules of each engine.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html, https://mariadb.com/kb/en/delimiters/ and
https://www.sqlite.org/lang_createtrigger.html are the sources of the rules.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import MigrateError

#: Dialects whose strings have backslashes, whose comments may begin with ``#``, and that have ``DELIMITER``.
MYSQL = ("mysql", "mariadb")
_DELIMITER = re.compile(r"[ \t]*DELIMITER[ \t]+(\S+)[ \t]*(?:\n|$)", re.IGNORECASE)
_DOLLAR = re.compile(r"\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$")
_WORD = re.compile(r"[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*")
#: What begins a statement that may hold others between ``BEGIN`` and ``END``.
_BODY = re.compile(
    r"\s*CREATE\b(?:\s+OR\s+REPLACE)?(?:\s+DEFINER\s*=\s*\S+)?(?:\s+(?:AGGREGATE|TEMP|TEMPORARY))?\s+"
    r"(?:TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE)\b",
    re.IGNORECASE,
)
#: Behind ``END``: the end of a block that is not counted.
_UNCOUNTED = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})
#: Lines with which pg_dump keeps others from slipping in commands of psql.
_RESTRICT = re.compile(r"\\(?:un)?restrict\b[^\n]*(?:\n|$)")
_COPY = re.compile(r"\s*COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement.

    :param text: without the delimiter behind it.
    :param line: where it begins, from 1.
    """

    text: str
    line: int


def split(text: str, dialect: str, path: str = "the SQL") -> list[Statement]:
    """The statements of ``text``, each without its delimiter; comments stay with the statement behind them.

    :param dialect: the name of the SQLAlchemy dialect.
    :param path: what messages call the text.
    :raises MigrateError: for a string, a comment or a quoted name without an end, and for what is no SQL.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return list(_Splitter(text, dialect, path).statements())


class _Splitter:
    def __init__(self, text: str, dialect: str, path: str) -> None:
        self.text = text
        self.is_mysql = dialect in MYSQL
        self.is_postgresql = dialect == "postgresql"
        self.path = path
        self.delimiter = ";"
        self.place = 0
        self.start = 0
        self.has_code = False
        self.depth = 0
        self.parentheses = 0
        self.start_of_code = 0
        self.last_words: list[str] = []

    def statements(self) -> t.Iterator[Statement]:
        """One after the other."""
        while self.place < len(self.text):
            if self._at_line_start() and not self.has_code and self._skip_command():
                continue
            if self.text.startswith(self.delimiter, self.place) and self._may_end():
                yield from self._end()
                self.place += len(self.delimiter)
                self._begin()
            else:
                self._step()
        yield from self._end()

    def _may_end(self) -> bool:
        """Whether the delimiter is one: a semicolon may stand in a body, and between the parentheses of a rule."""
        return self.delimiter != ";" or (self.depth == 0 and self.parentheses <= 0)

    def _begin(self) -> None:
        self.start = self.start_of_code = self.place
        self.has_code, self.depth, self.parentheses, self.last_words = False, 0, 0, []

    def _end(self) -> t.Iterator[Statement]:
        if not self.has_code:
            return
        text = self.text[self.start : self.place]
        stripped = text.lstrip()
        line = self._line(self.start + len(text) - len(stripped))
        if self.is_postgresql and _COPY.match(self.text, self.start_of_code, self.place):
            raise MigrateError(
                f"{self.path}, line {line}: COPY … FROM STDIN reads rows from a client, and there is none.",
                "Write INSERT statements instead.",
            )
        yield Statement(stripped.rstrip(), line)

    def _at_line_start(self) -> bool:
        return self.place == 0 or self.text[self.place - 1] == "\n"

    def _skip_command(self) -> bool:
        """Take a line that is for a client and not for the server."""
        if self.is_mysql and (found := _DELIMITER.match(self.text, self.place)):
            self.delimiter = found[1]
            self.place = found.end()
            self._begin()
            return True
        if self.is_postgresql and (found := _RESTRICT.match(self.text, self.place)):
            self.place = found.end()
            self._begin()
            return True
        return False

    def _psql(self) -> MigrateError:
        command = self.text[self.place :].split(None, 1)[0]
        return MigrateError(
            f"{self.path}, line {self._line(self.place)}: {command} is a command of psql, not SQL.",
            "Leave it out: pg_dump --inserts writes none.",
        )

    def _step(self) -> None:
        """Go behind the next string, comment, word or letter."""
        text, place = self.text, self.place
        letter = text[place]
        if self._is_line_comment(letter):
            end = text.find("\n", place)
            self.place = len(text) if end < 0 else end
        elif text.startswith("/*", place):
            self._comment()
        elif letter in "'\"`":
            self._quoted(letter)
        elif letter == "[" and not (self.is_mysql or self.is_postgresql) and "]" in text[place:]:
            self.has_code, self.place = True, text.index("]", place) + 1
        elif letter == "$" and self.is_postgresql and (found := _DOLLAR.match(text, place)):
            self._until(found[0], place + len(found[0]), f"text in {found[0]}")
        elif found := _WORD.match(text, place):
            end = text.find(self.delimiter, place, found.end())  # END$$, where that is the delimiter
            end = end if end > place else found.end()
            self._word(text[place:end].upper())
            self.place = end
        else:
            self._sign(letter)

    def _is_line_comment(self, letter: str) -> bool:
        """Whether a comment to the end of the line begins; MariaDB's needs a blank: ``5--1`` is 6."""
        if not self.is_mysql:
            return self.text.startswith("--", self.place)
        behind = self.text[self.place + 2 : self.place + 3]
        return letter == "#" or (self.text.startswith("--", self.place) and (not behind or behind <= " "))

    def _sign(self, letter: str) -> None:
        """Go behind a letter that begins nothing."""
        if letter == "\\" and self.is_postgresql:
            raise self._psql()
        if self.is_postgresql:
            self.parentheses += {"(": 1, ")": -1}.get(letter, 0)
        self.has_code |= not letter.isspace()
        self.place += 1

    def _comment(self) -> None:
        """PostgreSQL's comments may hold others; MariaDB runs what stands in ``/*! … */``."""
        self.has_code |= self.is_mysql and self.text.startswith(("/*!", "/*M!"), self.place)
        begun, depth, place = self.place, 1, self.place + 2
        while depth:
            end = self.text.find("*/", place)
            inner = self.text.find("/*", place) if self.is_postgresql else -1
            if end < 0:
                raise self._unterminated("comment", begun)
            if 0 <= inner < end:
                depth, place = depth + 1, inner + 2
            else:
                depth, place = depth - 1, end + 2
        self.place = place

    def _quoted(self, mark: str) -> None:
        begun, place = self.place, self.place + 1
        escapes = mark != "`" and (self.is_mysql or self._is_escape_string(mark))
        while True:
            if place >= len(self.text):
                raise self._unterminated("string" if mark == "'" else f"text in {mark}", begun)
            if escapes and self.text[place] == "\\":
                place += 2
            elif self.text[place] != mark:
                place += 1
            elif self.text.startswith(mark, place + 1):
                place += 2
            else:
                break
        self.has_code, self.place = True, place + 1

    def _is_escape_string(self, mark: str) -> bool:
        """Whether this is PostgreSQL's ``E'…'``."""
        before = self.text[max(self.place - 2, 0) : self.place]
        is_prefix = before[-1:] in ("e", "E") and not before[:-1].isalnum()
        return self.is_postgresql and mark == "'" and is_prefix

    def _until(self, mark: str, place: int, what: str) -> None:
        end = self.text.find(mark, place)
        if end < 0:
            raise self._unterminated(what, self.place)
        self.has_code, self.place = True, end + len(mark)

    def _word(self, word: str) -> None:
        """Count the blocks that a statement with a body is in."""
        if not self.has_code:
            self.start_of_code = self.place
        self.has_code = True
        before = self.last_words[-1] if self.last_words else ""
        self.last_words = [*self.last_words[-1:], word]
        if before == "END" and word in _UNCOUNTED:
            self.depth += 1  # END has been counted
        elif word == "END" and self.depth:
            self.depth -= 1
        elif self.depth and (word == "BEGIN" or (word == "CASE" and before != "END")):
            self.depth += 1
        elif not self.depth and self._opens_body(word, before):
            self.depth = 1

    def _opens_body(self, word: str, before: str) -> bool:
        """Whether other statements follow, up to an ``END``: also in MariaDB's ``BEGIN NOT ATOMIC``."""
        if self.is_postgresql:
            return word == "ATOMIC" and before == "BEGIN"
        if word == "ATOMIC":
            first = self.text[self.start_of_code : self.start_of_code + 5]
            return self.is_mysql and before == "NOT" and first.upper() == "BEGIN"
        return word == "BEGIN" and _BODY.match(self.text, self.start_of_code) is not None

    def _line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def _unterminated(self, what: str, place: int) -> MigrateError:
        return MigrateError(
            f"{self.path}, line {self._line(place)}: the {what} that begins there has no end.",
            "Nothing of the file was run. Close it.",
        )
