"""An input cannot be passed by its name."""

# caught: validate GLC205

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights, /) -> Late:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
