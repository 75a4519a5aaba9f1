"""A task returns rows, not a frame."""

# caught: validate GLC406

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return [flights]  # wrong: mypy=return-value pyright=reportReturnType


pipeline = Pipeline(name="delays", tasks=[select])
