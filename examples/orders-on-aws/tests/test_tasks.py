"""Each task on rows few enough to check by hand: `run_task` checks their columns and rules as a run would."""

from datetime import UTC, date, datetime, timedelta

from glacier_runtime.testing import run_task

from orders import datasets, schemas
from orders.tasks import (
    add_up,
    add_up_week,
    collect,
    share_out,
    watch_late_orders,
)

DAY = date(2026, 1, 14)
NEXT = date(2026, 1, 15)
NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
TODAY = {"day": DAY}
PRODUCTS = [
    schemas.Product(product="espresso", name="Espresso", category="coffee"),
    schemas.Product(product="croissant", name="Croissant", category="food"),
]


def sent(number: int, *, on: date = DAY, **columns: object) -> dict[str, object]:
    """Return an order as a till sent it on a day, but for the given columns."""
    return {
        "day": on,
        "order": number,
        "shop": "harbour",
        "placed_at": NOON,
        "product": "espresso",
        "quantity": 1,
        "cents": 240,
    } | columns


def ordered(number: int, **columns: object) -> dict[str, object]:
    """Return an order of the day as `collect` makes it, but for the given columns."""
    return sent(number) | {"received_on": DAY} | columns


def sold(day: date, cents: int, **columns: object) -> dict[str, object]:
    """Return what a shop sold of coffee on a day, but for the given columns."""
    coffee = {"day": day, "shop": "harbour", "category": "coffee", "orders": 1, "cents": cents}
    return coffee | columns


def test_collect_finds_what_was_received_on_a_later_day() -> None:
    received = [sent(1), sent(2, on=NEXT), sent(3, on=NEXT, placed_at=NOON + timedelta(days=1))]

    made = run_task(collect, inputs={"received": received}, partition=TODAY)

    assert made[datasets.orders].select("order", "received_on").rows() == [(1, DAY), (2, NEXT)]


def test_an_order_belongs_to_the_day_that_it_was_where_the_shop_is() -> None:
    late_evening = datetime(2026, 1, 13, 23, 30, tzinfo=UTC)

    made = run_task(
        collect, inputs={"received": [sent(1, placed_at=late_evening)]}, partition=TODAY
    )

    assert made[datasets.orders]["day"].to_list() == [DAY]


def test_an_order_that_was_sent_twice_counts_once() -> None:
    made = run_task(collect, inputs={"received": [sent(1, on=NEXT), sent(1)]}, partition=TODAY)

    assert made[datasets.orders].select("order", "received_on").rows() == [(1, DAY)]


def test_what_breaks_a_rule_is_set_apart_and_the_rest_goes_on() -> None:
    received = [sent(1), sent(2, quantity=0), sent(3, shop="airport")]

    made = run_task(collect, inputs={"received": received}, partition=TODAY)

    assert made[datasets.orders]["order"].to_list() == [1]
    assert sorted(made[datasets.orders.rejects].select("order", "broken_rules").rows()) == [
        (2, ["quantity: ge=1"]),
        (3, ["shop: one of 'harbour', 'market', 'station'"]),
    ]


def test_add_up_multiplies_by_the_quantity() -> None:
    orders = [ordered(1, quantity=2), ordered(2), ordered(3, product="croissant", cents=260)]

    made = run_task(add_up, inputs={"orders": orders, "products": PRODUCTS}, partition=TODAY)

    assert made.frame.select("shop", "category", "orders", "cents").rows() == [
        ("harbour", "coffee", 2, 720),
        ("harbour", "food", 1, 260),
    ]


def test_a_week_says_how_many_of_its_days_are_known() -> None:
    sales = [sold(DAY - timedelta(days=1), 100), sold(DAY, 20), sold(DAY, 3, category="food")]

    made = run_task(add_up_week, inputs={"sales": sales}, partition=TODAY)

    assert made.frame.rows() == [(DAY, "harbour", 2, 123)]


def test_the_first_count_of_a_day_stays_when_the_day_is_made_again() -> None:
    first = run_task(watch_late_orders, inputs={"orders": [ordered(1)]}, partition=TODAY)
    again = run_task(
        watch_late_orders,
        inputs={"orders": [ordered(1), ordered(2)]},
        previous={datasets.completeness: first.frame},
        partition=TODAY,
    )

    assert first.frame.rows() == [(DAY, 1, 1)]
    assert again.frame.rows() == [(DAY, 1, 2)]


def test_shares_add_up_to_one() -> None:
    sales = [sold(DAY, 75), sold(NEXT, 75), sold(DAY, 50, category="food")]

    made = run_task(share_out, inputs={"sales": sales})

    assert made.frame.rows() == [("coffee", 2, 150, 0.75), ("food", 1, 50, 0.25)]
