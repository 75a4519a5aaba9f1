"""A parameter has no annotation."""

# caught: validate GLC201

from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
# wrong: mypy=no-untyped-def pyright=reportMissingParameterType,reportUnknownParameterType
def select(flights: Flights, limit) -> Late:  # noqa: ANN001
    return flights.head(limit)


pipeline = Pipeline(name="delays", tasks=[select])
