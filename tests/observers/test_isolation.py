"""Observers are switched on by name, told everything in order, and cannot do a run any harm."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from glacier_runtime.errors import Code, Problem, ProjectError
from glacier_runtime.execution.events import GroupStarted, RunFailed, RunFinished
from glacier_runtime.execution.fusion import group_tasks
from glacier_runtime.history.log import RunLog
from glacier_runtime.history.observing import Observers, wanted_observers
from glacier_runtime.history.reading import recent_runs
from glacier_runtime.project import read_project
from tests.history.recorded import execute, numbers_pipeline, quiet, started
from tests.observers.conftest import Install

WATCHERS = """
import threading, time
told, threads = [], set()

class Loud:
    def __call__(self, event):
        told.append(event)
        threads.add(threading.current_thread().name)
    def close(self):
        told.append("closed")

def plain():
    return told.append

class Clumsy:
    calls = 0
    def __call__(self, event):
        Clumsy.calls += 1
        if event.event == "group_started":
            raise RuntimeError("tripped")

class Dying:
    def __call__(self, event):
        raise SystemExit(3)

class Slow:
    def __call__(self, event):
        time.sleep(60)

class Unborn:
    def __init__(self):
        raise ValueError("no settings")
"""


def watched(root: Path, *names: str, **params: object) -> list[Problem]:
    told: list[Problem] = []
    log = RunLog(root, observers=names, beside_data=False, warn=told.append)
    result = execute(numbers_pipeline(root), root, log, **params)
    assert result["doubled"].rows == 3
    assert recent_runs(root).runs[0].status == "done"
    return told


def test_an_observer_is_told_everything_in_order_by_one_thread(
    install: Install, tmp_path: Path
) -> None:
    install({"watchers": WATCHERS}, loud="watchers:Loud")
    assert watched(tmp_path, "loud") == []
    module = sys.modules["watchers"]
    assert [getattr(event, "event", event) for event in module.told] == [
        "run_started",
        *["group_started", "group_finished"] * 2,
        "run_finished",
        "closed",
    ]
    assert module.threads == {"glacier-observer-loud"}
    assert module.told[0].pipeline == "doubling"


def test_a_function_that_returns_one_is_an_observer_too(install: Install, tmp_path: Path) -> None:
    install({"watchers": WATCHERS}, plain="watchers:plain")
    assert watched(tmp_path, "plain") == []
    assert len(sys.modules["watchers"].told) == 6


def test_one_that_raises_is_a_warning_and_told_no_more(install: Install, tmp_path: Path) -> None:
    install({"watchers": WATCHERS}, clumsy="watchers:Clumsy", loud="watchers:Loud")
    [problem] = watched(tmp_path, "clumsy", "loud")
    assert problem.code is Code.OBSERVER_FAILED
    assert "'clumsy' raised RuntimeError when told of group_started" in problem.message
    assert "tripped" in problem.message
    assert sys.modules["watchers"].Clumsy.calls == 2
    assert len(sys.modules["watchers"].told) == 7


@pytest.mark.parametrize(
    ("observer", "fault"),
    [
        ("Dying", "raised SystemExit when told of run_started"),
        ("Unborn", "raised ValueError when being loaded"),
        ("Absent", "raised AttributeError when being loaded"),
    ],
)
def test_whatever_one_does_the_run_goes_on(
    observer: str, fault: str, install: Install, tmp_path: Path
) -> None:
    install({"watchers": WATCHERS}, bad=f"watchers:{observer}")
    [problem] = watched(tmp_path, "bad")
    assert fault in problem.message


def test_one_that_hangs_costs_a_run_no_more_than_its_patience(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install({"watchers": WATCHERS}, slow="watchers:Slow", slower="watchers:Slow")
    monkeypatch.setattr(Observers.close, "__defaults__", (0.4,))
    before_s = time.monotonic()
    problems = watched(tmp_path, "slow", "slower")
    assert time.monotonic() - before_s < 5
    assert [problem.code for problem in problems] == [Code.OBSERVER_FAILED] * 2
    assert "was not done 0.4 s after the run, when told of run_started" in problems[0].message


def test_a_slow_one_does_not_slow_the_run(install: Install, tmp_path: Path) -> None:
    install({"watchers": WATCHERS}, slow="watchers:Slow")
    told: list[Problem] = []
    log = RunLog(tmp_path, observers=("slow",), beside_data=False, warn=told.append)
    pipeline = numbers_pipeline(tmp_path)
    group = group_tasks(pipeline.graph)[0]
    before_s = time.monotonic()
    log(started(pipeline, "r1"))
    for attempt in range(1, 1001):
        log(GroupStarted(group, attempt))
    assert time.monotonic() - before_s < 5  # the first of these keeps it busy for a minute
    assert told == []


def test_one_that_is_not_installed_is_a_warning_that_names_those_that_are(
    install: Install, tmp_path: Path
) -> None:
    install({"watchers": WATCHERS}, loud="watchers:Loud")
    [problem] = watched(tmp_path, "lous")
    assert problem.code is Code.OBSERVER_UNKNOWN
    assert "'lous'" in problem.message
    assert "loud" in problem.fix


def test_one_whose_library_is_missing_says_what_to_install(
    install: Install, tmp_path: Path
) -> None:
    install({"watchers": "import no_such_library"}, mine="watchers:Loud")
    [problem] = watched(tmp_path, "mine")
    assert problem.code is Code.OBSERVER_FAILED
    assert "'mine' needs 'no_such_library', which is not installed" in problem.message


def test_a_failed_run_is_told_to_its_end(install: Install, tmp_path: Path) -> None:
    install({"watchers": WATCHERS}, loud="watchers:Loud")
    with RunLog(tmp_path, observers=("loud",), beside_data=False) as log:
        log(started(numbers_pipeline(tmp_path), "r1"))
        log(RunFailed("r1", 1.0, KeyboardInterrupt()))
    assert [getattr(e, "event", e) for e in sys.modules["watchers"].told][1:] == [
        "run_failed",
        "closed",
    ]


def project(root: Path, text: str) -> Path:
    (root / "pyproject.toml").write_text(f"[tool.glacier]\n{text}\n")
    return root


def test_the_project_says_which_observers_there_are(tmp_path: Path) -> None:
    root = project(tmp_path, 'observers = ["openlineage", "mine"]')
    assert read_project(root).observers == ("openlineage", "mine")
    assert wanted_observers(root) == ("openlineage", "mine")


@pytest.mark.parametrize(
    ("given", "wanted"), [("mine", ("mine",)), (" a, b,,a ", ("a", "b")), ("", ())]
)
def test_the_environment_says_it_instead(
    given: str, wanted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = project(tmp_path, 'observers = ["openlineage"]')
    monkeypatch.setenv("GLACIER_OBSERVERS", given)
    assert wanted_observers(root) == wanted


@pytest.mark.parametrize("said", ['observers = "mine"', "observers = [1]"])
def test_observers_that_are_no_list_of_names_are_refused(said: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"GLC704 .* observers is .*, not a list of names"):
        read_project(project(tmp_path, said))


def test_a_project_that_cannot_be_read_is_a_warning_to_a_run(tmp_path: Path) -> None:
    told: list[Problem] = []
    with quiet(project(tmp_path, "observers = 7"), told, observers=None) as log:
        log(started(numbers_pipeline(tmp_path), "r1"))
        log(RunFinished("r1", 1.0))
    assert [problem.code for problem in told] == [Code.BAD_PROJECT]
    assert recent_runs(tmp_path).runs[0].status == "done"
