"""The pipeline: its tasks, and when they run. The order follows from what each task reads and writes."""

from glacier_runtime import Cron, Pipeline

from .tasks import (
    attach_weather,
    baseline_routes,
    clean,
    label_weather,
    measure_weather,
    report_carriers,
)

pipeline = Pipeline(
    name="flights",
    tasks=[
        clean,
        label_weather,
        baseline_routes,
        attach_weather,
        measure_weather,
        report_carriers,
    ],
    schedule=Cron("0 5 * * *", timezone="UTC"),
)
