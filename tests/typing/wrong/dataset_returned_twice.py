"""A task returns one dataset twice."""

# caught: validate GLC206

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> tuple[Late, Late]:
    return flights.head(3), flights.tail(3)


pipeline = Pipeline(name="delays", tasks=[select])
