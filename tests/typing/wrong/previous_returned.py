"""A task returns a previous version."""

# caught: validate GLC207

from flights import Flights, Late, local

from glacier_runtime import Pipeline, Previous


@local.task
def select(flights: Flights) -> Previous[Late]:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
