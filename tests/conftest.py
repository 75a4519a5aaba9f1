"""Nothing is skipped in CI: a skip there means that CI did not install what a test needs."""

import os

import pytest

_SKIPPED: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _SKIPPED.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _SKIPPED and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _SKIPPED and os.environ.get("CI") == "true":
        terminalreporter.section("skipped in CI, which installs everything")
        for nodeid in _SKIPPED:
            terminalreporter.line(nodeid, red=True)
