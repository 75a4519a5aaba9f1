"""Nothing is skipped in CI: a skip there means that CI did not install what a test needs. Long tests are left out unless asked for."""

import os

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]

# Terraform and its provider are programs of Go, which collects garbage at every doubling: at five times as much, a plan takes a quarter less.
os.environ.setdefault("GOGC", "400")

_SKIPPED: list[str] = []
_CRASHED: list[str] = []
_CRASHES = 1  # that a run of all tests outlives
_SHARING_FOLDERS = frozenset({"artefacts", "end_to_end", "stores", "terraform"})
_SHARING_NOTHING = "/test_rendered_project.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="also run the tests that take many minutes"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        left_out = [item for item in items if "long" in item.keywords]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if "long" not in item.keywords]
    items.sort(key=lambda item: "slow" not in item.keywords)  # or one worker ends minutes later


class _Sharing(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives tests that share what is dear to make to one worker: those of a file, or of a whole folder."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, _ = nodeid.partition("::")
        if path.endswith(_SHARING_NOTHING):
            return nodeid
        folder = path.removeprefix("tests/").partition("/")[0]
        return folder if folder in _SHARING_FOLDERS else path

    def remove_node(self, node: WorkerController) -> str | None:
        """Hand on what a worker that died had left to do.

        xdist hands on what it had done, too, and the next worker, with nothing of it to run, waits for ever.
        """
        work = self.assigned_work.pop(node)
        left = {scope: tests for scope, tests in work.items() if not all(tests.values())}
        if not left:
            return None
        crashed: str = next(
            name for tests in left.values() for name, is_done in tests.items() if not is_done
        )
        is_again = len(_CRASHED) < _CRASHES and crashed not in _CRASHED
        for tests in left.values():
            if crashed in tests:
                tests[crashed] = not is_again
        self.workqueue.update({s: tests for s, tests in left.items() if not all(tests.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return crashed

    def schedule(self) -> None:
        """Give every worker something to go on with: it begins a test when it knows the next, or that there is none."""
        super().schedule()
        for node in self.nodes:
            self._reschedule(node)


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport) -> None:
    """Run a test again, once, that was at work when its process died: none of our code is native, and a fault of it shows twice."""
    if len(_CRASHED) < _CRASHES and crashitem not in _CRASHED:
        report.outcome = "rerun"  # type: ignore[assignment]  # what xdist's own documentation says
    _CRASHED.append(crashitem)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _Sharing(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _SKIPPED.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _SKIPPED and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _CRASHED:
        terminalreporter.section("workers that died, by the test they were at")
        for nodeid in _CRASHED:
            terminalreporter.line(nodeid, red=True)
    if _SKIPPED and os.environ.get("CI") == "true":
        terminalreporter.section("skipped in CI, which installs everything")
        for nodeid in _SKIPPED:
            terminalreporter.line(nodeid, red=True)
