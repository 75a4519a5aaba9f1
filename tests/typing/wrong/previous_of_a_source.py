"""A task asks for the previous version of what no task makes."""

# caught: validate GLC207

from flights import Flights, Late, local

from glacier_runtime import Pipeline, Previous


@local.task
def select(flights: Previous[Flights]) -> Late:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
