"""Which revisions make a table, a column, an index or a constraint, as far as the text of their scripts says."""

from __future__ import annotations

import ast
import dataclasses
import pathlib
import re
import typing as t

if t.TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_BY_CALL = {
    "create_table": "table",
    "add_column": "column",
    "create_index": "index",
    "create_unique_constraint": "constraint",
    "create_foreign_key": "constraint",
    "create_check_constraint": "constraint",
    "create_primary_key": "constraint",
}


@dataclasses.dataclass(frozen=True)
class Thing:
    """Something in a database: its kind, its name, and the table that it belongs to."""

    kind: str
    name: str
    table: str


@dataclasses.dataclass(frozen=True)
class Maker:
    """A revision that makes a thing, in words: ``1a2b (add users)``."""

    revision: str
    message: str

    def __str__(self) -> str:
        return f"{self.revision} ({self.message})" if self.message else self.revision


def makers(script: ScriptDirectory, thing: Thing) -> list[Maker]:
    """The revisions that make ``thing``, the newest last; one that does so twice is there twice."""
    found = [
        Maker(str(revision.revision), (revision.doc or "").partition("\n")[0])
        for revision in script.walk_revisions()
        for _ in range(_times(revision, thing))
    ]
    return found[::-1]


def check_of(script: ScriptDirectory, revision: str, name: str) -> str:
    """The condition of the check ``name`` that a revision makes, where its script says it as a text; else empty."""
    found = script.get_revision(revision)
    try:
        tree = ast.parse(pathlib.Path(str(found.path if found else "")).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _first_text(node) == name]
    made = [call for call in calls if getattr(call.func, "attr", "") == "create_check_constraint"]
    texts = [_first_text(call.args[-1]) for call in made if len(call.args) > 1]
    return texts[0] if len(texts) == 1 else ""


def _times(revision: Script, thing: Thing) -> int:
    """How often a script makes ``thing`` on the way up."""
    path = pathlib.Path(str(revision.path))
    beside = path.with_name(f"{path.name.removesuffix('.py')}.up.sql")
    if beside.is_file():
        return _in_sql(beside, thing)
    try:
        text = path.read_text(encoding="utf-8")
        if thing.name not in text and repr(thing.name)[1:-1] not in text:
            return 0
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError):
        return 0
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("upgrade")]
    return sum(_in_function(function, thing) for function in functions)


def _in_sql(path: pathlib.Path, thing: Thing) -> int:
    """The same for a file of SQL; a semicolon in a text may divide a statement here, which does no harm."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return 0
    statements = re.sub(r"--[^\n]*", "", text).split(";")
    return sum(_is_sql_for(statement, thing) for statement in statements)


def _in_function(function: ast.FunctionDef, thing: Thing) -> int:
    batches = {
        item.optional_vars.id: _first_text(item.context_expr)
        for node in ast.walk(function)
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.context_expr, ast.Call) and isinstance(item.optional_vars, ast.Name)
    }
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return sum(_makes(call, batches, thing) for call in calls)


def _makes(call: ast.Call, batches: dict[str, str], thing: Thing) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    method, owner = call.func.attr, call.func.value
    if method == "execute":
        return _is_sql_for(_first_text(call), thing)
    batch = batches.get(owner.id) if isinstance(owner, ast.Name) else None
    if thing.kind == "column":
        table = batch if batch is not None else _first_text(call)
        if table != thing.table or method not in ("add_column", "create_table"):
            return False
        return any(_first_text(argument) == thing.name for argument in call.args if _is_column(argument))
    if thing.kind == "constraint" and method == "create_table":
        return any(_is_named(node, thing.name) for argument in call.args for node in ast.walk(argument))
    return _BY_CALL.get(method) == thing.kind and _first_text(call) == thing.name


def _is_named(node: ast.AST, name: str) -> bool:
    """Whether a key or a constraint inside of a table has this name."""
    if not isinstance(node, ast.Call):
        return False
    return any(keyword.arg == "name" and _first_text(keyword.value) == name for keyword in node.keywords)


def _is_column(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "Column"


def _is_sql_for(text: str, thing: Thing) -> bool:
    if re.match(r"\s*DROP\b", text, re.I):
        return False
    name = rf"[\"`\[]?{re.escape(thing.name)}[\"`\]]?(?!\w)"
    if thing.kind == "column":
        table = rf"[\"`\[]?{re.escape(thing.table)}[\"`\]]?"
        added = rf"ALTER\s+TABLE\s+(?:\S+\.)?{table}\s+ADD\s+(?:COLUMN\s+)?{name}"
        made = rf"CREATE\s+TABLE\s+(?:\S+\.)?{table}\s*\((?:.*[,(]\s*|\s*){name}\s"
        return re.search(f"{added}|{made}", text, re.I | re.S) is not None
    word = {"table": r"TABLE", "index": r"INDEX"}.get(thing.kind, "CONSTRAINT")
    return re.search(rf"\b{word}\s+(?:\w+\s+)*?(?:\S+\.)?{name}", text, re.I) is not None


def _first_text(node: ast.expr) -> str:
    """The text that is the first argument of a call, also inside of ``op.f("…")`` and ``sa.text("…")``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and node.args:
        return _first_text(node.args[0])
    return ""
