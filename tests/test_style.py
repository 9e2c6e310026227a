"""Rules of style that a linter does not know: sizes, docstrings, and reasons beside every switched-off check."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULE_LINES = 400
FUNCTION_LINES = 50
#: Folders whose files are somebody else's by intent: what `init` copies, and folders as old releases wrote them.
FOREIGN = ("src/flask_migrate/templates/", "tests/legacy/folders/")

#: What stands between the name of a check and the first word of the reason.
REASON = r"\s+[#-]?\s*\w"
#: How a switched-off check is written: what, which one, and why.
FORMS = {
    "noqa": re.compile(r"noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*" + REASON),
    "type: ignore": re.compile(r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]" + REASON),
    "pragma": re.compile(r"pragma: no (cover|branch)" + REASON),
    "fmt: off": re.compile(r"fmt: off" + REASON),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> list[Path]:
    """The Python files below some folders of the project, without those that are foreign or hidden."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    own = [path for path in found if not shown(path).startswith(FOREIGN) and "migrations" not in path.parts]
    return [path for path in own if "/." not in shown(path)]


def shown(path: Path) -> str:
    """A path as the tests print it."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def refuse(offenders: list[str]) -> None:
    """Fail with one offender per line."""
    assert not offenders, "\n".join(["", *offenders])


SOURCE = files("src/flask_migrate")
TESTS = files("tests")
ALL = SOURCE + TESTS + files("tools", "benchmarks", "examples", "docs")


def test_modules_are_short() -> None:
    """No module has 400 lines or more."""
    sizes = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ALL}
    refuse([f"{name} has {size} lines" for name, size in sizes.items() if size >= MODULE_LINES])


def test_functions_are_short() -> None:
    """No function has 50 lines or more; its docstring is not counted, for parameters have to be explained."""
    refuse([text for path in ALL for text in long_functions(parsed(path), shown(path))])


def long_functions(tree: ast.Module, name: str) -> Iterator[str]:
    """A line of text for each function that is too long."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            size = lines_of(node) - (lines_of(node.body[0]) if ast.get_docstring(node) else 0)
            if size >= FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name} has {size} lines"


def lines_of(node: ast.stmt) -> int:
    """How many lines a statement spans, decorators apart."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_public_names_have_docstrings() -> None:
    """Every public function, class and method of the package says what it does."""
    refuse([f"{shown(path)}: {name}" for path in SOURCE for name in undocumented(parsed(path))])


def undocumented(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[str]:
    """The public names below a module or class that have no docstring.

    Functions inside functions are nobody's interface, overloads and property setters share the docstring of the
    function that they belong to, and a method of one statement speaks for itself.
    """
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            speaks = isinstance(tree, ast.ClassDef) and isinstance(node, Function) and len(node.body) == 1
            if not ast.get_docstring(node) and not speaks and not is_companion(node):
                yield f"{prefix}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node, f"{prefix}{node.name}.")


def is_companion(node: Function | ast.ClassDef) -> bool:
    """Whether a definition only adds to another one of the same name."""
    marks = [ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list]
    return bool({"overload", "setter", "deleter"} & set(marks))


def test_tests_have_docstrings() -> None:
    """Every test says in a sentence what it shows."""
    missing = [
        f"{shown(path)}: {node.name}"
        for path in TESTS
        for node in ast.walk(parsed(path))
        if isinstance(node, Function) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    refuse(missing)


def test_switched_off_checks_have_a_reason() -> None:
    """Every noqa, type: ignore and pragma names the check that it switches off, and says why."""
    refuse([f"{shown(path)}:{text}" for path in ALL for text in unreasoned(path.read_text("utf-8"))])


def unreasoned(source: str) -> Iterator[str]:
    """The comments that switch a check off without naming it or without a reason."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            for word, form in FORMS.items():
                if re.search(rf"#\s*{word}", token.string) and not form.search(token.string):
                    yield f"{token.start[0]} {token.string}"


@pytest.mark.parametrize(
    ("comment", "is_fine"),
    [
        ("# noqa: E402  # the path is set first", True),
        ("# noqa: E402, F401 the path is set first", True),
        ("# noqa: E402", False),
        ("# noqa", False),
        ("# type: ignore[attr-defined]  # no stubs", True),
        ("# type: ignore[attr-defined]", False),
        ("# type: ignore  # no stubs", False),
        ("# pragma: no cover  # Windows only", True),
        ("# pragma: no cover - Windows only", True),
        ("# pragma: no cover", False),
        ("# see what noqa means", True),
    ],
)
def test_reasons_are_recognised(comment: str, is_fine: bool) -> None:
    """A comment passes when it names the check and goes on with words."""
    assert list(unreasoned(f"x = 1  {comment}\n")) == ([] if is_fine else [f"1 {comment}"])


def test_rules_find_offenders() -> None:
    """The readers behind the rules see a long function and a missing docstring, and only those."""
    source = '''
def long():
    """Long."""
{body}

class Public:
    """Public."""
    def short(self): return 1
    def method(self):
        self.x = 1
        return 2
    def _private(self): ...
    @property
    def shape(self):
        """Shape."""
    @shape.setter
    def shape(self, value): ...
'''
    tree = ast.parse(source.format(body="    x = 1\n" * 49))
    assert list(long_functions(tree, "sample")) == ["sample:2 long has 50 lines"]
    assert list(long_functions(ast.parse(source.format(body="    x = 1\n" * 48)), "sample")) == []
    assert list(undocumented(tree)) == ["Public.method"]
