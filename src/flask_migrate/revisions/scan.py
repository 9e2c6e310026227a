"""The quick way to a header: look at the top of the file only.

A file as Alembic's templates make it starts with a docstring, imports and the four assignments. Their values are the
header provided that nothing below can bind the names again. To bind a name, code must spell it, import ``*``, or reach
the module's namespace (``globals()``, ``exec()`` and the like): :func:`scan` answers only when the text below has none
of that. Anything else is left to :mod:`.static`.
"""

from __future__ import annotations

import re
import unicodedata

from .header import NAMES, Header, docstring, make_header

_STRING = r"""(?:'[^'\\\n]*'|"[^"\\\n]*")"""
_END = r"[ \t]*(?:\#[^\n]*)?(?:\n|\Z)"
_STATEMENT = re.compile(
    rf"""
      (?P<blank>{_END})
    | (?P<name>{"|".join(NAMES)})(?:[ \t]*:[\w\[\], \t.|]*)?[ \t]*=[ \t]*
      (?:(?P<none>None)|(?P<one>{_STRING})|(?P<many>\((?:\s*{_STRING}\s*,)+(?:\s*{_STRING})?\s*\))){_END}
    | (?P<imports>(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:[\w., \t]+|\([\w.,\s]+\))){_END}
    | (?:\"\"\"(?P<doc2>[^"\\]*(?:"(?!"")[^"\\]*)*)\"\"\"|'''(?P<doc1>[^'\\]*(?:'(?!'')[^'\\]*)*)'''){_END}
    """,
    re.VERBOSE,
)
_STRINGS = re.compile(_STRING)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)

#: A header name that might be bound. Right after a dot it is an attribute, right after a quote it is inside a string.
_BINDS = re.compile(rf"""(?<![\w.'"])(?:{"|".join(NAMES)})(?!\w)""")
#: Ways to bind a name without spelling it, or to change what an absent name means.
_REACHES = re.compile(
    r"(?<!\w)(?:(?:globals|locals|vars|eval|exec|f_globals|f_locals|__globals__|__doc__|__getattr__)(?!\w)"
    r"|import[\s\\]*\*)"
)
_REACHING = ("globals", "locals", "vars", "eval", "exec", "__doc__", "__getattr__", "*")
#: How the templates for several databases call the function of one database.
_MULTIDB = re.compile(r"""globals\(\)\[(["'])(?:up|down)grade_%s\1 ?% ?\w+\]\(\)""")


def scan(source: bytes) -> Header | None:
    """The header of a revision file, or None when the top of the file does not settle it.

    :param source: the bytes of the file, which need not be valid Python below the header.
    :raises BadHeader: Alembic can't use the header.
    """
    text = _decode(source)
    if text is None:
        return None
    values, doc, start, end = _read_top(text)
    if "revision" not in values or "down_revision" not in values or not _is_final(text, start, end):
        return None
    return make_header(values, None if doc is None else docstring(doc))


def read_docstring(text: str) -> str | None:
    """The docstring at the top of a text, which need not be valid Python below it."""
    doc = _read_top(text)[1]
    return None if doc is None else docstring(doc)


def _decode(source: bytes) -> str | None:
    """The text of a UTF-8 file with ``\\n`` at the end of lines; None for any other file."""
    for line in source.split(b"\n", 2)[:2]:
        coding = _CODING.match(line)
        if coding and coding[1].lower() not in (b"utf-8", b"utf8"):
            return None
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _read_top(text: str) -> tuple[dict[str, object], str | None, int, int]:
    """Read statements until one that is of no known form.

    :return: the values of the header names, the docstring, and where the code starts and the known form ends.
    """
    values: dict[str, object] = {}
    doc: str | None = None
    start = position = 0
    is_first = True
    while position < len(text):
        match = _STATEMENT.match(text, position)
        if match is None or (match["imports"] and _names_header(match["imports"])):
            break
        position = match.end()
        if match["blank"] is not None:
            continue
        if match["name"]:
            values[match["name"]] = _value(match)
        elif not match["imports"]:
            if not is_first:
                continue
            doc = match["doc2"] if match["doc2"] is not None else match["doc1"]
            start = position
        is_first = False
    return values, doc, start, position


def _names_header(statement: str) -> bool:
    return any(name in statement for name in ("revision", "branch_labels", "depends_on"))


def _value(match: re.Match[str]) -> object:
    if match["none"]:
        return None
    if match["one"]:
        return match["one"][1:-1]
    return tuple(item[1:-1] for item in _STRINGS.findall(match["many"]))


def _is_final(text: str, start: int, end: int) -> bool:
    """Whether nothing after the docstring can change what the top of the file binds.

    :param start: where the docstring ends.
    :param end: where the part that was read as statements ends.
    """
    code = text[start:]
    if not code.isascii() and not unicodedata.is_normalized("NFKC", code):
        return False  # Python normalizes identifiers: a name could be spelled in other letters
    rest = text[end:]
    if _names_header(rest) and _BINDS.search(rest):
        return False
    if "globals" in code:
        code = _MULTIDB.sub("", code)
    return not (any(word in code for word in _REACHING) and _REACHES.search(code))
