"""Projects with the migrations folder of an earlier release."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.register_assert_rewrite("tests.legacy.old_folders")

from tests.legacy.old_folders import APP, OldFolder, OldProject  # noqa: E402  # its asserts are rewritten first
from tests.projects import Project  # noqa: E402  # as above


@pytest.fixture
def old(folder: OldFolder, make_project: Callable[..., Project], make_url: Callable[[], str]) -> OldProject:
    """A project that uses a copy of ``folder``, with an empty database for each of its binds."""
    binds = {bind: make_url() for bind in folder.binds if bind}
    return OldProject(folder, make_project(APP, binds=binds))
