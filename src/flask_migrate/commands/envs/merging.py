"""An edited env.py as the three lines of today, with the edits."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import difflib
import symtable
import textwrap
import typing as t

from .canonical import Function, aliases, bound_by, canonical, unparsed, without_docstring
from .configuring import additions
from .stock import Stock, functions, known_names, known_statements, nearest

DOCSTRING = '"""The migration environment; `run()` takes the arguments of Alembic\'s `context.configure()`."""'
IMPORT = "from flask_migrate.environment import run"
#: Names that the releases bind, and that may be bound in another way.
_FREE = ("logger", "config", "target_metadata", "get_metadata")


@dataclasses.dataclass
class Merge:
    """What became of an env.py.

    :param nearest: the file of an earlier release that is most like it.
    :param kind: ``"current"`` when it calls ``run()`` already, ``"stock"``, ``"edited"``, or ``"kept"`` when there is
        something that can't be carried over.
    :param text: the new file; empty when there is none.
    :param carried: the edits that are in it.
    :param obstacles: why there is none.
    :param diff: the edits, as a difference from ``nearest`` without comments.
    """

    nearest: Stock | None = None
    kind: t.Literal["current", "stock", "edited", "kept"] = "kept"
    text: str = ""
    carried: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    diff: str = ""


def merge(source: str) -> Merge:
    """The env.py that does what ``source`` does.

    :raises SyntaxError: when it is not Python.
    """
    tree = ast.parse(source)
    if any(isinstance(node, ast.ImportFrom) and node.module == "flask_migrate.environment" for node in ast.walk(tree)):
        return Merge(kind="current")
    stock = nearest(tree)
    diff = "\n".join(difflib.unified_diff(stock.lines, unparsed(tree), stock.name, "env.py", n=2, lineterm=""))
    work = _Work(source, tree, is_multidb=stock.is_multidb)
    work.read()
    text = work.text() if not work.obstacles else ""
    if work.obstacles:
        return Merge(stock, "kept", obstacles=tuple(dict.fromkeys(work.obstacles)), diff=diff)
    carried = tuple(dict.fromkeys(work.carried))
    return Merge(stock, "edited" if carried else "stock", text, carried, diff=diff if carried else "")


