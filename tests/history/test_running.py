"""A revision file runs when one of its functions is needed, as it is on disk, and not before."""

from __future__ import annotations

import importlib.util
import marshal
import os
import typing as t
from pathlib import Path

import pytest
from alembic.runtime.migration import RevisionStep

from flask_migrate.alembic_compat import downgrade_steps, stamp_steps, upgrade_steps
from flask_migrate.errors import HistoryError
from tests.history.folders import TELLTALE, Folder, shown, wait_for_tick


def function_of(step: t.Any) -> t.Any:
    """The function that Alembic calls for a step."""
    return step.migration_fn


def test_looking_runs_nothing(folder: Folder) -> None:
    """Everything but running a migration is told from the headers: texts, points, plans."""
    folder.line("aa11", "bb22", "cc33", body=TELLTALE)
    script = folder.ours()
    shown(script)
    assert script.get_current_head() == "cc33"
    assert [str(rev) for rev in script.get_all_current(("bb22",))] == ["aa11 -> bb22, make bb22"]
    steps = upgrade_steps(script, "heads", ())
    assert [str(step) for step in steps] == [
        "upgrade  -> aa11, make aa11",
        "upgrade aa11 -> bb22, make bb22",
        "upgrade bb22 -> cc33, make cc33",
    ]
    down = downgrade_steps(script, "base", "cc33")
    assert [step.short_log for step in down] == [
        "downgrade cc33 -> bb22",
        "downgrade bb22 -> aa11",
        "downgrade aa11 -> ",
    ]
    assert [step.to_revisions for step in stamp_steps(script, "bb22", ("aa11",))] == [("bb22",)]
    assert folder.ran() == []


def test_a_step_runs_its_file_only(folder: Folder) -> None:
    """The file of a step runs once, when its function is asked for; its neighbours don't."""
    folder.line("aa11", "bb22", "cc33", body=TELLTALE)
    steps = upgrade_steps(folder.ours(), "heads", ())
    assert isinstance(steps[1], RevisionStep)
    assert function_of(steps[1]).__name__ == "upgrade"
    assert folder.ran() == ["bb22_make.py"]
    function_of(steps[1])
    assert folder.ran() == []


def test_the_function_of_a_step_can_be_replaced(folder: Folder) -> None:
    """Who runs the steps may put another function in the place of the file's, which then does not run."""
    folder.line("aa11", body=TELLTALE)
    step = upgrade_steps(folder.ours(), "heads", ())[0]
    step.migration_fn = print
    assert step.migration_fn is print
    assert folder.ran() == []


def test_a_module_can_be_replaced(folder: Folder) -> None:
    """The attribute 'module' can be set, as Alembic's can."""
    folder.line("aa11", body=TELLTALE)
    script = folder.ours().get_revision("head")
    script.module = os
    assert script.module is os
    assert folder.ran() == []


def test_a_module_is_what_alembic_would_make_of_it(folder: Folder) -> None:
    """Name, file, bytecode and docstring of the module are the same, and it is in no register."""
    path = folder.revision("aa11", name="a-1.py", body="WHO = __name__")
    modules = [one.get_revision("head").module for one in (folder.ours(), folder.stock())]
    facts = [(one.__name__, one.__file__, one.__cached__, one.__doc__, one.WHO) for one in modules]
    assert facts[0] == facts[1]
    assert facts[0][:2] == ("a_1_py", str(path))


@pytest.mark.parametrize("settled", [True, False])
def test_old_bytecode_does_not_run(folder: Folder, settled: bool, request: pytest.FixtureRequest) -> None:
    """A file that was written again with the same size in the same second runs as it is now."""
    if settled:
        request.getfixturevalue("no_waiting")
    found = []
    for body in ("VALUE = 1", "VALUE = 2", "VALUE = 3"):
        path = folder.revision("aa11", body=body)
        os.utime(path, (10**9, 10**9))
        wait_for_tick(folder.path)
        found.append(folder.ours().get_revision("head").module.VALUE)
    assert found == [1, 2, 3]


