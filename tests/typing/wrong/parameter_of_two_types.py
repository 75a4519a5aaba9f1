"""Two tasks declare one run parameter with different types."""

# caught: validate GLC312

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights, limit: int) -> Late:
    return flights.head(limit)


@local.task
def report(late: Late, limit: str) -> None:
    late.collect().write_csv(limit)


pipeline = Pipeline(name="delays", tasks=[select, report])
