"""Nothing is skipped in CI: a skip there means that CI did not install what a test needs. Long tests are left out unless asked for."""

import os
from pathlib import Path

import pytest

_SKIPPED: list[str] = []
_TESTS = Path(__file__).parent
_SHARING_FOLDERS = frozenset({"artefacts", "end_to_end", "stores", "terraform"})
_SHARING_NOTHING = frozenset({"test_rendered_project.py"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="also run the tests that take many minutes"
    )


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        left_out = [item for item in items if "long" in item.keywords]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if "long" not in item.keywords]
    for item in items:
        if item.path.name not in _SHARING_NOTHING:
            item.add_marker(pytest.mark.xdist_group(_shares(item)))
    items.sort(key=lambda item: "slow" not in item.keywords)  # or one worker ends minutes later


def _shares(item: pytest.Item) -> str:
    """Name what a test shares with others, which then run in one worker, so that it is made once."""
    folder = item.path.relative_to(_TESTS).parts[0]
    return folder if folder in _SHARING_FOLDERS else str(item.path.relative_to(_TESTS))


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