def test_bytecode_runs_once_it_is_safe(folder: Folder, no_waiting: None) -> None:
    """Bytecode that is younger than its source runs in its place, and saves compiling."""
    path = folder.revision("aa11", body="VALUE = 1")
    wait_for_tick(folder.path)
    folder.ours().get_revision("head").module  # noqa: B018  # it compiles the file
    compiled = Path(importlib.util.cache_from_source(str(path)))
    other = folder.revision("aa11", name="other.py", body="VALUE = 2")
    code = compile(other.read_bytes(), str(path), "exec")
    compiled.write_bytes(compiled.read_bytes()[:16] + marshal.dumps(code))
    other.unlink()
    assert folder.ours().get_revision("head").module.VALUE == 2


def test_a_file_that_changed_meanwhile_does_not_run_as_another(folder: Folder) -> None:
    """A file that became another revision after its header was read is named; so is one with other parents."""
    folder.line("aa11", "bb22")
    script = folder.ours()
    revision = script.get_revision("bb22")
    folder.revision("cc33", "aa11", name="bb22_make.py")
    with pytest.raises(HistoryError) as caught:
        revision.module  # noqa: B018  # asking is what runs the file
    assert str(caught.value) == (
        "The revision file migrations/versions/bb22_make.py changed while the command ran: "
        "it was read as revision bb22, and is another one or has other parents now.\n"
        "Run the command again."
    )


def test_files_are_compiled_before_the_first_step_runs(folder: Folder) -> None:
    """A plan fails as a whole when one of its files is damaged; a plan without that file does not."""
    folder.line("aa11", "bb22", body=TELLTALE)
    folder.revision("cc33", "bb22", body="this is no Python")
    script = folder.ours()
    assert len(upgrade_steps(script, "bb22", ())) == 2
    with pytest.raises(HistoryError) as caught:
        upgrade_steps(script, "heads", ())
    assert str(caught.value) == (
        "The revision file migrations/versions/cc33_make.py, line 15, can't be used: invalid syntax.\n"
        "Correct the file, or restore it from version control, and run the command again."
    )
    assert folder.ran() == []


def test_a_file_without_the_function_is_named(folder: Folder) -> None:
    """A plan fails before its first step when a file has nothing to run."""
    folder.line("aa11")
    folder.write("b.py", "revision = 'bb22'\ndown_revision = 'aa11'\ndef upgrade():\n    pass\n")
    script = folder.ours()
    assert len(upgrade_steps(script, "heads", ())) == 2
    with pytest.raises(HistoryError) as caught:
        downgrade_steps(script, "base", "bb22")
    assert str(caught.value) == (
        "The revision file migrations/versions/b.py has no function 'downgrade'.\n"
        "Add it: 'def downgrade(): pass' when there is nothing to do."
    )


def test_a_file_may_have_functions_for_some_databases_only(folder: Folder) -> None:
    """A file with a function for one database passes; only who asks for the plain function is told."""
    folder.write("a.py", "revision = 'aa11'\ndown_revision = None\ndef upgrade_users():\n    pass\n")
    (step,) = upgrade_steps(folder.ours(), "heads", ())
    with pytest.raises(HistoryError) as caught:
        function_of(step)
    assert caught.value.message == "The revision file migrations/versions/a.py has no function 'upgrade'."


def test_a_file_that_fails_while_it_runs_is_named(folder: Folder) -> None:
    """An error in the file's own code is told with its line; what the history says is not touched by it."""
    folder.revision("aa11", body="import flask_migrate_has_no_such_module")
    script = folder.ours()
    assert script.get_heads() == ["aa11"]
    with pytest.raises(HistoryError) as caught:
        function_of(upgrade_steps(script, "heads", ())[0])
    assert caught.value.message == (
        "The revision file migrations/versions/aa11_make.py, line 15, can't be used: "
        "ModuleNotFoundError: No module named 'flask_migrate_has_no_such_module'."
    )
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
