"""The pytest plugin that gives every test its engines, and the engines their tests."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

import pytest

from tests import engines


class EnginePlugin:
    """What one process of a test session knows of the engines.

    :param found: the result of the search, by engine.
    :param run_id: part of the names of this session's scratch databases.
    """

    def __init__(self, found: Mapping[str, engines.Found], run_id: str) -> None:
        self.found = found
        self.run_id = run_id

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test that asks for an engine, directly or not, on all of them or on those of its mark."""
        if "engine_name" not in metafunc.fixturenames:
            return
        mark = metafunc.definition.get_closest_marker("engines")
        parameters = [self.parameter(name) for name in (mark.args if mark else engines.NAMES)]
        metafunc.parametrize("engine_name", parameters, indirect=True)

    def parameter(self, name: str) -> t.Any:
        """The parameter for one engine, skipped when it is absent."""
        found = self.found[name]
        return pytest.param(name, marks=() if found.url else pytest.mark.skip(found.describe()))


class EngineController(EnginePlugin):
    """The plugin of the process that gathers the reports: it finds the engines, and sees them tested."""

    def __init__(self) -> None:
        self.run = engines.Run()
        super().__init__(self.run.found, self.run.id)
        self.required = engines.required()
        self.tried: set[str] = set()

    def absent(self) -> list[str]:
        """A line about each required engine that was not found."""
        return [self.found[name].describe() for name in self.required if self.found[name].url is None]

    def untried(self) -> list[str]:
        """The required engines that no test has run on."""
        return [name for name in self.required if name not in self.tried]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: t.Any) -> None:
        """Send what was found to a worker of pytest-xdist."""
        found = {name: (one.engine, one.url, one.reason) for name, one in self.found.items()}
        node.workerinput.update(run_id=self.run_id, found=found)

    def pytest_report_header(self) -> list[str]:
        """Say which engines the tests run on."""
        return [found.describe() for found in self.found.values()]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the engine that a test has run on."""
        if report.when == "call" and not report.skipped:
            self.tried.update(str(value) for key, value in report.user_properties if key == "engine")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the session when a required engine was there and yet no test ran on it."""
        if session.exitstatus == pytest.ExitCode.OK and self.untried():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why the session failed."""
        if self.untried():
            terminalreporter.write_line(f"REQUIRE_ENGINES: no test ran on {', '.join(self.untried())}.", red=True)

    def pytest_unconfigure(self) -> None:
        """Give the run's locks back and stop what it started."""
        self.run.close()


def make_plugin(config: pytest.Config) -> EnginePlugin:
    """The plugin for this process: the controller, or a worker of pytest-xdist that is told what was found.

    :raises pytest.UsageError: when a required engine is absent.
    """
    sent: Mapping[str, t.Any] = getattr(config, "workerinput", {})
    if sent:
        found = {name: engines.Found(*values) for name, values in sent["found"].items()}
        return EnginePlugin(found, sent["run_id"])
    try:
        controller = EngineController()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if absent := controller.absent():
        controller.run.close()
        raise pytest.UsageError("\n".join(["REQUIRE_ENGINES names an engine that is absent.", *absent]))
    return controller
