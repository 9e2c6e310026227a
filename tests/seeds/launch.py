"""``python manage.py …`` of a project."""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from unittest import mock

from tests.isolation import isolated
from tests.projects import Project, Result


def launch(project: Project, script: str, *arguments: str, code: int = 0) -> Result:
    """Run ``python script arguments…`` in this process, and see it end with the exit code ``code``.

    It is far quicker than a process of its own, and warnings are errors.
    """
    stdout, stderr = io.StringIO(), io.StringIO()
    returncode = 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(isolated(project.folder, project.environ()))
        stack.enter_context(mock.patch.object(sys, "argv", [script, *arguments]))
        stack.enter_context(contextlib.redirect_stdout(stdout))
        stack.enter_context(contextlib.redirect_stderr(stderr))
        try:
            runpy.run_path(str(project.folder / script), run_name="__main__")
        except SystemExit as ended:
            returncode = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    result = Result(("python", script, *arguments), stdout.getvalue(), stderr.getvalue(), returncode)
    assert result.returncode == code, str(result)
    assert "Traceback" not in result.output, str(result)
    return result
