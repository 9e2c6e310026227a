"""Fixtures for the tests of the history."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flask_migrate.revisions import index
from tests.history.folders import Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """An empty migrations folder, in which bytecode and index may be written whatever the environment says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path / "migrations")


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files enter the index, and bytecode counts, as soon as they are written."""
    monkeypatch.setattr(index, "SETTLING_TIME", 0)
