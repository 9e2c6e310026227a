"""SQLite's words: the tokens of a statement as ``sqlite_master`` keeps it."""

from __future__ import annotations

import re
import typing as t

TOKEN = re.compile(
    r"""
    (?P<space>(?:[ \t\n\f\r]|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))+)
    | (?P<quoted>"(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\])
    | (?P<string>[xX]?'(?:[^']|'')*')
    | (?P<number>(?:0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?))
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
    | (?P<symbol>\|\||->>|->|<<|>>|<=|>=|<>|!=|==|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class NotUnderstood(ValueError):
    """A statement that is not written as SQLite's grammar says."""


class Token(t.NamedTuple):
    """One word of a statement.

    :param spaced: whether something blank stands before it.
    :param keyword: the word in capitals; empty for everything that can't be a keyword.
    """

    kind: str
    text: str
    spaced: bool
    keyword: str

    @property
    def name(self) -> str:
        """What the token means as a name, without quotes."""
        if self.kind == "quoted" and self.text.startswith("["):
            return self.text[1:-1]
        if self.kind in ("quoted", "string"):
            quote = self.text[-1]
            return self.text[1:-1].replace(quote * 2, quote)
        if self.kind != "word":
            raise NotUnderstood(f"{self.text!r} is no name")
        return self.text


def tokenize(sql: str) -> list[Token]:
    """The tokens of ``sql``, without blanks and comments."""
    tokens = []
    spaced = False
    for match in TOKEN.finditer(sql):
        kind = match.lastgroup or "symbol"
        if kind != "space":
            text = match.group()
            tokens.append(Token(kind, text, spaced, text.upper() if kind == "word" else ""))
        spaced = kind == "space"
    return tokens


def join(tokens: t.Sequence[Token]) -> str:
    """The text of ``tokens`` on one line: one blank where there was any, and no comments."""
    words = ((" " if token.spaced and place else "") + token.text for place, token in enumerate(tokens))
    return "".join(words)


def squeeze(sql: str) -> str:
    """``sql`` on one line, without comments; what is quoted stays as it is."""
    return join(tokenize(sql))


_END = Token("symbol", "", False, "")


class Cursor:
    """A place in a list of tokens, with the moves that a reader of a grammar needs."""

    def __init__(self, tokens: t.Sequence[Token]) -> None:
        self.tokens = tokens
        self.place = 0

    @property
    def at_end(self) -> bool:
        return self.place >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token:
        """The token that stands ``ahead`` of the cursor; an empty symbol behind the end."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else _END

    def take(self) -> Token:
        """The next token, which the cursor passes."""
        if self.place >= len(self.tokens):
            raise NotUnderstood("the statement ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def looks_at(self, *words: str) -> bool:
        """Whether the next tokens are these keywords or symbols."""
        tokens, place = self.tokens, self.place
        if place + len(words) > len(tokens):
            return False
        for word in words:
            token = tokens[place]
            if word != token.keyword and word != token.text:
                return False
            place += 1
        return True

    def accept(self, *words: str) -> bool:
        """Pass these keywords or symbols if they are next, and say whether they were."""
        if self.looks_at(*words):
            self.place += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Pass these keywords or symbols, which must be next."""
        if not self.accept(*words):
            raise NotUnderstood(f"{' '.join(words)} expected before {self.peek().text!r}")

    def one_of(self, *words: str) -> str | None:
        """Pass the next token if it is one of these keywords, and return it."""
        return self.take().keyword if self.peek().keyword in words else None

    def parenthesized(self) -> list[Token]:
        """What stands between the parenthesis that is next and the one that closes it."""
        self.expect("(")
        start, depth = self.place, 1
        while depth:
            text = self.take().text
            depth += (text == "(") - (text == ")")
        return list(self.tokens[start : self.place - 1])

    def rest(self) -> list[Token]:
        """Everything that is left."""
        start, self.place = self.place, len(self.tokens)
        return list(self.tokens[start:])


def split_commas(tokens: t.Sequence[Token]) -> list[list[Token]]:
    """``tokens`` cut at the commas that stand outside of parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
