"""Columns named in a piece of SQL, found and renamed."""

from __future__ import annotations

import typing as t

from ...schema.read.sqlite_tokens import NotUnderstood, Token, join, tokenize

Names = t.Collection[str]


def folded(name: str) -> str:
    """``name`` as SQLite compares it: only the letters A to Z have two cases."""
    return name.encode("utf-8", "surrogateescape").lower().decode("utf-8", "surrogateescape")


def quoted(name: str) -> str:
    """``name`` in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def names_in(sql: str) -> set[str]:
    """Every name in ``sql``, folded; what stands before a parenthesis is a function."""
    tokens = tokenize(sql)
    return {
        folded(token.name)
        for token, following in zip(tokens, [*tokens[1:], None], strict=True)
        if token.kind == "quoted" or (token.kind == "word" and (following is None or following.text != "("))
    }


def rename(sql: str, renamed: t.Mapping[str, str]) -> str:
    """``sql`` with every name that is a key of ``renamed`` (folded) replaced."""
    if not renamed:
        return sql
    return join([_renamed(token, renamed) for token in tokenize(sql)])


def rename_rows(sql: str, renamed: t.Mapping[str, str]) -> str:
    """The text of a trigger in which the columns behind ``NEW.``, ``OLD.`` and ``UPDATE OF`` are renamed."""
    if not renamed:
        return sql
    tokens = tokenize(sql)
    result, is_listed = [], False
    for place, token in enumerate(tokens):
        before = [tokens[place - n].keyword or tokens[place - n].text if place >= n else "" for n in (2, 1)]
        is_listed = (before == ["UPDATE", "OF"]) or (is_listed and token.keyword != "ON")
        is_of_row = before[1] == "." and before[0] in ("NEW", "OLD")
        result.append(_renamed(token, renamed) if is_listed or is_of_row else token)
    return join(result)


def split_index(sql: str) -> tuple[str, str]:
    """What a ``CREATE INDEX`` says before its columns, and the columns with what follows them."""
    tokens = tokenize(sql)
    place = next(place for place, token in enumerate(tokens) if token.text == "(")
    return join(tokens[:place]), join(tokens[place:])


def normal(sql: str) -> str:
    """``sql`` in a form in which it can be compared, whoever has written it."""
    return " ".join(_plain(token) for token in tokenize(sql) if token.keyword != "ASC")


def _renamed(token: Token, renamed: t.Mapping[str, str]) -> Token:
    if token.kind not in ("word", "quoted"):
        return token
    new = renamed.get(folded(token.name))
    return token if new is None else token._replace(kind="quoted", text=quoted(new), keyword="")


def _plain(token: Token) -> str:
    try:
        return folded(token.name) if token.kind in ("word", "quoted") else token.text
    except NotUnderstood:
        return token.text
