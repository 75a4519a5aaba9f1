"""A task may not be tried again so often."""

# caught: import GLC107

from flights import Flights, Late, local


@local.task(retries=1_000)
def select(flights: Flights) -> Late:
    return flights.head(3)
