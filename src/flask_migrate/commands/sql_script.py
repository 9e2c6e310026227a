"""Revisions whose statements are the engine's own SQL."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import sqlalchemy as sa
from alembic import util

from ..environment import publish_binds
from ..environment.enter import default_token
from ..targets import DEFAULT, identifier
from .describe import describe
from .generating import not_written, script_files
from .project import Project
from .values import RevisionInfo

if t.TYPE_CHECKING:
    from ..schema.ddl import Step

#: What ``sqlalchemy.text()`` takes for a parameter.
PARAMETER = re.compile(r"(?<![:\w$\\]):(?=[\w$]+(?![:\w$]))")
#: A literal that goes over several lines.
LONG_LITERAL = re.compile(r"'(?:[^']|'')*\n(?:[^']|'')*'")
INDENT = " " * 4


@dataclasses.dataclass(frozen=True)
class Body:
    """What a revision does in one target.

    :param up: what it does.
    :param down: what takes it back.
    :param remarks: sentences for the person who reads the script.
    """

    up: t.Sequence[Step]
    down: t.Sequence[Step]
    remarks: t.Sequence[str] = ()


def write_sql_revision(project: Project, message: str, bodies: t.Mapping[str, Body]) -> RevisionInfo:
    """Write a revision at the head of the history.

    :param bodies: by bind; a bind that is not there has nothing to do.
    :raises MigrateError: when the script can't be written; then there is none.
    """
    publish_binds(project.config, project.state.databases.targets())
    words: dict[str, str] = {}
    for name, body in bodies.items():
        token = default_token(project.script) if name == DEFAULT else f"{identifier(name)}_"
        words[f"{token}upgrades"] = _function(body.up, body.remarks)
        words[f"{token}downgrades"] = _function(body.down, ())
    before = script_files(project)
    try:
        script = project.script.generate_revision(
            util.rev_id(), message, refresh=True, head="head", splice=False, branch_labels=None, **words
        )
    except Exception as error:
        made = script_files(project) - before
        for path in made:
            path.unlink()
        raise not_written(project, error, was_made=bool(made)) from error
    assert script is not None  # it is read back at once
    return describe(script)


def _function(steps: t.Sequence[Step], remarks: t.Sequence[str]) -> str:
    """The body of a function of a script, as the template takes it: indented but for its first line."""
    lines = [f"# {' '.join(remark.split())}" for remark in remarks]
    words = ""
    for step in steps:
        if step.words != words:
            lines.append(f"# {' '.join(step.words.split())}")
            words = step.words
        lines.append(call(step.sql))
    if not steps:
        lines.append("pass")
    return f"\n{INDENT}".join(lines)


def call(sql: str) -> str:
    """The call that runs a statement in a script; lines of the statement itself keep their place."""
    text = as_text(sql)
    if "\n" not in text:
        return f"op.execute({_literal(text)})"
    if LONG_LITERAL.search(sql) or "$" in sql or not sql.startswith(("CREATE TABLE", "ALTER TABLE")):
        return f"op.execute(\n{INDENT * 2}{_block(text)}\n{INDENT})"
    return f"op.execute(\n{INDENT * 2}{_block(text.replace(chr(10), chr(10) + INDENT * 2))}\n{INDENT})"


def as_text(sql: str) -> str:
    """``sql`` so that ``sqlalchemy.text()`` takes nothing in it for a parameter."""
    text = PARAMETER.sub(r"\\:", sql)
    return text if _survives(text, sql) else re.sub(r"(\\?):", lambda found: f"{found.group(1)}\\:", sql)


def _survives(text: str, sql: str) -> bool:
    clause = sa.text(text)
    return not clause.compile().params and str(clause) == sql


def _literal(text: str) -> str:
    if '"' not in text and "\\" not in text and text.isprintable():
        return f'"{text}"'
    return repr(text)


def _block(text: str) -> str:
    """``text`` as a literal over several lines, if there is one."""
    if "\r" in text or '"""' in text or text.endswith(('"', "\\")) or "\x00" in text:
        return repr(text)
    if "\\" in text:
        return f'r"""{text}"""'
    return f'"""{text}"""'
