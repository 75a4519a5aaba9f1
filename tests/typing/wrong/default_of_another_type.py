"""The default of a run parameter has another type."""

# caught: validate GLC208

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
# wrong: mypy=assignment pyright=reportArgumentType
def select(flights: Flights, limit: int = "3") -> Late:
    return flights.head(limit)


pipeline = Pipeline(name="delays", tasks=[select])
