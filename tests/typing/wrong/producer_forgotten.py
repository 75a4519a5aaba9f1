"""A task reads a dataset that no task of the pipeline makes."""

# caught: validate GLC303

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.head(3)


@local.task
def report(late: Late) -> None:
    late.collect()


pipeline = Pipeline(name="delays", tasks=[report])
