"""Python source as trees that are equal when the code does the same."""

from __future__ import annotations

import ast
import copy
import re
import typing as t

Function = ast.FunctionDef | ast.AsyncFunctionDef

#: The ways in which releases and people have asked the app for an engine, of the default bind and of another one.
_DB = r"current_app\.extensions\['migrate'\]\.db"
_ENGINE = re.compile(rf"(?:{_DB}\.)?(?:engine|get_engine\((?:(?:app=)?current_app)?\))")
_BIND_ENGINE = re.compile(
    rf"(?:{_DB}\.)?get_engine\((?:(?:app=)?current_app, )?(?:bind=|bind_key=)?(?:name|bind)\)"
    rf"|{_DB}\.engines\[(?:name|bind)\]"
)
_SETS_URL = re.compile(r"(?:context\.)?config\.set_(?:main|section)_option\((?:\w+, )?'sqlalchemy\.url', ")
_OWN_URL = re.compile(rf"{_DB}\.engine\b|\bget_engine(?:_url)?\(|\bcurrent_app\.config\b.*'SQLALCHEMY_DATABASE_URI'")


class _Bare(ast.NodeTransformer):
    """Removes what is for readers: docstrings, annotations, and the ``u`` before a text."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: t.Any) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.body = without_docstring(node.body) or [ast.Pass()]
        return t.cast("ast.AST", node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        node.kind = None
        return node


class _Plain(_Bare):
    """Removes what makes no difference as well: in which of many ways the app is asked for an engine."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self.generic_visit(node) if _ENGINE.fullmatch(ast.unparse(node)) is None else _name("engine of the app")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        text = ast.unparse(node)
        if _ENGINE.fullmatch(text):
            return _name("engine of the app")
        if _BIND_ENGINE.fullmatch(text):
            return _name("engine of the bind")
        sets = _SETS_URL.match(text)
        if sets is not None and _OWN_URL.search(text[sets.end() :]) and "os." not in text:
            return _name("URL of the app")
        return self.generic_visit(node)


def _name(text: str) -> ast.Name:
    """A name that no source has."""
    return ast.Name(text, ast.Load())


def canonical(node: ast.AST) -> str:
    """The same text for two statements that do the same."""
    return ast.dump(_Plain().visit(copy.deepcopy(node)))


def unparsed(source: ast.Module) -> list[str]:
    """The lines of ``source`` without comments, docstrings and a formatting of its own."""
    tree = copy.deepcopy(source)
    tree.body = without_docstring(tree.body)
    return ast.unparse(_Bare().visit(tree)).splitlines()


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a module or function without its docstring."""
    first = body[0] if body else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text and isinstance(first.value.value, str) else body  # type: ignore[union-attr]  # as checked


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module binds there."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    inner = {
        name for node in ast.walk(statement) if isinstance(node, ast.comprehension) for name in ast.walk(node.target)
    }
    stored = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {node.id for node in stored if node not in inner}


def aliases(statement: ast.Import | ast.ImportFrom) -> list[ast.Import | ast.ImportFrom]:
    """An import of several names as one of each."""
    if isinstance(statement, ast.Import):
        return [ast.copy_location(ast.Import([alias]), statement) for alias in statement.names]
    made = [ast.ImportFrom(statement.module, [alias], statement.level) for alias in statement.names]
    return [ast.copy_location(one, statement) for one in made]
