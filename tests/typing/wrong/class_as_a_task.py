"""A class is decorated."""

# caught: validate GLC101,GLC209

from flights import Flights, local

from glacier_runtime import Pipeline


@local.task
class Select:
    def __init__(self, flights: Flights) -> None:
        self.flights = flights


pipeline = Pipeline(name="delays", tasks=[Select])  # wrong: mypy=list-item
