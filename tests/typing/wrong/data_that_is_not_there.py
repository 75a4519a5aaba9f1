"""The data of a source is missing."""

# caught: run GLC501

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])


def use() -> None:
    pipeline.run()
