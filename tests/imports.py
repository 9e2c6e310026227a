"""What the modules of the package import, read with ``ast``; nothing is imported to find out."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "flask_migrate"


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported module.

    :param module: the importing module's name without the package's, ``""`` for the package itself.
    :param line: where the import is.
    :param name: the full name of what is imported; for ``from a import b`` it is ``a.b``.
    :param is_for_types: whether it stands below ``if TYPE_CHECKING``, so that nothing is loaded.
    """

    module: str
    line: int
    name: str
    is_for_types: bool = False

    @property
    def top(self) -> str:
        """The distribution's import name."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module or PACKAGE}, line {self.line}: imports {self.name}"


def modules_of(folder: Path) -> dict[str, ast.Module]:
    """The parsed modules of a package's folder, by their name without the package's.

    ``templates`` is left out: it holds files to copy, not modules of the package.
    """
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if "templates" not in parts:
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return found


def imports_of(module: str, tree: ast.Module, *, is_package: bool) -> Iterator[Import]:
    """Every import of a module, those inside functions and below ``TYPE_CHECKING`` included."""
    for_types = {id(node) for block in type_blocks(tree) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            source = absolute(module, node, is_package=is_package) if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                name = f"{source}.{alias.name}".removeprefix(".")
                yield Import(module, node.lineno, name, id(node) in for_types)


def type_blocks(tree: ast.Module) -> list[ast.If]:
    """The ``if TYPE_CHECKING`` blocks of a module."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    return [block for block in blocks if ast.unparse(block.test).endswith("TYPE_CHECKING")]


def absolute(module: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """The full name of the module behind ``from``."""
    if not node.level:
        return str(node.module)
    parts = [PACKAGE, *module.split(".")] if module else [PACKAGE]
    up = node.level - 1 if is_package else node.level
    base = parts[: len(parts) - up]
    return ".".join([*base, node.module] if node.module else base)


def all_imports(folder: Path) -> list[Import]:
    """Every import of every module of the package in ``folder``."""
    modules = modules_of(folder)
    packages = {name for name in modules if (folder / name.replace(".", "/") / "__init__.py").exists()}
    return [found for name, tree in modules.items() for found in imports_of(name, tree, is_package=name in packages)]


def find_cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """The nodes of one cycle, in order and closed (a, b, a); empty when there is none."""
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for successor in sorted(graph.get(node, ())):
            if cycle := visit(successor, [*path, node]):
                return cycle
        done.add(node)
        return []

    return next((cycle for node in sorted(graph) if (cycle := visit(node, []))), [])
