"""Folders of numbered SQL files, as dbmate, golang-migrate, goose and Flyway have them, into revisions.

https://github.com/amacneil/dbmate#creating-migrations, https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md
and https://documentation.red-gate.com/flyway (naming of migrations) are the sources of the rules.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re

from ..errors import USAGE, HistoryError
from .split import split

_PAIR = re.compile(r"(?P<version>\d+)(?:[_-](?P<name>.*))?\.(?P<half>up|down)\.sql", re.IGNORECASE)
_FLYWAY = re.compile(r"(?P<half>[VU])(?P<version>\d+(?:[._]\d+)*)__(?P<name>.*)\.sql", re.IGNORECASE)
_PLAIN = re.compile(r"(?P<version>\d+)(?:[_. -]+(?P<name>.*))?\.sql", re.IGNORECASE)
#: Lines between the halves of one file: dbmate's and goose's.
_SECTION = re.compile(
    r"^[ \t]*--[ \t]*(?:migrate:[ \t]*|\+goose[ \t]+)(?P<half>up|down)\b(?P<options>.*)$", re.I | re.M
)
_OUTSIDE = re.compile(r"^[ \t]*--[ \t]*\+goose[ \t]+NO[ \t]+TRANSACTION\b.*\n?", re.IGNORECASE | re.MULTILINE)
_FLYWAY_OUTSIDE = re.compile(r"^\s*(?:flyway\.)?executeInTransaction\s*=\s*false\s*$", re.IGNORECASE | re.MULTILINE)
_BEGIN = re.compile(r"(?:BEGIN|START)(?:\s+(?:TRANSACTION|WORK))?", re.IGNORECASE)
_COMMIT = re.compile(r"(?:COMMIT|END)(?:\s+(?:TRANSACTION|WORK))?", re.IGNORECASE)
#: What says so in the files that are written.
_NO_TRANSACTION = "-- migrate: no transaction\n"
_COMMENT = re.compile(r"--[^\n]*\n?|/\*.*?\*/", re.DOTALL)
#: How long an id may be in Alembic's version table.
_LONGEST = 32


@dataclasses.dataclass(frozen=True)
class Imported:
    """One revision.

    :param revision: its id: the number of the file as it stands, with underscores for dots.
    :param message: the rest of the name of the file.
    :param source: the file.
    :param up: SQL.
    :param down: SQL; ``None`` where the folder has nothing that takes it back.
    """

    revision: str
    message: str
    source: str
    up: str
    down: str | None


@dataclasses.dataclass
class _Halves:
    name: str
    files: dict[str, pathlib.Path] = dataclasses.field(default_factory=dict)


def read_folder(folder: str | os.PathLike[str], dialect: str) -> tuple[tuple[Imported, ...], tuple[str, ...]]:
    """The revisions in ``folder``, in the order of their numbers, and the names of the SQL files that are none.

    :param dialect: by whose rules the files are read.
    :raises HistoryError: a file can't be read, has no end of a string, is there twice, or is the second half only.
    """
    files, others = _files(pathlib.Path(folder))
    found = tuple(_imported(version, halves, dialect) for version, halves in sorted(files.items()))
    if not found:
        raise HistoryError(
            f"There is no numbered SQL file in {os.fspath(folder)}.",
            "Names are like 20240131120000_add_users.sql, 000001_add_users.up.sql or V1__add_users.sql.",
            exit_code=USAGE,
        )
    return found, others


def _files(folder: pathlib.Path) -> tuple[dict[tuple[int, ...], _Halves], tuple[str, ...]]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.lower().endswith(".sql") and path.is_file())
    except OSError as error:
        hint = "Name the folder that holds the SQL files."
        raise HistoryError(f"The folder {folder} can't be read: {error.strerror}.", hint, exit_code=USAGE) from error
    files: dict[tuple[int, ...], _Halves] = {}
    others: list[str] = []
    for path in paths:
        match = _PAIR.fullmatch(path.name) or _FLYWAY.fullmatch(path.name) or _PLAIN.fullmatch(path.name)
        if match is None:
            others.append(path.name)
            continue
        half = {"up": "up", "down": "down", "v": "up", "u": "down"}[match.groupdict().get("half", "up").lower()]
        version = tuple(int(part) for part in re.split("[._]", match["version"]))
        halves = files.setdefault(version, _Halves(match["name"] or ""))
        if half in halves.files:
            raise HistoryError(
                f"Two files have the number {match['version']}: {halves.files[half].name} and {path.name}.",
                "Give one of them another number; nothing was written.",
            )
        halves.files[half] = path
        halves.name = (match["name"] or "") if half == "up" else halves.name
    return files, tuple(others)


def _imported(version: tuple[int, ...], halves: _Halves, dialect: str) -> Imported:
    if "up" not in halves.files:
        path = halves.files["down"]
        raise HistoryError(
            f"{path} takes back what no file does: its first half is missing.",
            "Get the other half back from version control, or remove this one; nothing was written.",
        )
    path = halves.files["up"]
    texts = _sections(_read(path), path)
    if "down" in halves.files:
        texts["down"] = _read(halves.files["down"])
    for half, text in texts.items():
        texts[half] = _without_transaction(text, dialect, str(halves.files.get(half, path)))
    conf = path.with_name(f"{path.name}.conf")
    if conf.is_file() and _FLYWAY_OUTSIDE.search(_read(conf)):
        texts["up"] = _marked(texts["up"], True)
    message = " ".join(re.sub(r"[\s_]+", " ", halves.name).split())
    return Imported(_revision(path, version), message, path.name, texts["up"], texts.get("down"))


def _revision(path: pathlib.Path, version: tuple[int, ...]) -> str:
    """The number as it stands in the name of the file, zeros included."""
    written = re.search(r"\d+(?:[._]\d+)*(?=__)|\d+", path.name)
    is_flyway = len(version) > 1
    revision = written[0].replace(".", "_") if written and is_flyway else re.findall(r"\d+", path.name)[0]
    if len(revision) > _LONGEST:
        raise HistoryError(
            f"The number of {path.name} has more than {_LONGEST} digits.", "Rename it; nothing was written."
        )
    return str(revision)


def _sections(text: str, path: pathlib.Path) -> dict[str, str]:
    """The halves in one file, by name; a file without sections is a first half."""
    outside = _OUTSIDE.search(text) is not None
    text = _OUTSIDE.sub("", text)
    marks = list(_SECTION.finditer(text))
    if not marks:
        return {"up": _marked(text, outside)}
    found: dict[str, str] = {}
    if marks[0]["half"].lower() == "down":
        raise HistoryError(
            f"{path} begins with the half that takes back; the first half is missing.",
            "Write what is above it: -- migrate:up; nothing was written.",
        )
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        half = mark["half"].lower()
        if half in found:
            raise HistoryError(f"{path} has two halves {half!r}.", "Join them; nothing was written.")
        body = text[mark.end() : following.start() if following else None]
        is_outside = outside or re.search(r"\btransaction\s*:\s*false\b", mark["options"], re.IGNORECASE) is not None
        # the lines above are kept in number, so that an error names the line of the file
        found[half] = _marked("\n" * text.count("\n", 0, mark.end()) + body, is_outside)
    return found


def _marked(text: str, is_outside: bool) -> str:
    return f"{_NO_TRANSACTION}{text}" if is_outside else text


def _without_transaction(text: str, dialect: str, path: str) -> str:
    """``text`` without a ``BEGIN`` and ``COMMIT`` around all of it: a revision is a transaction anyway.

    It is split into its statements for that, which finds whatever has no end.
    """
    statements = split(text, dialect, path)
    if len(statements) > 1:
        first, last = (_COMMENT.sub("", one.text).strip() for one in (statements[0], statements[-1]))
        if _BEGIN.fullmatch(first) and _COMMIT.fullmatch(last):
            text = re.sub(rf"(?m)^([ \t]*){re.escape(first)}[ \t]*;", r"\1", text, count=1)
            place = text.rindex(last)
            text = text[:place] + text[place + len(last) :].replace(";", "", 1)
    mark = _NO_TRANSACTION if text.startswith(_NO_TRANSACTION) else ""
    rest = text.removeprefix(mark).strip()
    return f"{mark}{rest}\n" if rest else mark


def _read(path: pathlib.Path) -> str:
    """The text of a file, whatever its line ends are."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise HistoryError(f"{path} can't be read: {error.strerror}.", "Allow this user to read it.") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path} is not UTF-8: {error.reason}.", "Save it as UTF-8; nothing was written.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
