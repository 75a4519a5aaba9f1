"""Runs of a deployed workflow, as people ask for them from Python."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from glacier_runtime import AwsExecutor, Provider
from glacier_runtime.cloud_runs.aws.deployed_code import CodeWarning
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import CloudError, Code, ExecutionError
from glacier_runtime.execution.events import Event, GroupFinished, GroupStarted
from glacier_runtime.history import find_run
from glacier_runtime.history.reading import unfinished
from tests.cloud_runs.accounts import ARN, Workshop, refusal, shop


def executor(**asked: object) -> AwsExecutor:
    return AwsExecutor("eu-central-1", state_machine=ARN, **asked)  # type: ignore[arg-type]


def test_a_run_ends_with_what_it_made_as_one_here_does(workshop: Workshop) -> None:
    events: list[Event] = []

    result = executor(observer=events.append).run(workshop.pipeline, {"rows": 5})

    assert [(made.rows, made.version) for made in result.datasets.values()] == [(5, 1), (5, 1)]
    assert result.collect()["n"].to_list() == [0, 2, 4, 6, 8]
    assert str(result["doubled"].address).endswith("lake/doubled.parquet")
    assert [group.group.label for group in result.groups] == ["count", "double"]
    told = [type(event) for event in events]
    assert told.count(GroupStarted) == told.count(GroupFinished) == 2


def test_a_run_is_in_the_history_with_its_times_and_what_it_made(workshop: Workshop) -> None:
    result = executor().run(workshop.pipeline)

    record = find_run(workshop.root, result.run)
    assert (record.status, record.params) == ("done", {"rows": 3, "least": 0})
    assert record.execution == f"{ARN.replace(':stateMachine:', ':execution:')}:{result.run}"
    assert [(g.tasks, g.outcome, g.seconds) for g in record.groups] == [
        (("count",), "ran", 2.0),
        (("double",), "ran", 2.0),
    ]
    assert record.started_at == datetime(2026, 1, 31, 5, tzinfo=UTC)
    assert {name: made.rows for name, made in record.datasets.items()} == {
        "numbers": 3,
        "doubled": 3,
    }


def test_what_was_current_is_told_so(workshop: Workshop) -> None:
    executor().run(workshop.pipeline)

    again = executor().run(workshop.pipeline)

    assert [made.is_current for made in again.datasets.values()] == [True, True]
    assert again.groups == ()
    assert [decision.runs for decision in again.decisions] == [False, False]


def test_a_task_that_failed_is_told_as_here_with_its_log(workshop: Workshop) -> None:
    with pytest.raises(ExecutionError, match=r"GLC601 task 'count' .*3 are too few") as caught:
        executor(run_id="r1").run(workshop.pipeline, {"least": 4})

    (problem,) = caught.value.problems
    assert problem.task == "count"
    (note,) = caught.value.__notes__
    assert note.splitlines()[:3] == [
        "the log of task count:",
        "task count of r1 begins",
        "the way to",
    ]
    record = find_run(workshop.root, "r1")
    assert record.status == "failed"
    assert [outcome.outcome for outcome in record.tasks] == ["failed", "not reached"]


def test_who_stops_following_is_told_that_the_run_goes_on_and_can_follow_it_later(
    workshop: Workshop,
) -> None:
    asked = 0

    def interrupt() -> None:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise KeyboardInterrupt

    workshop.aws.interrupt = interrupt
    with pytest.raises(KeyboardInterrupt) as caught:
        executor(run_id="r1").run(workshop.pipeline)

    assert "run r1 goes on in the cloud: `glacier runs follow r1`" in str(caught.value)
    left = find_run(workshop.root, "r1")
    assert (left.status, "glacier runs follow r1" in left.note) == ("unknown", True)
    assert unfinished(workshop.root, "shop") is None  # `--resume` is not for it

    result = executor().follow(workshop.pipeline, "r1")

    assert result["doubled"].rows == 3
    assert find_run(workshop.root, "r1").status == "done"
    assert [line.partition(" ")[0] for line in workshop.aws.asked] == ["start"]


def test_a_run_of_one_id_starts_once(workshop: Workshop) -> None:
    first = executor(run_id="nightly").run(workshop.pipeline)
    second = executor(run_id="nightly").run(workshop.pipeline)

    assert second.run == first.run
    assert second["numbers"].version == first["numbers"].version == 1
    with pytest.raises(CloudError, match="GLC628 a run 'nightly' of shop exists, and was asked"):
        executor(run_id="nightly").run(workshop.pipeline, {"rows": 9})


def test_a_run_may_be_started_and_left(workshop: Workshop) -> None:
    started = executor(run_id="r1").start(workshop.pipeline, {"rows": 2})

    assert (started.run, started.is_new) == ("r1", True)
    assert started.execution in str(started.page)
    assert workshop.aws.asked == ['start r1 {"params": {"rows": 2, "least": 0}}']
    assert executor().follow(workshop.pipeline, started.execution)["numbers"].rows == 2


def test_a_run_can_be_stopped_and_says_so_to_who_follows_it(workshop: Workshop) -> None:
    workshop.aws.stuck = True
    started = executor(run_id="r1").start(workshop.pipeline)

    assert executor().stop(started.execution)
    assert not executor().stop(started.execution)

    with pytest.raises(CloudError, match="GLC638 run r1 was stopped in the cloud: Stopped"):
        executor().follow(workshop.pipeline, "r1")


def test_what_the_workflow_cannot_do_is_refused_at_once_and_all_of_it(workshop: Workshop) -> None:
    with pytest.raises(CloudError) as caught:
        executor(only=["count"], force=True).run(shop(local=True))

    text = str(caught.value)
    assert caught.value.codes == ("GLC628",) * 2
    assert "knows no --only and no --from" in text
    assert "knows no --force" in text
    assert text.count("--hybrid") == 2
    assert workshop.aws.asked == []


def test_a_workflow_that_takes_force_is_given_it(workshop: Workshop) -> None:
    workshop.aws.takes = ("params", "logical_date", "force")
    executor().run(workshop.pipeline)

    assert executor(force=True).run(workshop.pipeline)["numbers"].version == 2


def test_a_logical_date_reaches_the_tasks(workshop: Workshop) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)

    executor(run_id="r1", logical_date=moment).run(workshop.pipeline)

    assert '"logical_date": "2026-01-02T00:00:00+00:00"' in workshop.aws.asked[0]


def test_an_id_that_step_functions_or_tasks_would_refuse_is_refused_here(
    workshop: Workshop,
) -> None:
    with pytest.raises(CloudError, match="GLC628 run id 'a b'"):
        executor(run_id="a b").run(workshop.pipeline)


@pytest.mark.usefixtures("workshop")
def test_a_pipeline_that_is_not_deployed_is_told_so() -> None:
    elsewhere = AwsExecutor("eu-central-1", state_machine=ARN.replace("shop", "none"))

    with pytest.raises(CloudError, match=r"GLC635 nothing is deployed as arn:.*:none"):
        elsewhere.run(shop())


def test_a_run_that_nobody_knows_is_told_so(workshop: Workshop) -> None:
    with pytest.raises(CloudError, match="GLC616 AWS knows no run"):
        executor().follow(workshop.pipeline, "r9")


def test_other_tasks_than_those_deployed_are_warned_of(workshop: Workshop) -> None:
    count, double = workshop.pipeline.tasks
    workshop.aws.pipeline.tasks = (count,)

    with pytest.warns(CodeWarning, match="GLC639 the deployed workflow shop lacks double"):
        result = executor().run(workshop.pipeline)

    assert [dataset.name for dataset in result] == ["numbers"]
    assert double.name == "double"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("ExpiredTokenException", Code.CLOUD_DENIED),
        ("AccessDeniedException", Code.CLOUD_DENIED),
        ("ThrottlingException", Code.CLOUD_UNREACHABLE),
    ],
)
def test_who_may_not_is_told_so(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, kind: str, code: Code
) -> None:
    def refuse(**_asked: object) -> None:
        raise refusal(kind)

    monkeypatch.setattr(workshop.aws, "describe_state_machine", refuse)

    with pytest.raises(CloudError) as caught:
        executor().run(workshop.pipeline)

    assert caught.value.codes == (code.code,)
    assert kind in str(caught.value)


def test_a_run_that_may_no_longer_be_followed_goes_on(workshop: Workshop) -> None:
    def refuse() -> None:
        raise refusal("AccessDeniedException")

    workshop.aws.interrupt = refuse

    with pytest.raises(CloudError, match="AccessDenied") as caught:
        executor(run_id="r1").run(workshop.pipeline)

    assert "run r1 goes on in the cloud" in caught.value.problems[0].fix


def test_a_hybrid_run_does_local_tasks_here_and_has_the_others_done(workshop: Workshop) -> None:
    result = executor(hybrid=True, run_id="r1").run(shop(local=True), {"rows": 4})

    assert workshop.aws.asked == ["invoke shop-double attempt 0"]
    assert result.collect()["n"].to_list() == [0, 2, 4, 6]
    record = find_run(workshop.root, "r1")
    assert (record.status, record.execution) == ("done", None)


@pytest.mark.usefixtures("workshop")
def test_a_hybrid_run_takes_some_tasks_and_forces_them() -> None:
    pipeline = shop(local=True)
    executor(hybrid=True).run(pipeline)

    result = executor(hybrid=True, only=["double"], force=True).run(pipeline)

    assert {dataset.name: made.version for dataset, made in result.items()} == {"doubled": 2}


def test_a_hybrid_run_that_fails_here_says_why_and_invokes_nothing(workshop: Workshop) -> None:
    with pytest.raises(ExecutionError, match="GLC601 task 'count' failed"):
        executor(hybrid=True).run(shop(local=True), {"least": 4})

    assert workshop.aws.asked == []


def test_a_hybrid_run_retries_what_is_nobodys_fault(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = workshop.aws.invoke
    tried: list[int] = []

    def invoke(**asked: object) -> dict[str, object]:
        tried.append(len(tried))
        if len(tried) < 3:
            raise refusal("ThrottlingException")
        return whole(**asked)  # type: ignore[arg-type]

    monkeypatch.setattr(workshop.aws, "invoke", invoke)

    result = executor(hybrid=True).run(shop(local=True))

    assert tried == [0, 1, 2]
    assert result["doubled"].rows == 3


def test_a_hybrid_run_refuses_data_that_is_not_shared(workshop: Workshop) -> None:
    with pytest.raises(CloudError) as caught:
        executor(hybrid=True).run(shop(Provider(config=LocalConfig())))

    assert set(caught.value.codes) == {"GLC628"}
    assert "through a folder of this machine" in str(caught.value)
    assert workshop.aws.asked == []


def test_without_boto3_it_is_said_how_to_get_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(CloudError, match=r"GLC629 .*\n.*glacier-runtime\[aws\]"):
        executor(root=root).run(shop())


def test_a_workflow_is_found_by_the_name_of_its_pipeline(workshop: Workshop) -> None:
    assert AwsExecutor().run(workshop.pipeline)["numbers"].rows == 3


def test_credentials_of_another_account_are_refused(workshop: Workshop) -> None:
    with pytest.raises(CloudError, match="GLC636 the credentials here are of account 123456789012"):
        AwsExecutor(account_id="999999999999").run(workshop.pipeline)


@pytest.fixture
def built(workshop: Workshop) -> Workshop:
    """A module of the project that is loaded, built and deployed as it is."""
    code, archive = workshop.root / "shop_tasks.py", workshop.root / "build" / "shop.zip"
    code.write_text("ROWS = 3\n", encoding="utf-8")
    for folder in ("build", "infra"):
        (workshop.root / folder).mkdir()
    with ZipFile(archive, "w") as file:
        file.write(code, "shop_tasks.py")
    digest = sha256(archive.read_bytes())
    settings = {"code": {"archive": "../build/shop.zip", "sha256": digest.hexdigest()}}
    (workshop.root / "infra" / "code.auto.tfvars.json").write_text(json.dumps(settings))
    workshop.aws.code = b64encode(digest.digest()).decode()
    return workshop


@pytest.fixture
def loaded(built: Workshop, monkeypatch: pytest.MonkeyPatch) -> Path:
    module = ModuleType("shop_tasks")
    module.__file__ = str(built.root / "shop_tasks.py")
    monkeypatch.setitem(sys.modules, "shop_tasks", module)
    return built.root / "shop_tasks.py"


@pytest.mark.usefixtures("loaded")
def test_code_that_is_deployed_as_it_is_here_needs_no_word(built: Workshop) -> None:
    executor().run(built.pipeline)  # a warning would be an error


def test_code_that_changed_since_it_was_built_is_warned_of(built: Workshop, loaded: Path) -> None:
    loaded.write_text("ROWS = 4\n", encoding="utf-8")

    with pytest.warns(CodeWarning, match=r"changed since shop was built .*: shop_tasks\.py"):
        executor().run(built.pipeline)


@pytest.mark.usefixtures("loaded")
def test_another_archive_than_the_one_that_was_built_here_is_warned_of(built: Workshop) -> None:
    built.aws.code = "of somebody else"

    with pytest.warns(CodeWarning, match="deployed as shop is not what was built here last"):
        executor().run(built.pipeline)
