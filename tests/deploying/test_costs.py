"""What a month costs: a range with its assumptions, and what is not in it, by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.deploying import costs
from glacier_generators.deploying.costs import Estimate, estimate
from glacier_generators.deploying.plan_reading import Resource
from glacier_generators.deploying.prices import read_prices
from glacier_generators.deploying.schedules import starts_per_month
from glacier_generators.deploying.workflows import transitions

from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import ArrivalEntry, Manifest, ScheduleEntry
from tests.generators.pipelines import manifest_of

MACHINE = "aws_sfn_state_machine"
MODULES = Path(costs.__file__).parents[1] / "terraform" / "aws" / "modules"
GOLDEN = Path(__file__).parents[1] / "generators" / "golden"
SECOND = 0.0000166667
DAILY = manifest_of("diamond").model_copy(
    update={"schedule": ScheduleEntry(expression="0 5 * * *", timezone="UTC")}
)


def function(**values: Any) -> Resource:
    said = {"memory_size": 1024, "timeout": 300, "architectures": ["x86_64"]}
    return Resource(
        "module.task_clean.aws_lambda_function.this", "aws_lambda_function", said | values
    )


def cost(*resources: Resource, own: Path | None = None, manifest: Manifest = DAILY) -> Estimate:
    return estimate(resources, manifest, read_prices("aws", own))


def lines(found: Estimate) -> Mapping[str, tuple[float, float]]:
    return {line.what: (line.low, line.high) for line in found.lines}


def test_a_function_costs_from_a_second_to_its_time_limit() -> None:
    found = cost(function())

    low, high = lines(found)["functions"]
    runs = 365.25 / 12
    assert low == pytest.approx(runs * (1 * SECOND + 2e-7))
    assert high == pytest.approx(runs * (300 * SECOND + 2e-7))
    assert found.low <= found.high
    assert (
        "each task takes from 1 s to its whole time limit, and is not retried" in found.assumptions
    )


def test_half_the_memory_is_half_the_price_and_arm_costs_less() -> None:
    whole, half = (lines(cost(function(memory_size=size)))["functions"][1] for size in (2048, 1024))
    arm = lines(cost(function(memory_size=2048, architectures=["arm64"])))["functions"][1]

    assert whole / half == pytest.approx(2, rel=1e-3)
    assert arm / whole == pytest.approx(0.8, rel=1e-3)


def test_without_a_schedule_nothing_runs_and_that_is_said() -> None:
    unscheduled = DAILY.model_copy(update={"schedule": None})

    found = cost(function(), manifest=unscheduled)

    assert (found.low, found.high) == (0, 0)
    assert "0 runs a month, for there is no schedule" in found.assumptions


def test_how_often_files_start_runs_only_who_deploys_knows() -> None:
    arrival = ArrivalEntry(dataset="orders", timezone="UTC")
    arriving = DAILY.model_copy(update={"schedule": None, "arrival": arrival})

    found = cost(function(), manifest=arriving)

    why = "nobody knows how often files arrive: runs_per_month says it"
    assert f"0 runs a month, for {why}" in found.assumptions
    assert any(line.startswith("runs that files start") for line in found.unknown)


def test_what_has_no_price_is_named_and_not_guessed() -> None:
    found = cost(function(), Resource("aws_nat_gateway.mine", "aws_nat_gateway", {}))

    assert "1 of aws_nat_gateway: no price is known" in found.unknown
    assert any(line.startswith("data stored in buckets") for line in found.unknown)
    assert any("eu-central-1" in line for line in found.unknown)


def test_of_all_that_our_modules_make_the_price_is_known_or_nothing() -> None:
    kinds = {
        kind
        for file in MODULES.glob("*/*.tf")
        for kind in re.findall(r'^resource "(\w+)"', file.read_text(), re.MULTILINE)
    }

    found = cost(*(Resource(f"{kind}.it", kind, {}) for kind in kinds))

    assert len(kinds) > 15
    assert not [line for line in found.unknown if line.endswith("no price is known")]


def test_a_run_that_succeeds_does_not_pay_for_who_tells_of_failures() -> None:
    definition = '{"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}'
    workflow, starter, teller = (
        Resource(f"module.{it}.{MACHINE}.this", MACHINE, {"definition": definition})
        for it in ("workflow", "starter", "stopped_runs")
    )

    assert lines(cost(workflow, starter, teller)) == lines(cost(workflow, starter))
    assert lines(cost(workflow, starter)) != lines(cost(workflow))


def test_what_stands_costs_whether_it_is_used_or_not() -> None:
    secrets = [Resource(f"s{n}", "aws_secretsmanager_secret", {}) for n in range(3)]

    assert lines(cost(*secrets))["3 of aws_secretsmanager_secret"] == pytest.approx((1.2, 1.2))


def test_a_file_of_ones_own_counts_in_place_of_what_comes_along(tmp_path: Path) -> None:
    own = tmp_path / "costs.toml"
    own.write_text("""
        region = "eu-central-1"
        [use]
        lambda_gb_second = 1.0
        lambda_request = 0
        [month]
        aws_nat_gateway = 38.0
        [assumptions]
        runs_per_month = 2
        seconds_of_task.clean = [10, 20]
        stored_gb = [100]
    """)

    found = cost(function(), Resource("n", "aws_nat_gateway", {}), own=own)

    assert lines(found)["functions"] == pytest.approx((20, 40))
    assert lines(found)["1 of aws_nat_gateway"] == (38, 38)
    assert lines(found)["data in buckets"] == pytest.approx((2.3, 2.3))
    assert not [line for line in found.unknown if "nat_gateway" in line or "stored" in line]
    assert "2 runs a month, as given" in found.assumptions


def test_everything_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    own = tmp_path / "costs.toml"
    own.write_text("[use]\nlambda_gb_second = -1\n[assumptions]\nruns_per_year = 3\n")

    with pytest.raises(GenerationError) as caught:
        read_prices("aws", own)

    assert caught.value.codes == ("GLC815", "GLC815")
    assert "lambda_gb_second" in str(caught.value)
    assert "runs_per_year" in str(caught.value)


@pytest.mark.parametrize("text", ["no toml", None])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str | None) -> None:
    own = tmp_path / "costs.toml"
    if text is not None:
        own.write_text(text)

    with pytest.raises(GenerationError, match=r"GLC815.*costs\.toml"):
        read_prices("aws", own)


def test_every_price_says_who_says_so_and_the_table_says_when() -> None:
    prices = read_prices("aws")

    assert prices.as_of.year >= 2026
    for price in (*prices.use.values(), *prices.month.values()):
        assert price.source.startswith("https://aws.amazon.com/")


@pytest.mark.parametrize(
    ("expression", "starts"),
    [
        ("0 5 * * *", 365.25 / 12),
        ("*/15 * * * *", 4 * 24 * 365.25 / 12),
        ("0 0 1 * *", 1),
        ("30 4 29 2 *", 7 / (28 * 12)),
        ("0 0 * * 0", 365.25 / 12 / 7),
        ("0 0 * * 7", 365.25 / 12 / 7),
        ("0 0 13 * 5", (12 * 28 + 28 * 365.25 / 7 - 48) / (28 * 12)),
    ],
)
def test_a_schedule_starts_so_often(expression: str, starts: float) -> None:
    assert starts_per_month(expression) == pytest.approx(starts, rel=0.01)


def test_a_run_takes_as_many_steps_as_it_enters_states() -> None:
    text = (GOLDEN / "diamond" / "infra" / "workflow.asl.json").read_text(encoding="utf-8")
    states: list[str] = []

    def collect(machine: Mapping[str, Any]) -> None:
        # What is only reached by a failure is no step of a run that succeeds.
        caught = {
            it["Next"] for state in machine["States"].values() for it in state.get("Catch", ())
        }
        for name, state in machine["States"].items():
            if name not in caught and state["Type"] != "Fail":
                states.append(name)
            for branch in state.get("Branches", ()):
                collect(branch)

    collect(json.loads(text))
    least, most = transitions(text)

    assert least == most == len(states) + 1


def test_a_choice_is_a_range_and_a_loop_comes_to_an_end() -> None:
    machine = {
        "StartAt": "which",
        "States": {
            "which": {"Type": "Choice", "Choices": [{"Next": "wait"}], "Default": "end"},
            "wait": {"Type": "Wait", "Next": "again"},
            "again": {"Type": "Choice", "Choices": [{"Next": "wait"}], "Default": "end"},
            "end": {"Type": "Succeed"},
        },
    }

    assert transitions(json.dumps(machine)) == (3, 5)


CONTAINERS = manifest_of("containers").model_copy(
    update={"schedule": ScheduleEntry(expression="0 5 * * *", timezone="UTC")}
)


def container(**values: Any) -> Resource:
    said = {"cpu": "1024", "memory": "4096", "runtime_platform": [{"cpu_architecture": "X86_64"}]}
    kind = "aws_ecs_task_definition"
    return Resource(f"module.task_rank.{kind}.this", kind, said | values)


def containers(*resources: Resource) -> tuple[float, float]:
    return lines(cost(*resources, manifest=CONTAINERS))["containers"]


def test_a_container_costs_from_a_minute_to_its_time_limit() -> None:
    (limit,) = (it.compute.timeout_s for it in CONTAINERS.tasks if it.name == "rank")  # type: ignore[union-attr]
    hour = 1 * 0.04048 + 4 * 0.004445

    low, high = containers(container())

    runs = 365.25 / 12
    assert low == pytest.approx(runs * hour / 60)
    assert high == pytest.approx(runs * hour * limit / 3600)


def test_arm_costs_a_container_less_and_disk_beyond_what_is_free_costs_more() -> None:
    plain = containers(container())[1]
    arm = containers(container(runtime_platform=[{"cpu_architecture": "ARM64"}]))[1]
    disk = containers(container(ephemeral_storage=[{"size_in_gib": 120}]))[1]

    assert arm / plain == pytest.approx(0.8, rel=1e-2)
    assert disk / plain == pytest.approx(1 + 100 * 0.000111 / (0.04048 + 4 * 0.004445))


def test_an_interface_endpoint_costs_in_each_zone_and_that_of_s3_nothing() -> None:
    def endpoint(name: str, kind: str, **values: Any) -> Resource:
        said = {"vpc_endpoint_type": kind, **values}
        return Resource(f"module.network[0].aws_vpc_endpoint.{name}", "aws_vpc_endpoint", said)

    subnets = [
        Resource(f'module.network[0].aws_subnet.private["{zone}"]', "aws_subnet", {})
        for zone in ("a", "b")
    ]
    services = endpoint('services["logs"]', "Interface"), endpoint("s3", "Gateway")

    before = lines(cost(*subnets, *services))
    known = endpoint('services["logs"]', "Interface", subnet_ids=["subnet-1", "subnet-2"])

    assert before == lines(cost(*subnets, known))
    (price,) = (high for what, (_, high) in before.items() if "interface endpoints" in what)
    assert price == pytest.approx(2 * 0.01 * 730.5)


def test_what_containers_cost_beside_is_named() -> None:
    found = cost(Resource("module.containers.aws_ecs_cluster.this", "aws_ecs_cluster", {}))

    assert any("Container Insights" in line for line in found.unknown)
    assert not any("no price is known" in line for line in found.unknown)


CLUSTERS = manifest_of("clusters").model_copy(
    update={"schedule": ScheduleEntry(expression="0 5 * * *", timezone="UTC")}
)


def drivers(*named: str, **config: Any) -> tuple[float, float]:
    """Return what tasks on EMR cost, with something changed of their configuration."""
    tasks = tuple(
        task.model_copy(
            update={
                "compute": task.compute.model_copy(
                    update={"config": task.compute.config.model_copy(update=config)}  # type: ignore[union-attr]
                )
            }
        )
        for task in CLUSTERS.tasks
        if task.name in named
    )
    return lines(cost(manifest=CLUSTERS.model_copy(update={"tasks": tasks})))[
        "drivers on EMR Serverless"
    ]


def test_a_driver_on_emr_costs_from_a_minute_to_its_time_limit() -> None:
    hour = 4 * 0.052624 + 16 * 0.0057785

    low, high = drivers("score")

    runs = 365.25 / 12
    assert low == pytest.approx(runs * hour / 60)
    assert high == pytest.approx(runs * hour)
    assert drivers("score", "count_drawn") == pytest.approx((2 * low, 2 * high))
    assert drivers("score", architecture="ARM64")[1] / high == pytest.approx(0.8, rel=1e-2)


def test_what_emr_costs_beside_is_named() -> None:
    kind = "aws_emrserverless_application"
    found = cost(Resource(f"module.emr_7_5_0.{kind}.this", kind, {}))

    assert any("EMR Serverless takes to start" in line for line in found.unknown)
    assert not any("no price is known" in line for line in found.unknown)


def test_of_databricks_the_machine_is_counted_and_its_own_price_is_named() -> None:
    manifest = manifest_of("databricks").model_copy(
        update={"schedule": ScheduleEntry(expression="0 5 * * *", timezone="UTC")}
    )
    (task,) = (task for task in manifest.tasks if task.name == "appraise")
    (other,) = (task for task in manifest.tasks if task.name == "count_long")
    unpriced = other.compute.config.model_copy(update={"instance_type": "x2idn.16xlarge"})  # type: ignore[union-attr]
    other = other.model_copy(
        update={"compute": other.compute.model_copy(update={"config": unpriced})}
    )

    found = cost(manifest=manifest.model_copy(update={"tasks": (task, other)}))

    what = "machines of Databricks, without what it asks itself"
    use = read_prices("aws", None).use
    hour = 16 * use["ec2_m6i_gb_hour"].price
    disk = 100 * use["disk_gb_month"].price / (365.25 * 24 / 12)
    assert lines(found)[what][1] == pytest.approx(365.25 / 12 * (hour + disk))
    assert any("DBU" in line for line in found.unknown)
    assert any("no price is known of x2idn.16xlarge" in line for line in found.unknown)
    assert not any("DBU" in line for line in cost().unknown)


MACHINES = manifest_of("machines").model_copy(
    update={"schedule": ScheduleEntry(expression="0 5 * * *", timezone="UTC")}
)


def job(task: str) -> Resource:
    kind = "aws_batch_job_definition"
    return Resource(f"module.task_{task}.{kind}.this", kind, {})


def test_a_machine_costs_as_a_whole_from_a_minute_to_the_time_limit_of_its_task() -> None:
    low, high = lines(cost(job("train"), manifest=MACHINES))["machines"]

    runs, hour = 365.25 / 12, 1.008 + 30 * 0.08 / 730.5  # r6i.4xlarge, on demand, and its disk
    assert low == pytest.approx(runs * hour / 60)
    assert high == pytest.approx(runs * hour * 7200 / 3600)


def test_a_machine_of_which_no_price_is_known_is_named() -> None:
    found = cost(job("draw_all"), manifest=MACHINES)

    assert "machines" not in lines(found)
    (unpriced,) = [line for line in found.unknown if "x2idn.16xlarge" in line]
    assert unpriced.startswith("the machine of draw_all: no price is known")
    assert any("spot" in line for line in found.unknown)
    assert any("take to start" in line for line in found.unknown)
    assert not any("spot" in line for line in cost(job("rank"), manifest=CONTAINERS).unknown)


def test_a_machine_whose_name_does_not_tell_its_size_has_a_price_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "costs.toml"
    own.write_text('[use]\n"ec2_x2idn.16xlarge_hour" = 6.669\n')

    found = cost(job("draw_all"), own=own, manifest=MACHINES)

    hour = 6.669 + 500 * 0.08 / 730.5
    assert lines(found)["machines"][1] == pytest.approx(365.25 / 12 * hour)
