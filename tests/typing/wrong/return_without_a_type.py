"""A task does not say what it makes."""

# caught: validate GLC201

from flights import Flights, local

from glacier_runtime import Pipeline


@local.task
# wrong: mypy=no-untyped-def
def select(flights: Flights):  # noqa: ANN201
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
