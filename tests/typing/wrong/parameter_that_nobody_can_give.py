"""A run parameter has a type that no command line can give."""

# caught: validate GLC208

from threading import Lock

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights, lock: Lock) -> Late:
    with lock:
        return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
