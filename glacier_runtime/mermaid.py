"""Graphs as pictures in Mermaid, which GitHub and GitLab draw: datasets as cylinders, tasks as boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DrawnTask", "flowchart"]


@dataclass(frozen=True, slots=True)
class DrawnTask:
    """A task as a picture shows it.

    Attributes:
        name: Its name.
        reads: The datasets it reads, each with whether it is the previous version.
        writes: The datasets it writes.
    """

    name: str
    reads: tuple[tuple[str, bool], ...]
    writes: tuple[str, ...]


def flowchart(datasets: Iterable[str], tasks: Iterable[DrawnTask]) -> str:
    """Draw tasks between the datasets that they read and write.

    Args:
        datasets: The names of the datasets, in the order of the picture.
        tasks: The tasks.

    Example:
        >>> print(flowchart(["raw", "clean"], [DrawnTask("wash", (("raw", False),), ("clean",))]))
        flowchart LR
            d_raw[("raw")]
            d_clean[("clean")]
            t_wash["wash"]
            d_raw --> t_wash
            t_wash --> d_clean
    """
    lines = ["flowchart LR"]
    lines += [f'    {_dataset(name)}[("{name}")]' for name in datasets]
    for task in tasks:
        node = f"t_{_identifier(task.name)}"
        lines.append(f'    {node}["{task.name}"]')
        for name, previous in task.reads:
            arrow = "-. previous .->" if previous else "-->"
            lines.append(f"    {_dataset(name)} {arrow} {node}")
        lines += [f"    {node} --> {_dataset(name)}" for name in task.writes]
    return "\n".join(lines)


def _dataset(name: str) -> str:
    return f"d_{_identifier(name)}"


def _identifier(name: str) -> str:
    return name.replace("-", "__")  # no name holds two underscores in a row
