"""A task forgets to return what it made."""

# caught: validate GLC406

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
# wrong: mypy=return pyright=reportReturnType
def select(flights: Flights) -> Late:
    flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
