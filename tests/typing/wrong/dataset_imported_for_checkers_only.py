"""A dataset's alias is not there when the program runs."""

# caught: validate GLC202

from __future__ import annotations

from typing import TYPE_CHECKING

from flights import Late, local

from glacier_runtime import Pipeline

if TYPE_CHECKING:
    from flights import Flights


@local.task
def select(flights: Flights) -> Late:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
