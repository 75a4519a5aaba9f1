"""Two tasks have one name."""

# caught: validate GLC307

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.head(3)


@local.task(name="select")
def report(late: Late) -> None:
    late.collect()


pipeline = Pipeline(name="delays", tasks=[select, report])
