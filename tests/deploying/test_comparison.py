"""A pipeline held against the one that is deployed, in the words of a person."""

from __future__ import annotations

from typing import Any

from glacier_generators.deploying.comparison import Difference, compare

from glacier_runtime.manifest import ArrivalEntry, Manifest, ScheduleEntry
from tests.generators.pipelines import manifest_of

PIPELINE = manifest_of("diamond")


def changed(manifest: Manifest, part: str, name: str, **fields: Any) -> Manifest:
    """Return a manifest with other fields of one task or dataset."""
    entries = tuple(
        entry.model_copy(update=fields) if entry.name == name else entry
        for entry in getattr(manifest, part)
    )
    return manifest.model_copy(update={part: entries})


def without(manifest: Manifest, name: str) -> Manifest:
    tasks = tuple(task for task in manifest.tasks if task.name != name)
    return manifest.model_copy(update={"tasks": tasks})


def test_a_pipeline_is_what_it_is() -> None:
    found = compare(PIPELINE, PIPELINE)

    assert (found.tasks, found.datasets, found.schedule) == ((), (), "")
    assert found.same_tasks == len(PIPELINE.tasks)


def test_without_a_deployment_all_tasks_are_new() -> None:
    found = compare(None, PIPELINE)

    assert {it.kind for it in found.tasks} == {"added"}
    assert [it.name for it in found.tasks] == [task.name for task in PIPELINE.tasks]
    assert (found.datasets, found.same_tasks) == ((), 0)


def test_tasks_come_and_go() -> None:
    last = PIPELINE.tasks[-1].name

    (gone,) = compare(PIPELINE, without(PIPELINE, last)).tasks
    (back,) = compare(without(PIPELINE, last), PIPELINE).tasks

    assert (gone.name, gone.kind) == (last, "removed")
    assert (back.name, back.kind) == (last, "added")
    assert gone.details == back.details
    assert "serverless, memory_mib " in gone.details[0]


def test_what_a_task_asks_for_is_told_from_and_to() -> None:
    task = PIPELINE.tasks[0]
    compute = task.compute.model_copy(update={"memory_mib": 4096})
    after = changed(PIPELINE, "tasks", task.name, compute=compute, retries=7)

    (found,) = compare(PIPELINE, after).tasks

    assert found == Difference(
        task.name,
        "changed",
        (f"memory_mib {task.compute.memory_mib} → 4096", f"retries {task.retries} → 7"),  # type: ignore[union-attr]
    )


def test_what_a_task_no_longer_reads_is_told() -> None:
    task = next(task for task in PIPELINE.tasks if task.inputs)
    after = changed(PIPELINE, "tasks", task.name, inputs=task.inputs[1:])

    (found,) = compare(PIPELINE, after).tasks

    assert found.details == (f"reads - {task.inputs[0].dataset}",)


def test_columns_that_come_change_and_go_are_told() -> None:
    dataset = next(item for item in PIPELINE.datasets if len(item.columns) > 2)
    first, second, *rest = dataset.columns
    other = second.model_copy(update={"dtype": "Boolean", "nullable": not second.nullable})
    new = first.model_copy(update={"name": "tail_number"})
    after = changed(PIPELINE, "datasets", dataset.name, columns=(other, *rest, new))

    (found,) = compare(PIPELINE, after).datasets

    null = "may" if other.nullable else "must not"
    assert (found.name, found.kind) == (dataset.name, "changed")
    assert found.details == (
        f"+ tail_number {first.dtype}",
        f"- {first.name} {first.dtype}",
        f"{second.name} {second.dtype} → Boolean",
        f"{second.name} {null} be null",
    )


def test_a_dataset_that_moves_is_told() -> None:
    dataset = next(item for item in PIPELINE.datasets if item.path)
    after = changed(PIPELINE, "datasets", dataset.name, path="elsewhere.parquet")

    (found,) = compare(PIPELINE, after).datasets

    assert found.details == (f"path {dataset.path} → elsewhere.parquet",)


def test_another_schedule_is_told() -> None:
    daily = ScheduleEntry(expression="0 5 * * *", timezone="UTC")
    scheduled = PIPELINE.model_copy(update={"schedule": daily})

    assert compare(PIPELINE, scheduled).schedule == "schedule none → 0 5 * * * UTC"
    assert compare(scheduled, PIPELINE).schedule == "schedule 0 5 * * * UTC → none"


def test_files_that_start_it_are_told() -> None:
    dropped = ArrivalEntry(dataset=PIPELINE.datasets[0].name, timezone="UTC")
    arriving = PIPELINE.model_copy(update={"arrival": dropped})
    both = arriving.model_copy(
        update={"schedule": ScheduleEntry(expression="0 5 * * *", timezone="UTC")}
    )
    files = f"files of {dropped.dataset}"

    assert compare(PIPELINE, arriving).schedule == f"schedule none → {files}"
    assert compare(arriving, both).schedule == f"schedule {files} → 0 5 * * * UTC and {files}"
