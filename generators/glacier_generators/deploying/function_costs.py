"""What functions cost: by the time that their memory is held, and by how often they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from glacier_generators.deploying.billed import HOUR_S, MIB_PER_GB, Billed
from glacier_generators.deploying.plan_reading import Resource, task_of
from glacier_generators.deploying.prices import Prices
from glacier_runtime.manifest import Manifest

__all__ = ["billed_functions"]


def billed_functions(
    resources: Iterable[Resource], _manifest: Manifest, prices: Prices
) -> Iterator[Billed]:
    """Yield what each function is billed by.

    Args:
        resources: All resources, as they will be.
        prices: The prices.
    """
    for function in resources:
        if function.kind == "aws_lambda_function":
            yield Billed(
                task=task_of(function),
                limit_s=_number(function.values.get("timeout"), 3),
                hour=_price_of_second(function.values, prices) * HOUR_S,
                start=prices.use["lambda_request"].price,
                shortest_s=0.0,
            )


def _price_of_second(function: Mapping[str, object], prices: Prices) -> float:
    architectures = function.get("architectures") or ("x86_64",)
    name = "lambda_gb_second_arm64" if "arm64" in str(architectures) else "lambda_gb_second"
    return prices.use[name].price * _number(function.get("memory_size"), 128) / MIB_PER_GB


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) else float(default)
