"""Secrets reach the tasks that take them, and nothing else that a run says or leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import SecretStr

from glacier_runtime import AwsTarget, Dataset, Pipeline, Provider, Secret
from glacier_runtime.errors import ExecutionError, GlacierError, ParameterError
from glacier_runtime.execution.events import Event, GroupFailed
from glacier_runtime.testing import run_pipeline, run_task
from tests.execution.local_runs import Number, lake, local, run_tasks

CANARY = 'canary/47+11 "value"'
FORMS = ("canary/47+11", "canary%2F47", "canary/47%2B11")

Token = Annotated[str, Secret("api-token")]
provider = Provider.from_env({})
rows = Dataset("rows")
more = Dataset("more")


@local.task
def fetch(token: Token) -> Annotated[pl.LazyFrame, rows]:
    return pl.LazyFrame({"n": [len(token)]})


@local.task
def push(
    given: Annotated[pl.LazyFrame, rows], key: Annotated[SecretStr, Secret("api-token")]
) -> Annotated[pl.LazyFrame, more]:
    return given.with_columns(m=pl.lit(len(key.get_secret_value())))


def hides(text: str) -> bool:
    return not any(form in text for form in FORMS)


def test_every_task_gets_the_value_as_the_type_it_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)

    result = run_tasks(tmp_path, fetch, push)

    assert result[more].collect().row(0) == (len(CANARY), len(CANARY))
    assert hides(f"{result} {result!r} {result.to_dict()}")


def test_without_its_secrets_nothing_runs_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as failure:
        run_tasks(tmp_path, fetch, push)

    assert failure.value.codes == ("GLC606",)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_task_that_tells_its_secret_is_reported_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)
    events: list[Event] = []

    @local.task(retries=1)
    def ask(token: Token) -> Annotated[pl.LazyFrame, rows]:
        message = f"401 for {token!r} at https://example.org/?key=canary%2F47%2B11%20%22value%22"
        raise ValueError(token) from ConnectionError(message)

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, ask, observer=events.append)

    shown = "".join(traceback.format_exception(failure.value))
    assert failure.value.problems[0].message == "task 'ask' failed: ValueError: ***"
    assert hides(shown + repr(failure.value))
    assert "401 for '***' at https://example.org/?key=***" in shown
    failed = [event for event in events if isinstance(event, GroupFailed)]
    assert [event.retry_in_s is None for event in failed] == [False, True]
    assert all(hides(f"{event.error} {event}") for event in failed)


def test_a_task_that_ends_the_process_with_its_secret_is_a_task_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)

    @local.task
    def leave(token: Token) -> Annotated[pl.LazyFrame, rows]:
        sys.exit(f"cannot use {token}")

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, leave)

    assert failure.value.problems[0].message == "task 'leave' failed: SystemExit: cannot use ***"


def test_a_query_that_holds_a_secret_and_fails_is_reported_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)

    @local.task
    def parse(token: Token) -> Annotated[pl.LazyFrame, rows]:
        return pl.LazyFrame({"n": [token]}).select(pl.col("n").cast(pl.Int64, strict=True))

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, parse, push)

    assert failure.value.codes == ("GLC601",)
    assert hides("".join(traceback.format_exception(failure.value)))


def test_a_failure_that_tells_no_secret_keeps_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)

    @local.task
    def divide(token: Token) -> Annotated[pl.LazyFrame, rows]:
        return pl.LazyFrame({"n": [len(token) / 0]})

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, divide)

    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_a_run_leaves_no_trace_of_a_secret_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)
    numbers = Dataset("numbers", storage=lake(tmp_path).at("numbers.parquet"), schema=Number)

    @local.task
    def count(token: Token) -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [len(token)]})

    run_tasks(tmp_path, count)

    assert files_with_a_trace(tmp_path) == []


def files_with_a_trace(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if not hides(path.read_bytes().decode("latin-1"))]


PROJECT = """
    from typing import Annotated
    import polars as pl
    from glacier_runtime import Dataset, Pipeline, Provider, Secret

    provider = Provider.from_env()
    numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))

    @provider.serverless().task
    def ask(
        token: Annotated[str, Secret("api-token")], fail: bool = False
    ) -> Annotated[pl.LazyFrame, numbers]:
        if fail:
            raise ValueError(f"no luck with {token}")
        return pl.LazyFrame({"n": [len(token)]})

    pipeline = Pipeline(name="asking", tasks=[ask])
    """


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[tool.glacier]\npipeline = "asking:pipeline"\ncloud = "aws"\n'
        '[tool.glacier.aws]\nregion = "eu-west-1"\n'
    )
    (folder / "asking.py").write_text(textwrap.dedent(PROJECT))
    return folder


def glacier(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if name != "API_TOKEN"},
        "XDG_CACHE_HOME": str(folder / "cache"),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "glacier_runtime", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run"], 0),
        (["run", "--json"], 0),
        (["run", "--explain"], 0),
        (["validate", "--json"], 0),
        (["analyze"], 0),
        (["analyze", "--json"], 0),
        (["run", "-p", "fail=true"], 1),
        (["run", "-p", "fail=true", "--json"], 1),
        (["run", "-p", "fail=true", "--traceback"], 1),
        (["graph"], 0),
        (["graph", "--json"], 0),
        (["analyze", "--static", "."], 0),
        (["analyze", "--static", ".", "--json"], 0),
        (["generate"], 0),
        (["generate", "--json"], 0),
        (["run", "-p", f"token={CANARY}"], 1),
        (["run", "-p", f"token={CANARY}", "--json"], 1),
    ],
    ids=lambda value: " ".join(value[:4]) if isinstance(value, list) else "",
)
def test_no_command_says_or_keeps_a_secret(project: Path, arguments: list[str], code: int) -> None:
    done = glacier(project, *arguments, API_TOKEN=CANARY)

    assert done.returncode == code, done.stderr
    assert hides(done.stdout + done.stderr)
    assert files_with_a_trace(project) == []
    if "fail=true" in arguments:
        assert "no luck with ***" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "variable", "code"),
    [
        (["run"], "GLACIER_PARAM_FAIL", "GLC603"),
        (["run", "--json"], "GLACIER_PARAM_TOKEN", "GLC607"),
        (["run", "--traceback"], "GLACIER_PARAM_TOKEN", "GLC607"),
        (["validate"], "GLACIER_PARAM_TOKEN", "GLC607"),
        (["validate", "--json"], "GLACIER_PARAM_TOKNE", "GLC602"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_secret_in_a_variable_for_parameters_is_refused_and_not_shown(
    project: Path, arguments: list[str], variable: str, code: str
) -> None:
    value = "true-or-not" if variable == "GLACIER_PARAM_FAIL" else CANARY

    done = glacier(project, *arguments, API_TOKEN=CANARY, **{variable: value})

    assert done.returncode == 1, done.stderr
    assert code in done.stdout + done.stderr
    assert hides(done.stdout + done.stderr)
    assert files_with_a_trace(project) == []


def test_what_python_shows_of_a_pipeline_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)
    pipeline = Pipeline(name="both", tasks=[fetch, push])
    target = AwsTarget(region="eu-west-1")
    numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))

    @provider.serverless().task
    def count(token: Token) -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [len(token)]})

    compiled = Pipeline(name="counting", tasks=[count]).compile(target)
    shown = [
        pipeline,
        pipeline.secrets,
        pipeline.manifest,
        pipeline.to_dict(),
        pipeline.visualize(),
        pipeline.validate(),
        fetch,
        fetch.signature,
        provider,
        compiled,
        compiled.files,
    ]

    assert "Secret" in str(compiled.files)
    assert [item for item in shown if not hides(f"{item} {item!r}")] == []


def test_what_a_test_is_told_of_a_failing_task_holds_none_of_its_secrets() -> None:
    @local.task(retries=1)
    def ask(token: Token) -> Annotated[pl.LazyFrame, rows]:
        raise ValueError(token) from ConnectionError(token)

    secrets = {"api-token": CANARY}
    runs: list[Callable[[], object]] = [
        lambda: run_task(ask, secrets=secrets),
        lambda: run_pipeline(Pipeline(name="asking", tasks=[ask]), secrets=secrets),
        lambda: run_task(ask, secrets={"other": CANARY}),
        lambda: run_task(ask, params={"token": CANARY}, secrets=secrets),
    ]
    for run in runs:
        with pytest.raises(GlacierError) as failure:
            run()
        frames = "".join(traceback.format_exception(failure.value))
        assert hides(frames + repr(failure.value))
    outputs = run_task(fetch, secrets=secrets)
    assert hides(f"{outputs} {outputs!r} {vars(outputs)}")


def test_a_missing_secret_is_said_with_the_way_out_and_found_in_the_file(project: Path) -> None:
    refused = glacier(project, "run")
    assert refused.returncode == 1
    assert "GLC606 secret 'api-token' has no value" in refused.stderr
    assert f"API_TOKEN=... into {project / '.env'}" in refused.stderr
    assert not (project / "data").exists()

    (project / ".env").write_text("API_TOKEN=abc\n")
    assert glacier(project, "run").returncode == 0
