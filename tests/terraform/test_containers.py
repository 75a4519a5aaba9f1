"""A task in a container, applied and run: what it is given, what its end means, and that no right of whoever starts it is idle."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

import polars as pl
import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.workflow.hcl import state_machine_text
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Pipeline, Provider
from glacier_runtime.config import AwsConfig
from tests.terraform import emulator
from tests.terraform.exits import IMAGE, Applied, applied_root, lay_image, network
from tests.terraform.lacking import names_of, role_without, workflow_rights, workflow_without
from tests.terraform.roots import lay_out

pytestmark = pytest.mark.slow


class Numbers(BaseModel):
    """A number of a day."""

    day: date


def numbers() -> Pipeline:
    """One task in a container, which is tried twice more."""
    provider = Provider(config=AwsConfig(region=emulator.REGION))
    made = Dataset("made", storage=provider.bucket("lake").at("made.parquet"))

    @provider.container(image=IMAGE, cpu=0.25, memory_mib=512, timeout_s=30).task(retries=2)
    def rank() -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [1]})

    return Pipeline(name="numbers", tasks=[rank])


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    images = tmp_path_factory.mktemp("images")
    folder = lay_out(tmp_path_factory.mktemp("applied"), "containers")

    def told(ours: Applied) -> dict[str, object]:
        return {"image": IMAGE, "network": network(ours)}

    with applied_root(folder, numbers(), lay_image(images), told, images) as found:
        yield found


def numbers_of_days() -> Pipeline:
    """The same, for one day each time."""
    provider = Provider(config=AwsConfig(region=emulator.REGION))
    storage = provider.bucket("lake").at("made/")
    made = Dataset("made", storage=storage, schema=Numbers, partition_by="day")
    container = provider.container(image=IMAGE, cpu=0.25, memory_mib=512, timeout_s=30)

    @container.task
    def rank(day: Partition[date]) -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"day": [day]})

    return Pipeline(name="numbers", tasks=[rank])


def test_a_container_is_given_what_the_run_says(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 0)

    assert said["status"] == "SUCCEEDED"
    assert seen == [
        {
            "--task": "rank",
            "--timeout-s": "30",
            "--run-id": said["name"],
            "--logical-date": "2026-01-05T05:00:00Z",
            "--params": '{"exits":[0]}',
            "environment": {"GLACIER_CLOUD": "aws", "GLACIER_TASK": "rank"},
            "beside": [],
        }
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [(65, "Refused"), (70, "TaskFailed"), (75, "TryAgain"), (1, "TaskFailed"), (139, "TaskFailed")],
)
def test_an_exit_code_is_an_error_by_name_that_says_where_the_log_is(
    applied: Applied, code: int, error: str
) -> None:
    said, _ = applied.run(applied.impatient, code)

    assert (said["status"], said["error"]) == ("FAILED", error)
    assert said["cause"].startswith("task rank: ")
    stream = said["cause"].rpartition(" ")[2]
    assert f"its log is {applied.log_group}, " in said["cause"]
    logs = applied.client("logs")
    (line,) = logs.get_log_events(logGroupName=applied.log_group, logStreamName=stream)["events"]
    assert line["message"] == "it says something"


def test_it_is_tried_again_as_often_as_it_declares(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 70, 0)

    assert said["status"] == "SUCCEEDED"
    assert len(seen) == 2


def test_what_is_refused_is_not_tried_again(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 65, 0)

    assert (said["status"], said["error"]) == ("FAILED", "Refused")
    assert len(seen) == 1


def test_a_container_runs_for_each_key_and_says_of_which_it_failed(applied: Applied) -> None:
    machine = made_for_days(applied)
    days = ["day=2026-01-01", "day=2026-01-02"]

    said, seen = applied.run(machine, 0, 0, partitions={"day": days})
    failed, _ = applied.run(machine, 65, partitions={"day": days[1:]})

    assert said["status"] == "SUCCEEDED"
    assert sorted(line["--partition"] for line in seen) == days
    assert (failed["status"], failed["error"]) == ("FAILED", "Refused")
    assert failed["cause"].startswith("task rank: day=2026-01-02: exit code 65: its log is ")


def made_for_days(applied: Applied) -> str:
    """Make the workflow of the tasks of days, that starts the same containers by the same role; return its ARN."""
    states = applied.client("stepfunctions")
    described = states.describe_state_machine(stateMachineArn=applied.impatient)
    text = state_machine_text(make_plan(numbers_of_days().manifest))
    generated = state_machine_text(make_plan(numbers().manifest))
    for name, value in filled_in(generated, json.loads(described["definition"])).items():
        text = text.replace(f"${{{name}}}", value)
    made = states.create_state_machine(
        name="of-days", definition=text, roleArn=described["roleArn"]
    )
    return str(made["stateMachineArn"])


def filled_in(generated: str, definition: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands for each placeholder of a generated text in what Terraform made of it."""
    found: dict[str, str] = {}

    def compare(before: Any, after: Any) -> None:
        if isinstance(before, dict):
            for key in before.keys() & after.keys():
                compare(before[key], after[key])
        elif isinstance(before, list):
            for one, other in zip(before, after, strict=True):
                compare(one, other)
        elif isinstance(before, str) and "${" in before:
            names = re.findall(r"\$\{([^}]*)\}", before)
            pattern = "(.*)".join(map(re.escape, re.split(r"\$\{[^}]*\}", before)))
            match = re.fullmatch(pattern, after)
            assert match is not None, (before, after)
            found.update(zip(names, match.groups(), strict=True))

    compare(json.loads(generated), definition)
    return found


STARTS = ("RunContainers", "FollowContainers", "GiveRolesToContainers", "HearOfContainers")
EXECUTION = ("WriteLogOfTask", "FetchImage", "SignInToRegistry")


@pytest.mark.parametrize("sid", STARTS)
def test_the_workflow_does_without_no_right_that_it_has_to_start_it(
    applied: Applied, sid: str
) -> None:
    assert names_of(workflow_rights(applied)[1]) == set(STARTS)

    with workflow_without(applied, sid):
        said, _ = applied.run(applied.impatient, 0)

    assert said["status"] == "FAILED"
    assert "not authorized" in said["cause"]


@pytest.mark.parametrize("sid", EXECUTION)
def test_what_starts_it_does_without_no_right_that_it_has(applied: Applied, sid: str) -> None:
    with role_without(applied, "numbers-rank.execution", "execution", sid) as had:
        said, seen = applied.run(applied.impatient, 0)

    assert had == set(EXECUTION)
    # No container was ever there, so another attempt may help.
    assert (said["status"], said["error"]) == ("FAILED", "TryAgain")
    assert "ResourceInitializationError: numbers-rank.execution may not" in said["cause"]
    assert seen == []
