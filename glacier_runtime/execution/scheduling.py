"""Groups in an order that respects what they read from each other, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.fusion import Group
from glacier_runtime.graph import Graph
from glacier_runtime.tasks import AnyTask

__all__ = ["needs_of", "run_groups"]


def run_groups(
    groups: Sequence[Group],
    needs: Mapping[Group, frozenset[Group]],
    work: Callable[[Group], None],
    parallel: int,
    elsewhere: int = 0,
) -> None:
    """Run groups side by side; after a failure none begins, and those under way are waited for.

    Args:
        groups: In an order that respects `needs`.
        needs: The groups that must be done before each.
        work: Runs one; called from several threads at once.
        parallel: How many may run at once in this process.
        elsewhere: How many more may, of those that have processes of their own to wait for.

    Raises:
        BaseException: The first failure, in the order of the groups.
    """
    waiting = list(groups)
    done: set[Group] = set()
    running: dict[Future[None], Group] = {}
    failures: dict[Group, BaseException] = {}
    with ThreadPoolExecutor(parallel + elsewhere, thread_name_prefix="glacier") as pool:
        while waiting or running:
            ready = [] if failures else [group for group in waiting if needs[group] <= done]
            for group in _chosen(ready, list(running.values()), parallel, elsewhere):
                waiting.remove(group)
                running[pool.submit(work, group)] = group
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                group = running.pop(future)
                error = future.exception()
                if error is None:
                    done.add(group)
                else:
                    failures[group] = error
    if failures:
        raise failures[min(failures, key=lambda group: group.number)]


def _chosen(
    ready: Sequence[Group], running: Sequence[Group], parallel: int, elsewhere: int
) -> Iterator[Group]:
    """Yield as many groups as may begin: those with workers do not keep others waiting, nor the other way round."""
    away = sum(group.has_workers for group in running)
    here = len(running) - away
    for group in ready:
        if group.has_workers and away < elsewhere:
            away += 1
            yield group
        elif not group.has_workers and here < parallel:
            here += 1
            yield group


def needs_of(groups: Sequence[Group], graph: Graph) -> dict[Group, frozenset[Group]]:
    """Return which groups each must wait for: those that make what it reads, and those whose tasks it depends on.

    What makes several partitions of a dataset, and reads what it made before, makes them one after the other.
    """
    home: dict[AnyTask, list[Group]] = {}
    needs = {}
    for group in groups:
        needed = [
            before
            for task in group.tasks
            for other in graph.dependencies[task]
            for before in home.get(other, ())
        ]
        if _goes_on(group):
            needed += [before for task in group.tasks for before in home.get(task, ())]
        needs[group] = frozenset(needed) - {group}
        for task in group.tasks:
            home.setdefault(task, []).append(group)
    return needs


def _goes_on(group: Group) -> bool:
    """Whether one of its tasks reads what is being made, as it was before."""
    made: set[Dataset] = set(group.writes)
    return any(dataset in made for task in group.tasks for dataset in task.signature.looks_back)
