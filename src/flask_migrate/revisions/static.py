"""The thorough way to a header: parse the whole file, run none of it."""

from __future__ import annotations

import ast
import typing as t
import warnings

from .header import NAMES, Header, NotStatic, docstring, make_header

_WATCHED = frozenset((*NAMES, "__doc__", "__getattr__"))
_REACHING = frozenset(("globals", "locals", "vars", "eval", "exec"))
_REACHING_ATTRIBUTES = frozenset(("f_globals", "f_locals", "__globals__", *_REACHING))
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def analyse(source: bytes) -> Header:
    """The header of a revision file, equal to what importing the file would give.

    :raises SyntaxError: the file is not Python.
    :raises NotStatic: the header depends on what the file does when it runs.
    :raises BadHeader: Alembic can't use the header.
    """
    tree = _parse(source)
    survey = _Survey()
    survey.visit(tree)
    doc = ast.get_docstring(tree, clean=False)
    return make_header(survey.settled(), None if doc is None else docstring(doc))


def _parse(source: bytes) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler gives its warnings when the script runs
            return ast.parse(source)
    except ValueError as error:  # null bytes, before Python 3.12
        raise SyntaxError(str(error)) from error
    except (RecursionError, MemoryError) as error:  # deeper than the parser can go: the import may still manage
        raise NotStatic from error


class _Survey(ast.NodeVisitor):
    """Follows the bindings of the header names through the module's own scope.

    Literal assignments that always run are followed; every other way to bind one of the names raises
    :exc:`NotStatic`. So does code that may reach the module's namespace by other means while the module is imported:
    such code inside a function counts when a function of the file may be called then.
    """

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.scope = "module"
        self.has_star = False
        self.functions: set[str] = set()
        self.loaded_on_import: set[str] = set()
        self.loaded: set[str] = set()
        self.reaches_in_function = False
        self.may_call_functions = False

    def settled(self) -> dict[str, object]:
        """The values of the names once the module has run."""
        if not {"revision", "down_revision"} <= self.values.keys():
            raise NotStatic
        if self.has_star and not self.values.keys() >= set(NAMES):
            raise NotStatic
        if any(isinstance(value, list) and name in self.loaded for name, value in self.values.items()):
            raise NotStatic  # a list may be changed in place
        if self.reaches_in_function and (self.may_call_functions or self.functions & self.loaded_on_import):
            raise NotStatic
        return self.values

    def visit_Module(self, node: ast.Module) -> None:
        for statement in node.body:
            targets = _plain_targets(statement)
            if targets and not _WATCHED.isdisjoint(targets):
                assert isinstance(statement, (ast.Assign, ast.AnnAssign))
                self._bind(targets, statement)
            else:
                self.visit(statement)

    def _bind(self, targets: list[str], statement: ast.Assign | ast.AnnAssign) -> None:
        if isinstance(statement, ast.AnnAssign):
            self.visit(statement.annotation)
        if statement.value is None:
            return
        value = _literal(statement.value)
        for name in targets:
            if name in ("__doc__", "__getattr__"):
                raise NotStatic
            if name in NAMES:
                self.values[name] = value

    def _bound(self, name: str | None) -> None:
        if self.scope == "module" and name in _WATCHED:
            raise NotStatic

    def _reaches(self) -> None:
        if self.scope != "function":
            raise NotStatic
        self.reaches_in_function = True

    def _inside(self, scope: str, nodes: t.Iterable[ast.AST]) -> None:
        outer, self.scope = self.scope, "function" if self.scope == "function" else scope
        for node in nodes:
            self.visit(node)
        self.scope = outer

    def _visit_function(self, node: _Function) -> None:
        self._bound(node.name)
        self.functions.add(node.name)
        self.may_call_functions |= bool(node.decorator_list) or self.scope == "class"
        for outside in (*node.decorator_list, node.args, *filter(None, [node.returns])):
            self.visit(outside)
        self._inside("function", node.body)

    visit_FunctionDef = _visit_function
    visit_AsyncFunctionDef = _visit_function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.may_call_functions |= self.scope != "function"
        self.visit(node.args)
        self._inside("function", [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bound(node.name)
        self.functions.add(node.name)
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outside)
        self._inside("class", node.body)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bound(node.id)
        else:
            self.loaded.add(node.id)
            if self.scope != "function":
                self.loaded_on_import.add(node.id)
        if node.id in _REACHING:
            self._reaches()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in _REACHING_ATTRIBUTES:
            self._reaches()
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        if not _WATCHED.isdisjoint(node.names):
            raise NotStatic

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bound(alias.asname or alias.name.partition(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.has_star = True
                self.values.clear()  # it may bind them all
            self._bound(alias.asname or alias.name)
            if alias.name in _REACHING_ATTRIBUTES:
                self._reaches()

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            self._bound(node.name)
        elif isinstance(node, ast.MatchMapping):
            self._bound(node.rest)
        super().generic_visit(node)


def _plain_targets(statement: ast.stmt) -> list[str] | None:
    """The names that an assignment binds, when it binds names only."""
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return None
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return names if len(names) == len(targets) else None


def _literal(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except Exception as error:  # whatever literal_eval says of what is not a literal
        raise NotStatic from error
