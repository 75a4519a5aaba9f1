"""The tasks in Kedro: its runner and a catalog in a script, without a project."""

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner
from kedro_datasets.polars import LazyPolarsDataset
from three_tasks import add_up, count, double

kept = {
    name: LazyPolarsDataset(filepath=f"{name}.parquet", file_format="parquet")
    for name in ("doubled", "total")
}
nodes = [
    node(count, None, "numbers"),
    node(double, "numbers", "doubled"),
    node(add_up, "doubled", "total"),
]
SequentialRunner().run(Pipeline(nodes), DataCatalog(kept))
