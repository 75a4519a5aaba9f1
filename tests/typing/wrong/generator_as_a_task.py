"""A task yields its frames."""

# caught: validate GLC209

from collections.abc import Iterator

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Iterator[Late]:
    yield flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
