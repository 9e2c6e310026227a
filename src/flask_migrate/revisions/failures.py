"""Alembic's errors about revisions, said again with what is behind them and a way on.

Alembic's own words stay in the sentence: people and scripts look for them.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import typing as t

from alembic.script.revision import MultipleHeads, ResolutionError, RevisionError
from alembic.util import CommandError

from ..errors import HistoryError
from .elsewhere import known_to_git
from .problems import shown

if t.TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

#: How many revisions a message names before it says "and N more".
_MOST = 8

_SEE_HISTORY = "'flask db current' tells where the database is, 'flask db history' what comes before and after it."

#: A pattern for Alembic's text; what to add to it after a colon; the hint.
_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        r"Relative revision (?:\S+ )?didn't produce \d+ migrations",
        "there are not that many revisions on that side",
        _SEE_HISTORY,
    ),
    ("Walked too far", "there are not that many revisions on that side", _SEE_HISTORY),
    (
        "Ambiguous walk",
        "the history branches on the way, so a number of steps leads to no certain revision",
        "Name the revision, or the branch as in 'flask db upgrade BRANCH@+1'; 'flask db branches' lists them.",
    ),
    (
        "Ambiguous upgrade from multiple current revisions",
        "a number of steps leads to no certain revision",
        "Name the revision, or the branch as in 'flask db upgrade BRANCH@+1'; 'flask db current' lists them.",
    ),
    ("Destination .* is not a valid upgrade target from current head", "it is not above them", _SEE_HISTORY),
    ("Destination .* is not a valid downgrade target from current head", "it is not below them", _SEE_HISTORY),
    ("Not a valid downgrade target from current heads", "it is not below them", _SEE_HISTORY),
    (
        "Requested range .* does not refer to",
        "",
        "A range is written OLDER:NEWER; 'flask db history' shows the order.",
    ),
    (
        "Revision .* is not an ancestor of revision",
        "",
        "A range is written OLDER:NEWER; 'flask db history' shows the order.",
    ),
    (
        "Requested revision .* overlaps with other requested revisions",
        "",
        "Name only the last one of a line: what is below it comes along.",
    ),
    (
        "revision identifier .* is not a string",
        "",
        "Look at the version table of the database: its column 'version_num' has to be of a text type.",
    ),
    ("Character.* not allowed in revision identifier", "", "Choose an id without '@', '-', '+' and ':'."),
    ("Branch name .* already used", "", "Remove the name from the 'branch_labels' line of one of them."),
    (
        "Revision .* is not a head revision",
        "",
        "Build on a head ('flask db heads' lists them), or add --splice to begin a branch there.",
    ),
    ("Duplicate head revisions specified", "", "Name each revision once."),
    ("Path .* is not represented in current version locations", "", "Choose one of 'version_locations'."),
    (
        "Multiple version.locations present",
        "",
        "Choose one of 'version_locations' in alembic.ini with --version-path.",
    ),
    (
        "Version .* specified branch_labels",
        "",
        "Add the line 'branch_labels = ${repr(branch_labels)}' to script.py.mako.",
    ),
    (
        "Path doesn't exist",
        "",
        "Make the folder with 'flask db init', or say where it is with --directory or Migrate(directory=…).",
    ),
    (
        "No 'script_location' key found",
        "",
        "Say where the migrations are with --directory or Migrate(directory=…).",
    ),
    (
        "Could not determine revision id",
        "",
        "Give the file its line 'revision = …' back, or move it out of the folder of the revisions.",
    ),
    ("Range revision not allowed", "a range makes sense for a SQL script only", "Name one revision, or add --sql."),
    (
        "downgrade with --sql requires",
        "a SQL script is written without asking a database where it is",
        "Name both ends, as in 'flask db downgrade --sql 1f2e:base'.",
    ),
    ("History range requires", "", "Name one end or both, as in 'flask db history -r 1f2e:head'."),
    ("The script directory has multiple bases", "", "'flask db history' shows them, each with the parent '<base>'."),
    ("(Dependency )?(Cycle|[Ss]elf-loop) is detected", "", "Correct the 'down_revision' line of one of their files."),
    ("Dependency resolution failed", "", "'flask db history' shows what the revision files say."),
)


def explain(error: Exception, script: ScriptDirectory | None = None) -> HistoryError | None:
    """Say what an exception of Alembic means, when it is about revisions or where they are.

    :param error: the exception; a :exc:`.HistoryError` is returned as it is.
    :param script: the history, to name revisions with what they do, and those that were perhaps meant.
    :return: None when the exception is about something else.

    .. versionadded:: 5.0
    """
    if isinstance(error, HistoryError):
        return error
    if not isinstance(error, (CommandError, RevisionError)):
        return None
    cause = error.__cause__ if isinstance(error.__cause__, RevisionError) else error
    if isinstance(cause, MultipleHeads):
        return _several_heads(str(error), cause, script)
    if isinstance(cause, ResolutionError):
        return _unknown(str(error), cause, script)
    return _by_text(error)


def _by_text(error: Exception) -> HistoryError | None:
    text = re.sub(r"\s+", " ", str(error)).strip().rstrip(".")
    for pattern, reason, hint in _TEXTS:
        if re.match(pattern, text):
            return HistoryError(f"{_shorten(text)}{': ' if reason else ''}{reason}.", hint)
    if isinstance(error, RevisionError):
        return HistoryError(f"{text}.", "'flask db history' shows what the revision files say.")
    return None


def _shorten(text: str) -> str:
    """Alembic's text without its own advice, which the hint replaces; paths as people read them."""
    text = re.split(r"\. Please use|[;,] please|; have you|\. Be sure|; ensure", text)[0]
    prefix = "Path doesn't exist: "
    return prefix + shown(text.removeprefix(prefix)) if text.startswith(prefix) else text


