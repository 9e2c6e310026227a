"""What the source of an app calls its migration commands; nothing of the app is imported to find out."""

from __future__ import annotations

import ast
import itertools
import os
import re
import typing as t
from importlib.machinery import PathFinder
from pathlib import Path

from flask.cli import ScriptInfo, prepare_import

#: The calls that take ``command``, by keyword or as their fourth argument.
CALLS = ("Migrate", "init_app")
#: The key of ``app.config`` that has the last word.
KEY = "MIGRATE_COMMAND"
#: How many folders are looked at: an app may lie in somebody's home.
FOLDERS = 1000

#: For a file that can't be parsed, which may be why the app can't be loaded.
_TEXT = re.compile(r"""(?:\bcommand|\bMIGRATE_COMMAND["']?\]?)\s*[=:]\s*["']([^"'\n]+)["']""")


def command_names(info: ScriptInfo) -> set[str]:
    """The names that the files of the app of ``info`` give to its migration commands."""
    return {name for path in _files(_place(info)) for name in names_in(_read(path))}


def names_in(source: bytes) -> set[str]:
    """The names in one file: every text that the command's name is or may be made of."""
    if not any(word.encode() in source for word in (*CALLS, KEY)):
        return set()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set(_TEXT.findall(source.decode("utf-8", "replace")))
    values = [value for node in ast.walk(tree) for value in _values(node)]
    constants = _constants(tree)
    return {text for value in values for text in _texts(value, constants)}


def _values(node: ast.AST) -> t.Iterator[ast.expr]:
    """The expressions that ``node`` gives as the command's name."""
    if isinstance(node, ast.Call):
        is_ours = getattr(node.func, "attr", getattr(node.func, "id", None)) in CALLS
        yield from (word.value for word in node.keywords if word.arg == KEY or (is_ours and word.arg == "command"))
        yield from node.args[3:4] if is_ours else []
    elif isinstance(node, ast.Assign) and any(_is_key(target) for target in node.targets):
        yield node.value
    elif isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values, strict=True) if _is_text(key, KEY))


def _is_key(target: ast.expr) -> bool:
    """Whether ``target`` is ``MIGRATE_COMMAND`` or ``config["MIGRATE_COMMAND"]``."""
    if isinstance(target, ast.Subscript):
        return _is_text(target.slice, KEY)
    return isinstance(target, ast.Name) and target.id == KEY


def _is_text(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What a module assigns to its names."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _texts(value: ast.expr, constants: t.Mapping[str, ast.expr]) -> t.Iterator[str]:
    """The texts in ``value`` and in the constants that it names."""
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id in constants:
            yield from _texts(constants[node.id], {})


def _place(info: ScriptInfo) -> Path:
    """The package or module of the app; for an app without a name, what would be in the working directory."""
    if info.create_app is not None:
        code = getattr(info.create_app, "__code__", None)
        return Path(code.co_filename if code else "app.py").absolute()
    name = re.split(r":(?![\\/])", info.app_import_path or "app", maxsplit=1)[0]
    spec = PathFinder.find_spec(prepare_import(name).partition(".")[0])
    folders = spec.submodule_search_locations if spec else None
    place = next(iter(folders), None) if folders else spec and spec.origin
    return Path(place or "app.py").absolute()


def _files(place: Path) -> t.Iterator[Path]:
    """The Python files of the project that ``place`` is in, or those of ``place`` when it is an installed library.

    Virtual environments and hidden folders are not looked into.
    """
    is_library = place.parent.name in ("site-packages", "dist-packages")
    if is_library and place.is_file():
        yield place
        return
    for folder, folders, files in itertools.islice(os.walk(place if is_library else place.parent), FOLDERS):
        is_environment = "pyvenv.cfg" in files
        folders[:] = [] if is_environment else sorted(name for name in folders if not name.startswith((".", "node_")))
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