class _Work:
    """One env.py while it is read."""

    def __init__(self, source: str, tree: ast.Module, *, is_multidb: bool) -> None:
        self.lines = source.splitlines()
        self.body = _one_by_one(without_docstring(tree.body))
        self.is_multidb = is_multidb
        self.kept: dict[ast.stmt, str] = {}
        self.dropped: list[ast.stmt] = []
        self.options: dict[str, str] = {}
        self.inner: list[str] = []
        self.carried: list[str] = []
        self.obstacles: list[str] = []

    def read(self) -> None:
        """Look at each statement."""
        served = set()
        for statement in self.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self._import(statement)
            elif canonical(statement) in known_statements() or _is_logging(statement):
                self.dropped.append(statement)
                served |= bound_by(statement)
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name in functions():
                self._function(statement)
                served.add(statement.name)
            else:
                self._other(statement)
        missing = {"run_migrations_offline", "run_migrations_online"} - served
        if missing and not self.obstacles:
            self.obstacles.append(f"it has no {min(missing)}() like that of a release")

    def text(self) -> str:
        """The new env.py; what it needs of the statements of the release is brought along."""
        while True:
            text = self._text()
            missing = _unbound(text)
            needed = [one for one in self.dropped if one not in self.kept and bound_by(one) & missing]
            if not needed:
                break
            for statement in needed:
                self.kept[statement] = self._source(statement)
        if missing and "import *" not in text:
            self.obstacles.append(f"the name {min(missing)} is bound nowhere")
        if "'sqlalchemy.url'" in ast.unparse(ast.parse(text)):
            self.obstacles.append("its edits ask alembic's config for the URL, which it has no more")
        return text

    def _text(self) -> str:
        pieces = [self.kept[one] for one in self.body if one in self.kept] + self.inner
        future = [piece for piece in pieces if piece.startswith("from __future__")]
        rest = [piece for piece in pieces if piece not in future]
        names = {name for one in self.kept for name in bound_by(one)}
        call, line = ("run", IMPORT) if "run" not in names else ("run_environment", f"{IMPORT} as run_environment")
        text = "\n".join([DOCSTRING, *future, line])
        is_import = True
        for piece in rest:  # in their order: an import may need what is before it
            was_import, is_import = is_import, piece.startswith(("import ", "from "))
            text += ("\n" if was_import and is_import else "\n\n") + piece
        return text + ("\n" if is_import and not rest else "\n\n") + self._call(call) + "\n"

    def _call(self, name: str) -> str:
        arguments = [f"{option}={value}" for option, value in self.options.items()]
        line = f"{name}({', '.join(arguments)})"
        return line if len(line) <= 100 else "\n".join([f"{name}(", *(f"    {one}," for one in arguments), ")"])

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        if canonical(statement) in known_statements():
            self.dropped.append(statement)
        else:
            self.kept[statement] = ast.unparse(statement)
            self.carried.append(self.kept[statement])

    def _function(self, function: Function) -> None:
        more = additions(function)
        if more is None:
            self.obstacles.append(f"{function.name}() (line {function.lineno}) is not like that of a release")
            return
        for inner in more.functions:
            self.inner.append(textwrap.dedent(self._source(inner)))
            self.carried.append(f"{inner.name}() of {function.name}()")
        for name, value in more.options.items():
            self._option(name, ast.unparse(value))

    def _option(self, name: str, value: str) -> None:
        if name == "target_metadata" and self.is_multidb:
            self.obstacles.append("it has models of its own for several databases")
        elif self.options.setdefault(name, value) != value:
            self.obstacles.append(f"{name} is {self.options[name]} in one place and {value} in another")
        else:
            self.carried.append(f"{name}={value}")

    def _other(self, statement: ast.stmt) -> None:
        names = bound_by(statement)
        taken = names & known_names() - set(_FREE)
        if "'sqlalchemy.url'" in ast.unparse(statement):
            self.obstacles.append(f"line {statement.lineno} says itself which database is meant")
        elif taken:
            self.obstacles.append(f"line {statement.lineno} gives {min(taken)} a meaning of its own")
        elif isinstance(statement, ast.If) and "is_offline_mode" in ast.unparse(statement.test):
            self.obstacles.append(f"line {statement.lineno} runs the migrations in a way of its own")
        else:
            self.kept[statement] = self._source(statement)
            self.carried.append(_named(statement))
            for name, value in (("target_metadata", "target_metadata"), ("get_metadata", "get_metadata()")):
                if name in names:
                    self._option("target_metadata", value)

    def _source(self, statement: ast.stmt) -> str:
        """The lines of a statement, with its decorators and the comment right above it."""
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(one.lineno for one in decorators)]) - 1
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return ast.unparse(statement)
        while first and self.lines[first - 1].strip().startswith("#"):
            first -= 1
        return "\n".join(self.lines[first : statement.end_lineno])


def _one_by_one(body: list[ast.stmt]) -> list[ast.stmt]:
    """``body`` with one import for each name."""
    found: list[ast.stmt] = []
    for statement in body:
        found += aliases(statement) if isinstance(statement, ast.Import | ast.ImportFrom) else [statement]
    return found


def _is_logging(statement: ast.stmt) -> bool:
    """Whether all it does is to set logging up from alembic.ini, which the commands do."""
    if isinstance(statement, ast.If) and not statement.orelse:
        return all(_is_logging(one) for one in statement.body)
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith(("fileConfig(", "logging.config.file"))


def _named(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"{statement.name}()"
    return ast.unparse(statement).partition("\n")[0]


def _unbound(text: str) -> set[str]:
    """The names that a module uses and does not bind."""
    top = symtable.symtable(text, "env.py", "exec")
    bound = {
        one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported() or one.is_namespace()
    }
    return _globals(top) - bound - set(dir(builtins)) - {"__file__", "__name__"}


def _globals(table: symtable.SymbolTable) -> set[str]:
    is_top = table.get_type() == "module"
    own = {one.get_name() for one in table.get_symbols() if one.is_referenced() and (is_top or one.is_global())}
    return own.union(*(_globals(child) for child in table.get_children()))
