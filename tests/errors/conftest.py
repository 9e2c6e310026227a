"""What every error has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

pytest.register_assert_rewrite("tests.scripts")

from tests.projects import Project, Result  # noqa: E402  # the helpers' asserts are rewritten first

#: Part of every password in these tests, and of nothing else.
SECRET = "hunter2"


@pytest.fixture
def refuses() -> Callable[..., list[str]]:
    """A function that runs a command which has to fail, and returns the lines of its error.

    ``refuses(project, "db", "upgrade", code=1)`` sees to it that there is no traceback, nothing on standard output,
    no password, and that not a byte has changed in the project's folder.
    """

    def run(project: Project, *arguments: str, code: int = 1, process: bool = False, **options: str) -> list[str]:
        before = state(project)
        result: Result = (project.flask if process else project.invoke)(*arguments, **options)
        assert result.returncode == code, str(result)
        assert "Traceback" not in result.output, str(result)
        assert result.stdout == "", str(result)
        assert SECRET not in result.output, str(result)
        assert state(project) == before
        start = result.stderr.index("Error: ")
        return result.stderr[start:].splitlines()

    return run


def state(project: Project) -> dict[str, bytes]:
    """The content of every file below a project's folder."""
    return dict(sorted(files(project)))


def files(project: Project) -> Iterator[tuple[str, bytes]]:
    """Each file below a project's folder, with its content."""
    for path in project.folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(project.folder)), path.read_bytes()
