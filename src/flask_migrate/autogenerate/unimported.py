"""Model classes in an app's files, found without importing anything."""

from __future__ import annotations

import ast
import dataclasses
import os
import typing as t

#: Folders that hold no models of the app.
SKIPPED = frozenset(
    {"__pycache__", "build", "dist", "docs", "env", "migrations", "node_modules", "site-packages", "venv"}
)
#: How many files are looked at, so that a command started in the wrong folder does not read a whole disk.
MOST_FILES = 5000


@dataclasses.dataclass(frozen=True)
class ModelClass:
    """A class that looks like a model.

    :param path: its file.
    :param line: its line, from 1.
    :param name: its name.
    """

    path: str
    line: int
    name: str


@dataclasses.dataclass(frozen=True)
class Instance:
    """A place where a ``SQLAlchemy()`` extension is made.

    :param path: its file.
    :param line: its line, from 1.
    """

    path: str
    line: int


Place = t.TypeVar("Place", ModelClass, Instance)


def model_classes(folders: t.Iterable[str]) -> list[ModelClass]:
    """Every class below ``folders`` that has a table name or whose base is a ``….Model``, by file and line."""
    return [
        ModelClass(path, node.lineno, node.name)
        for path, tree in _trees(folders, b"Model", b"__tablename__")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and _is_model(node)
    ]


def instances(folders: t.Iterable[str]) -> list[Instance]:
    """Every call of ``SQLAlchemy(…)`` below ``folders``, by file and line."""
    return calls(folders, "SQLAlchemy")


def of_the_app(found: t.Iterable[Place]) -> list[Place]:
    """Those of ``found`` that are in no file of a test."""
    return [item for item in found if not _is_test(item.path)]


def calls(folders: t.Iterable[str], name: str) -> list[Instance]:
    """Every call of a function or method called ``name`` below ``folders``, by file and line."""
    return [
        Instance(path, node.lineno)
        for path, tree in _trees(folders, name.encode())
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _last_name(node.func) == name
    ]


def words(folders: t.Iterable[str]) -> set[str]:
    """Every text constant, name and keyword in the files below ``folders``."""
    found: set[str] = set()
    for _, tree in _trees(folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return found


def module_name(path: str, roots: t.Iterable[str]) -> str:
    """What to import for the file ``path``, seen from the first of ``roots`` that it is below."""
    for root in roots:
        relative = os.path.relpath(path, root)
        if not relative.startswith(os.pardir):
            parts = relative.removesuffix(".py").split(os.sep)
            return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
    return os.path.basename(path).removesuffix(".py")


def _is_test(path: str) -> bool:
    folders, name = os.path.split(os.path.relpath(path))
    return name.startswith("test_") or name == "conftest.py" or bool({"tests", "test"} & set(folders.split(os.sep)))


def _is_model(node: ast.ClassDef) -> bool:
    if any(_last_name(base) == "Model" for base in node.bases):
        return not _is_abstract(node)
    return any(name == "__tablename__" for name in _assigned(node))


def _is_abstract(node: ast.ClassDef) -> bool:
    return "__abstract__" in _assigned(node)


def _assigned(node: ast.ClassDef) -> list[str]:
    targets = [target for item in node.body if isinstance(item, ast.Assign) for target in item.targets]
    targets += [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _trees(folders: t.Iterable[str], *needed: bytes) -> t.Iterator[tuple[str, ast.Module]]:
    """The files below ``folders``, parsed; only those that hold one of the ``needed`` words, if there are any."""
    for number, path in enumerate(_files(folders)):
        if number >= MOST_FILES:
            return
        try:
            with open(path, "rb") as file:
                text = file.read()
            if not needed or any(word in text for word in needed):
                yield path, ast.parse(text)
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue


def _files(folders: t.Iterable[str]) -> t.Iterator[str]:
    seen: set[str] = set()
    for folder in folders:
        for place, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if not _is_skipped(place, name))
            for file in sorted(files):
                path = os.path.realpath(os.path.join(place, file))
                if file.endswith(".py") and path not in seen:
                    seen.add(path)
                    yield path


def _is_skipped(place: str, name: str) -> bool:
    return name in SKIPPED or name.startswith(".") or os.path.exists(os.path.join(place, name, "pyvenv.cfg"))
