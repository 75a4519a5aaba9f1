"""Each task on a frame small enough to check by hand. A task is called like the function that it is."""

from datetime import UTC, date, datetime

import polars as pl

from flights.tasks import (
    attach_weather,
    baseline_routes,
    clean,
    label_weather,
    measure_weather,
    report_carriers,
)

DAY = date(2013, 1, 30)
NOON = datetime(2013, 1, 30, 12, tzinfo=UTC)


def scheduled(**columns: object) -> dict[str, object]:
    """Return a raw flight that left five minutes late and arrived on time, but for the given columns."""
    return {
        "year": 2013,
        "month": 1,
        "day": 30,
        "dep_time": 735,
        "dep_delay": 5,
        "arr_delay": 0,
        "carrier": "UA",
        "flight": 1545,
        "tailnum": "N14228",
        "origin": "EWR",
        "dest": "IAH",
        "air_time": 227,
        "distance": 1400,
        "minute": 30,
        "time_hour": NOON,
    } | columns


def test_clean_keeps_a_flight_that_arrived() -> None:
    arrived, rejected = clean(pl.LazyFrame([scheduled()]))

    assert rejected.collect().is_empty()
    assert arrived.collect().row(0, named=True) == {
        "day": DAY,
        "carrier": "UA",
        "flight": 1545,
        "tail_number": "N14228",
        "origin": "EWR",
        "destination": "IAH",
        "scheduled_departure": NOON.replace(minute=30),
        "departure_delay": 5,
        "arrival_delay": 0,
        "air_time": 227,
        "distance": 1400,
    }


def test_clean_quarantines_what_never_arrived_with_the_reason() -> None:
    raw = pl.LazyFrame(
        [
            scheduled(flight=1),
            scheduled(flight=2, dep_time=None, arr_delay=None, tailnum=None),
            scheduled(flight=3, arr_delay=None),
        ]
    )

    arrived, rejected = clean(raw)

    assert arrived.collect()["flight"].to_list() == [1]
    assert rejected.select("flight", "reason").collect().rows() == [
        (2, "cancelled"),
        (3, "diverted"),
    ]


def test_label_weather_names_the_worst_condition_first() -> None:
    observations = pl.LazyFrame(
        {
            "origin": ["JFK"] * 4,
            "time_hour": [NOON] * 4,
            "temp": [30.0] * 4,
            "visib": [0.5, 10.0, 10.0, 10.0],
            "wind_speed": [30.0, 25.0, 5.0, 5.0],
            "precip": [0.1, 0.1, 0.1, 0.0],
        }
    )

    assert label_weather(observations).collect()["condition"].to_list() == [
        "low visibility",
        "strong wind",
        "rain or snow",
        "clear",
    ]


def test_baseline_routes_takes_the_median_of_a_route() -> None:
    flights = pl.LazyFrame(
        {"origin": ["EWR"] * 3, "destination": ["IAH"] * 3, "arrival_delay": [-5, 0, 400]}
    )

    assert baseline_routes(flights).collect().rows() == [("EWR", "IAH", 3, 0.0)]


def test_attach_weather_keeps_flights_that_no_station_saw() -> None:
    flights = pl.LazyFrame(
        {
            "day": [DAY, DAY],
            "carrier": ["UA", "UA"],
            "flight": [1, 2],
            "origin": ["EWR", "LGA"],
            "destination": ["IAH", "IAH"],
            "scheduled_departure": [NOON.replace(minute=30)] * 2,
            "arrival_delay": [0, 0],
        }
    )
    weather = pl.LazyFrame({"origin": ["EWR"], "hour": [NOON], "condition": ["clear"]})

    attached = attach_weather(flights, weather).sort("flight").collect()

    assert attached.select("flight", "condition").rows() == [(1, "clear"), (2, "unknown")]


def test_measure_weather_counts_minutes_beyond_the_usual_delay_of_the_route() -> None:
    flights = pl.LazyFrame(
        {
            "origin": ["EWR", "EWR", "EWR"],
            "destination": ["IAH", "ORD", "IAH"],
            "condition": ["strong wind", "strong wind", "clear"],
            "arrival_delay": [40, 10, 0],
        }
    )
    baselines = pl.LazyFrame(
        {
            "origin": ["EWR", "EWR"],
            "destination": ["IAH", "ORD"],
            "flights": [2, 1],
            "typical_arrival_delay": [0.0, 10.0],
        }
    )

    assert measure_weather(flights, baselines).collect().rows() == [
        ("EWR", "clear", 1, 0.0, 0.0),
        ("EWR", "strong wind", 2, 20.0, 0.5),
    ]


def test_report_carriers_counts_what_was_scheduled_since_a_day() -> None:
    before = date(2013, 1, 29)
    flights = pl.LazyFrame(
        {"day": [before, DAY, DAY], "carrier": ["UA"] * 3, "arrival_delay": [90, 15, 16]}
    )
    rejected = pl.LazyFrame(
        {"day": [DAY, DAY], "carrier": ["UA", "HA"], "reason": ["diverted", "cancelled"]}
    )
    airlines = pl.LazyFrame(
        {"carrier": ["UA", "HA", "AS"], "name": ["United", "Hawaiian", "Alaska"]}
    )

    report = report_carriers(flights, rejected, airlines, since=DAY).collect()

    assert report.rows() == [
        ("UA", "United", 3, 2, 0, 1, 15.5, 1 / 3),
        ("HA", "Hawaiian", 1, 0, 1, 0, None, 0.0),
    ]
