"""Two tasks write one dataset."""

# caught: validate GLC302

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.head(3)


@local.task
def select_again(flights: Flights) -> Late:
    return flights.tail(3)


pipeline = Pipeline(name="delays", tasks=[select, select_again])
