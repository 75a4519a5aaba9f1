"""What a deployment costs in a month, as a range: what is known of it, what is assumed, and what nobody can say.

Nothing is guessed: what has no price, or depends on data that is not there yet, is named and left out of the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from glacier_generators.deploying.databricks_costs import unsaid_of_databricks
from glacier_generators.deploying.endpoint_costs import endpoint_hours
from glacier_generators.deploying.machine_costs import unsaid_of_machines
from glacier_generators.deploying.plan_reading import Resource, part_of
from glacier_generators.deploying.prices import Prices
from glacier_generators.deploying.schedules import starts_per_month
from glacier_generators.deploying.task_costs import task_costs
from glacier_generators.deploying.unpriced import FREE, UNSAID
from glacier_generators.deploying.workflows import transitions
from glacier_runtime.manifest import Manifest

__all__ = ["Cost", "Estimate", "estimate"]

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
        *(
            Cost(what, runs * low, runs * high)
            for what, low, high in task_costs(planned, manifest, prices)
        ),
        *_transitions(planned, runs, prices),
        Cost("the schedule", *2 * (scheduled * prices.use["scheduled_start"].price,)),
        *_standing(planned, prices),
        *_endpoints(planned, prices),
        *_data(prices),
    )
    return Estimate(
        lines=tuple(line for line in lines if line.high > 0),
        assumptions=tuple(_assumptions(runs, manifest, prices)),
        unknown=tuple(_unknown(planned, manifest, prices)),
        prices=f"{prices.region}, as of {prices.as_of}, without free tiers, discounts and taxes",
    )


def _endpoints(resources: Iterable[Resource], prices: Prices) -> Iterator[Cost]:
    count, hours = endpoint_hours(resources)
    price = hours * prices.use["endpoint_hour"].price
    yield Cost(f"{count} interface endpoints of the network, in each zone", price, price)


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
    elif manifest.arrival:
        why = "for nobody knows how often files arrive: runs_per_month says it"
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
    kinds = {resource.kind for resource in resources}
    yield from (why for kind, why in UNSAID.items() if kind in kinds)
    if manifest.arrival and prices.assumptions.runs_per_month is None:
        yield "runs that files start, and seven steps of a state machine for each file"
    yield from unsaid_of_machines(manifest, prices)
    yield from unsaid_of_databricks(manifest, prices)
    yield "requests to buckets, data that leaves the region, and whatever else tasks call"
    counts = Counter(resource.kind for resource in resources)
    for kind, count in sorted(counts.items()):
        if kind not in {*FREE, *UNSAID, *prices.month}:
            yield f"{count} of {kind}: no price is known"
