"""The pipeline: its tasks, and when they run. The order follows from what each task reads and writes."""

from glacier_runtime import Cron, Pipeline

from .tasks import SHOP_TIME, add_up, add_up_week, collect, share_out, watch_late_orders

pipeline = Pipeline(
    name="orders",
    tasks=[collect, add_up, add_up_week, watch_late_orders, share_out],
    # The shops close at ten. A scheduled run makes the day that it is where they are.
    schedule=Cron("30 23 * * *", timezone=SHOP_TIME),
)
