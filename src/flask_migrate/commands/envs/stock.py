"""The env.py files that Flask-Migrate 1.0 to 4.1 wrote."""

from __future__ import annotations

import ast
import collections
import dataclasses
import difflib
import functools
import pathlib

from .canonical import Function, aliases, bound_by, canonical, unparsed

#: The text of each, below a line with its template and the first release that wrote it.
PATH = pathlib.Path(__file__).with_name("stock.txt")
_MARK = "#: "


@dataclasses.dataclass(frozen=True)
class Stock:
    """One of them.

    :param name: its template and the first release that wrote it: ``"flask-multidb-2.6.0"``.
    """

    name: str
    source: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        """Its statements."""
        return ast.parse(self.source)

    @functools.cached_property
    def lines(self) -> list[str]:
        """Its lines, as they are compared."""
        return unparsed(self.tree)

    @property
    def is_multidb(self) -> bool:
        """Whether it walks several databases."""
        return "multidb" in self.name

    def describe(self) -> str:
        """Which it is, in words."""
        template, _, release = self.name.rpartition("-")
        return f"the template {template} of Flask-Migrate {release}"


@functools.cache
def all_stock() -> tuple[Stock, ...]:
    """All of them."""
    parts = PATH.read_text(encoding="utf-8").split(_MARK)[1:]
    found = [part.partition("\n") for part in parts]
    return tuple(Stock(name.strip(), source) for name, _, source in found)


def nearest(tree: ast.Module) -> Stock:
    """The one that is most like ``tree``."""
    lines = unparsed(tree)

    def likeness(stock: Stock) -> float:
        return difflib.SequenceMatcher(None, stock.lines, lines, autojunk=False).ratio()

    return max(all_stock(), key=likeness)


@functools.cache
def known_statements() -> frozenset[str]:
    """Every statement at the top of any of them, in canonical form; of imports, each name."""
    found: set[str] = set()
    for stock in all_stock():
        for statement in stock.tree.body:
            found.add(canonical(statement))
            if isinstance(statement, ast.Import | ast.ImportFrom):
                found |= {canonical(one) for one in aliases(statement)}
    return frozenset(found)


@functools.cache
def known_names() -> frozenset[str]:
    """Every name that any of them gives to a value or a function at its top."""
    return frozenset(
        name
        for stock in all_stock()
        for statement in stock.tree.body
        if isinstance(statement, ast.Assign | ast.FunctionDef | ast.AsyncFunctionDef)
        for name in bound_by(statement)
    )


@functools.cache
def functions() -> dict[str, tuple[Function, ...]]:
    """The functions that call ``context.configure()``, each as the releases have had it."""
    found: dict[str, dict[str, Function]] = collections.defaultdict(dict)
    for stock in all_stock():
        for statement in stock.tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and configure_calls(statement):
                found[statement.name].setdefault(canonical(statement), statement)
    return {name: tuple(variants.values()) for name, variants in found.items()}


def configure_calls(node: ast.AST) -> list[ast.Call]:
    """The calls of ``context.configure()`` in ``node``, in their order."""
    calls = [
        one for one in ast.walk(node) if isinstance(one, ast.Call) and ast.unparse(one.func) == "context.configure"
    ]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))
