"""The layers of the package: imports point down, and the private names of others stay in one module.

A *unit* is a module or folder directly below ``flask_migrate``. Every import counts, wherever it is written: at
the top, inside a function, below ``TYPE_CHECKING`` (who knows another module's types knows that module).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports import PACKAGE, Import, all_imports, find_cycle, imports_of, modules_of

SOURCE = Path(__file__).parent.parent / "src" / PACKAGE

#: The units of each layer, lowest first. A unit that is not here fails the test: it needs a place first.
LAYERS = (
    {"errors", "alembic_compat"},
    {"operations", "revisions", "schema", "targets"},
    {"autogenerate", "causes", "execution", "shadow", "sqlfiles", "lint"},
    {"settings", "config", "logs", "extension", "environment"},
    {"commands"},
    {"cli", "web", "testing", "classic", "manage", ""},
)
LAYER_OF = defaultdict(lambda: len(LAYERS), {unit: n for n, units in enumerate(LAYERS) for unit in units})

#: Imports that may point up, with the reason.
UPWARD = {
    ("extension", "cli"): "init_app puts the command group on the app under the name that the app chose",
}
#: Where Click is at home, besides the command line.
CLICK = {"errors", "manage", "cli"}
FLASK_FROM_LAYER = 3

#: Names that start with an underscore and are documented as public all the same.
PUBLIC_UNDERSCORES = {"_asdict", "_fields", "_mapping", "_replace"}
#: Private names of the standard library that are used all the same, with the reason.
NEEDED_PRIVATE = {
    ("logs", "_handlerList"): "logging.config.fileConfig() closes all handlers that are in this list",
}
#: The one module that may name what Alembic and SQLAlchemy keep private.
COMPAT = "alembic_compat"


def unit_of(module: str) -> str:
    """The unit that a module belongs to; ``""`` is the package's ``__init__``."""
    return module.partition(".")[0]


def inner(found: Import) -> str | None:
    """The unit that an import points to, or None when it leaves the package."""
    if found.top != PACKAGE:
        return None
    unit = unit_of(found.name.removeprefix(PACKAGE).removeprefix("."))
    return unit if (SOURCE / unit).is_dir() or (SOURCE / f"{unit}.py").exists() else ""


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    """Every import of the package."""
    return all_imports(SOURCE)


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every module of the package, parsed."""
    return modules_of(SOURCE)


def test_every_unit_has_a_layer(trees: dict[str, ast.Module]) -> None:
    """A new module or folder gets a place in the table before it is used."""
    assert {unit_of(module) for module in trees} - set().union(*LAYERS) == set()


def test_imports_point_down(imports: list[Import]) -> None:
    """No unit imports one of a higher layer, but for the exceptions that are listed with a reason."""
    upward = [
        str(found)
        for found in imports
        if (unit := inner(found)) is not None
        and LAYER_OF[unit] > LAYER_OF[unit_of(found.module)]
        and (unit_of(found.module), unit) not in UPWARD
    ]
    assert upward == []


def test_exceptions_are_needed(imports: list[Import]) -> None:
    """An exception that no import needs any more is taken out of the list."""
    used = {(unit_of(found.module), inner(found)) for found in imports}
    assert [pair for pair in UPWARD if pair not in used] == []


def test_units_form_no_cycle(imports: list[Import]) -> None:
    """Units of one layer may import each other, but never in a circle."""
    graph = defaultdict(set)
    for found in imports:
        unit, target = unit_of(found.module), inner(found)
        if target is not None and target != unit and (unit, target) not in UPWARD:
            graph[unit].add(target)
    assert find_cycle(graph) == []


def test_modules_of_a_unit_form_no_cycle(imports: list[Import], trees: dict[str, ast.Module]) -> None:
    """Inside a folder modules import each other freely, but do not load each other in a circle.

    Types may be known both ways there, and an import of the folder's own ``__init__`` is not looked at.
    """
    graph = defaultdict(set)
    for found in [found for found in imports if not found.is_for_types]:
        target = loaded_module(found, trees)
        if target and target != found.module and not found.module.startswith(f"{target}."):
            graph[found.module].add(target)
    for unit, target in UPWARD:
        for module in [name for name in graph if unit_of(name) == unit]:
            graph[module] = {name for name in graph[module] if unit_of(name) != target}
    assert find_cycle(graph) == []


def loaded_module(found: Import, trees: dict[str, ast.Module]) -> str:
    """The module of the package that an import loads: for ``from a import b`` that is ``a.b``, else ``a``."""
    name = found.name.removeprefix(PACKAGE).removeprefix(".") if found.top == PACKAGE else ""
    return name if name in trees else name.rpartition(".")[0]


def test_flask_stays_above(imports: list[Import]) -> None:
    """Units below the settings work without Flask; its extensions count as Flask."""
    low = [
        str(found)
        for found in imports
        if (found.top == "flask" or (found.top.startswith("flask_") and found.top != PACKAGE))
        and LAYER_OF[unit_of(found.module)] < FLASK_FROM_LAYER
    ]
    assert low == []


def test_click_stays_at_the_edge(imports: list[Import]) -> None:
    """Click is imported by the command line and by the errors, whose base class it is."""
    assert [str(i) for i in imports if i.top == "click" and unit_of(i.module) not in CLICK] == []


def test_private_names_stay_at_home(trees: dict[str, ast.Module]) -> None:
    """What another object or library keeps private is named in ``alembic_compat`` only."""
    found = [
        f"{module}, {text}"
        for module, tree in trees.items()
        if unit_of(module) != COMPAT
        for name, text in private_uses(tree)
        if (module, name) not in NEEDED_PRIVATE
    ]
    assert found == []


def is_private(name: str) -> bool:
    """Whether a name is one that its owner keeps to itself."""
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC_UNDERSCORES


def private_uses(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The private names of others that a module uses, each with its line and code.

    These are attributes of anything but self, cls and the module's own classes, names given to getattr and its
    like, and imports from other packages.
    """
    own = {"self", "cls", "super"} | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and owner(node.value) not in own:
            yield node.attr, f"line {node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Call) and is_private(name := reflected_name(node)):
            yield name, f"line {node.lineno}: {ast.unparse(node)}"
    for found in imports_of("", tree, is_package=True):
        private = [name for name in found.name.split(".") if is_private(name)]
        if found.top != PACKAGE and private:
            yield private[0], f"line {found.line}: import {found.name}"


