"""Which pictures are drawn: the whole graph while somebody can read it, and else what surrounds each dataset."""

from __future__ import annotations

from typing import Final

from glacier_runtime.manifest import Manifest, TaskEntry
from glacier_runtime.mermaid import DrawnTask, flowchart

__all__ = ["MOST_LINES", "MOST_NEIGHBOURS", "Pictures"]

# GitHub draws up to 500 edges and 50,000 characters. Names have 40 at most, so this is well below, and as much as one screen can show.
MOST_LINES: Final = 300
MOST_NEIGHBOURS: Final = 12


class Pictures:
    """The pictures of a manifest.

    Args:
        manifest: A manifest that does not contradict itself.

    Attributes:
        whole: The whole graph in Mermaid; None if that is too much for one picture.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._tasks = {task.name: _drawn(task) for task in manifest.tasks}
        drawn = self._tasks.values()
        lines = len(manifest.datasets) + sum(
            1 + len(task.reads) + len(task.writes) for task in drawn
        )
        names = [dataset.name for dataset in manifest.datasets]
        self.whole = flowchart(names, drawn) if lines <= MOST_LINES else None

    def around(self, dataset: str, writer: str | None, readers: tuple[str, ...]) -> str:
        """Draw what a dataset is made from, and what goes on with it; of many neighbours the first.

        Args:
            dataset: The dataset.
            writer: The task that writes it.
            readers: The tasks that read it.
        """
        tasks = [self._writing(writer, dataset)] if writer else []
        tasks += [
            self._reading(reader, dataset)
            for reader in readers[:MOST_NEIGHBOURS]
            if reader != writer
        ]
        named = (
            name for task in tasks for name in (*(read for read, _ in task.reads), *task.writes)
        )
        return flowchart(dict.fromkeys([dataset, *named]), tasks)

    def _writing(self, task: str, dataset: str) -> DrawnTask:
        return DrawnTask(task, self._tasks[task].reads[:MOST_NEIGHBOURS], (dataset,))

    def _reading(self, task: str, dataset: str) -> DrawnTask:
        drawn = self._tasks[task]
        reads = tuple(read for read in drawn.reads if read[0] == dataset)
        return DrawnTask(task, reads, drawn.writes[:MOST_NEIGHBOURS])


def _drawn(task: TaskEntry) -> DrawnTask:
    return DrawnTask(
        task.name,
        tuple((read.dataset, read.previous) for read in task.inputs),
        tuple(made.dataset for made in task.outputs),
    )
