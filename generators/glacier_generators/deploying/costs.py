"""What a deployment costs in a month, as a range: what is known of it, what is assumed, and what nobody can say.

Nothing is guessed: what has no price, or depends on data that is not there yet, is named and left out of the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from glacier_generators.deploying.plan_reading import Resource, part_of
from glacier_generators.deploying.prices import Prices
from glacier_generators.deploying.schedules import starts_per_month
from glacier_generators.deploying.workflows import transitions
from glacier_runtime.manifest import Manifest

__all__ = ["Cost", "Estimate", "estimate"]

# Types that cost nothing by being there; what their use costs is counted with the use, or named as unknown.
_FREE: Final = frozenset(
    {
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_log_group",
        "aws_iam_instance_profile",
        "aws_iam_openid_connect_provider",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_lambda_function",
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_s3_object",
        "aws_scheduler_schedule",
        "aws_security_group",
        "aws_sfn_state_machine",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_subnet",
        "aws_vpc",
        "terraform_data",
    }
)
_MIB_PER_GB: Final = 1024
_TELLER: Final = "module.stopped_runs"


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of an estimate, in US dollars a month."""

    what: str
    low: float
    high: float

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"what": self.what, "low": round(self.low, 4), "high": round(self.high, 4)}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a deployment costs in a month.

    Attributes:
        lines: What is in the sum.
        assumptions: What was assumed for it, in sentences.
        unknown: What is not in the sum, and why.
        prices: Where prices come from.
    """

    lines: tuple[Cost, ...]
    assumptions: tuple[str, ...]
    unknown: tuple[str, ...]
    prices: str

    @property
    def low(self) -> float:
        """The lower end, in US dollars a month."""
        return sum(line.low for line in self.lines)

    @property
    def high(self) -> float:
        """The upper end, in US dollars a month."""
        return sum(line.high for line in self.lines)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "currency": "USD",
            "per": "month",
            "lines": [line.to_dict() for line in self.lines],
            "assumptions": list(self.assumptions),
            "unknown": list(self.unknown),
            "prices": self.prices,
        }


def estimate(resources: Iterable[Resource], manifest: Manifest, prices: Prices) -> Estimate:
    """Say what resources cost in a month of the pipeline's runs.

    Args:
        resources: All resources, as they will be.
        manifest: The pipeline, for its schedule.
        prices: The prices, and what is assumed.
    """
    planned = tuple(resources)
    assumed = prices.assumptions
    scheduled = starts_per_month(manifest.schedule.expression) if manifest.schedule else 0.0
    runs = scheduled if assumed.runs_per_month is None else assumed.runs_per_month
    lines = (
        *_functions(planned, runs, prices),
        *_transitions(planned, runs, prices),
        Cost("the schedule", *2 * (scheduled * prices.use["scheduled_start"].price,)),
        *_standing(planned, prices),
        *_data(prices),
    )
    return Estimate(
        lines=tuple(line for line in lines if line.high > 0),
        assumptions=tuple(_assumptions(runs, manifest, prices)),
        unknown=tuple(_unknown(planned, manifest, prices)),
        prices=f"{prices.region}, as of {prices.as_of}, without free tiers, discounts and taxes",
    )


def _functions(resources: Iterable[Resource], runs: float, prices: Prices) -> Iterator[Cost]:
    functions = [it for it in resources if it.kind == "aws_lambda_function"]
    low = high = 0.0
    for function in functions:
        least, most = _seconds(function, prices)
        second = _price_of_second(function.values, prices)
        low, high = low + least * second, high + most * second
    requests = len(functions) * prices.use["lambda_request"].price
    yield Cost("functions", runs * (low + requests), runs * (high + requests))


def _price_of_second(function: Mapping[str, object], prices: Prices) -> float:
    architectures = function.get("architectures") or ("x86_64",)
    name = "lambda_gb_second_arm64" if "arm64" in str(architectures) else "lambda_gb_second"
    return prices.use[name].price * _number(function.get("memory_size"), 128) / _MIB_PER_GB


def _seconds(function: Resource, prices: Prices) -> tuple[float, float]:
    """Return how long a function takes, which never is longer than it may."""
    limit = _number(function.values.get("timeout"), 3)
    task = part_of(function.address).removeprefix("module.task_")
    named = prices.assumptions.seconds_of_task.get(task)
    given = named or prices.assumptions.task_seconds
    return min(given[0], limit), min(given[1], limit) if len(given) > 1 else limit


def _transitions(resources: Iterable[Resource], runs: float, prices: Prices) -> Iterator[Cost]:
    # A run that succeeds needs nobody who tells of it.
    machines = [
        it.values
        for it in resources
        if it.kind == "aws_sfn_state_machine" and part_of(it.address) != _TELLER
    ]
    counts = [transitions(str(it["definition"])) for it in machines if it.get("definition")]
    price = runs * prices.use["state_transition"].price
    yield Cost(
        "the workflow", price * sum(low for low, _ in counts), price * sum(hi for _, hi in counts)
    )


def _standing(resources: Iterable[Resource], prices: Prices) -> Iterator[Cost]:
    counts = Counter(resource.kind for resource in resources if resource.kind in prices.month)
    for kind, count in sorted(counts.items()):
        price = count * prices.month[kind].price
        yield Cost(f"{count} of {kind}", price, price)


def _data(prices: Prices) -> Iterator[Cost]:
    assumed = prices.assumptions
    for what, amount, name in (
        ("data in buckets", assumed.stored_gb, "stored_gb"),
        ("logs", assumed.logged_gb, "logged_gb"),
    ):
        if amount is not None:
            price = prices.use[name].price
            yield Cost(what, min(amount) * price, max(amount) * price)


def _assumptions(runs: float, manifest: Manifest, prices: Prices) -> Iterator[str]:
    assumed = prices.assumptions
    if assumed.runs_per_month is not None:
        why = "as given"
    elif manifest.schedule:
        why = f"by the schedule {manifest.schedule.expression}"
    else:
        why = "for there is no schedule"
    yield f"{runs:.6g} runs a month, {why}"
    seconds = _span(assumed.task_seconds, "its whole time limit")
    yield f"each task takes {seconds}, and is not retried"
    for task, given in sorted(assumed.seconds_of_task.items()):
        yield f"{task} takes {_span(given, 'its time limit')}"


def _span(given: tuple[float, ...], otherwise: str) -> str:
    until = f"{given[1]:g} s" if len(given) > 1 else otherwise
    return f"from {min(given):g} s to {until}"


def _unknown(resources: Iterable[Resource], manifest: Manifest, prices: Prices) -> Iterator[str]:
    region = manifest.provider.region
    if region != prices.region:
        yield f"what {region} asks beyond {prices.region}: prices of another region count with --costs"
    if prices.assumptions.stored_gb is None:
        yield f"data stored in buckets ({prices.use['stored_gb'].price:g} a {prices.use['stored_gb'].unit})"
    if prices.assumptions.logged_gb is None:
        yield f"logs ({prices.use['logged_gb'].price:g} a {prices.use['logged_gb'].unit})"
    yield "requests to buckets, data that leaves the region, and whatever else tasks call"
    counts = Counter(resource.kind for resource in resources)
    for kind, count in sorted(counts.items()):
        if kind not in _FREE and kind not in prices.month:
            yield f"{count} of {kind}: no price is known"


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) else float(default)