def owner(node: ast.expr) -> str:
    """The name that an attribute is looked up on, ``super`` included; other expressions have none."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.id if isinstance(node, ast.Name) else ""


def reflected_name(node: ast.Call) -> str:
    """The attribute that ``getattr(x, "name")`` or one of its like asks for, else an empty string."""
    functions = {"getattr", "setattr", "hasattr", "delattr", "attrgetter"}
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    return next((str(name) for name in names if called in functions and isinstance(name, str)), "")


PROBE = """
import sys
before = set(sys.modules)
{statement}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""


@pytest.mark.parametrize(
    "statement", ["import flask_migrate", "from flask_migrate import Migrate", "import flask_migrate.cli"]
)
def test_import_is_light(statement: str) -> None:
    """An app that never migrates does not pay for Alembic and Mako."""
    code = PROBE.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"alembic", "mako"} & set(done.stdout.split()) == set()


SAMPLE = """
import alembic.util._private
from sqlalchemy import _secret
from . import _own
class Mine:
    _cache = {}
    def run(self, other):
        self._a; type(self)._b; Mine._cache; super()._c
        other._d; self.x._e; getattr(other, "_f"); other._mapping; other.__dict__; getattr(other, "f", "_g")
"""


def test_private_uses_are_found() -> None:
    """The reader of private names finds each kind, and leaves the module's own alone."""
    found = sorted(text.partition(": ")[2] for name, text in private_uses(ast.parse(SAMPLE)))
    assert found == [
        "getattr(other, '_f')",
        "import alembic.util._private",
        "import sqlalchemy._secret",
        "other._d",
        "self.x._e",
        "type(self)._b",
    ]


def test_relative_imports_are_resolved() -> None:
    """A relative import is followed from a module, from a package and from the package's root."""
    tree = ast.parse("from . import a\nfrom .b import c\nif 1:\n    from .. import d")
    names = {
        module: [found.name for found in imports_of(module, tree, is_package=is_package)][:2]
        for module, is_package in [("cli.apps", False), ("cli", True), ("", True)]
    }
    assert names == {
        "cli.apps": ["flask_migrate.cli.a", "flask_migrate.cli.b.c"],
        "cli": ["flask_migrate.cli.a", "flask_migrate.cli.b.c"],
        "": ["flask_migrate.a", "flask_migrate.b.c"],
    }


@pytest.mark.parametrize(
    ("graph", "cycle"),
    [
        ({"a": {"b"}, "b": {"c"}}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c", "b"]),
        ({"a": {"a"}}, ["a", "a"]),
    ],
)
def test_cycles_are_found(graph: dict[str, set[str]], cycle: list[str]) -> None:
    """A circle is found wherever the walk starts, and none is invented."""
    assert find_cycle(graph) == cycle
