"""A task is a coroutine."""

# caught: validate GLC209

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
async def select(flights: Flights) -> Late:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