def _several_heads(text: str, cause: MultipleHeads, script: ScriptDirectory | None) -> HistoryError:
    phrase = re.split(r"[;.]", text)[0]
    heads = _named(list(cause.heads), script)
    hint = "Join them with 'flask db merge', or apply all of them with 'flask db upgrade heads'."
    if "on which the new revision should be based" in text:
        hint = "Join them with 'flask db merge', or choose the one to build on with --head."
    elif "single target" in text:
        hint = "Name one of them, or write 'flask db stamp heads' for all."
    return HistoryError(f"{phrase}: {heads}.", hint)


def _unknown(text: str, cause: ResolutionError, script: ScriptDirectory | None) -> HistoryError:
    wanted = str(cause.argument)
    phrase = text if text.startswith("Can't locate") else f"Can't locate revision identified by '{wanted}'"
    detail = str(cause)
    if detail.startswith("Multiple revisions start with"):
        starting = _starting_with(wanted, script) or re.findall(r"'([^']*)'", detail)[1:]
        reason = f"more than one revision starts with it: {_named(starting, script)}"
        return HistoryError(f"{phrase}, because {reason}.", "Write more characters of the id.")
    if detail.startswith("No such branch"):
        labels = sorted({label for rev in _all(script) for label in rev.branch_labels})
        known = f"The branches are: {', '.join(labels)}." if labels else "No revision has a branch label."
        return HistoryError(f"{phrase}. No such branch: '{wanted}'.", known)
    if "is not a member of branch" in detail:
        return HistoryError(f"{phrase}: {detail[0].lower()}{detail[1:]}.", "'flask db history' shows the branches.")
    return _absent(phrase, wanted, script)


def _absent(phrase: str, wanted: str, script: ScriptDirectory | None) -> HistoryError:
    names = {name for rev in _all(script) for name in (rev.revision, *rev.branch_labels)}
    near = difflib.get_close_matches(wanted, sorted(names), n=3, cutoff=0.7)
    meant = f"Did you mean {_named(near, script)}? " if near else "'flask db history' lists the revisions. "
    known = known_to_git(wanted, str(script.versions)) if script is not None else None
    return HistoryError(
        f"{phrase}: no revision file here has this id or branch label.",
        f"{meant}When it is the database that is at this revision, its file is missing: "
        "get it from the branch or release that was deployed." + (f"\n{known[0].upper()}{known[1:]}" if known else ""),
    )


def _starting_with(part: str, script: ScriptDirectory | None) -> list[str]:
    return [rev.revision for rev in _all(script) if rev.revision.startswith(part)]


def _named(ids: t.Sequence[str], script: ScriptDirectory | None) -> str:
    """Ids with the first lines of what their revisions say of themselves."""
    docs = {rev.revision: rev.doc.partition("\n")[0] for rev in _all(script)}
    texts = [f"{rev} ({docs[rev]})" if docs.get(rev) else rev for rev in ids[:_MOST]]
    return ", ".join(texts) + (f" and {len(ids) - _MOST} more" if len(ids) > _MOST else "")


def _all(script: ScriptDirectory | None) -> list[Script]:
    """All revisions, as far as the history can be read."""
    if script is None:
        return []
    with contextlib.suppress(Exception):
        return list(script.walk_revisions())
    return []
