"""A task takes any number of frames."""

# caught: validate GLC205

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(*flights: Flights) -> Late:
    return flights[0]


pipeline = Pipeline(name="delays", tasks=[select])
