"""From the manifest to the plan."""

from __future__ import annotations

from glacier_generators.plan.arrivals import make_arrival
from glacier_generators.plan.coherence import incoherences
from glacier_generators.plan.flow import make_flow
from glacier_generators.plan.grants import grant
from glacier_generators.plan.model import BucketPlan, Plan, SchedulePlan, SecretPlan
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest

__all__ = ["make_plan"]


def make_plan(manifest: Manifest) -> Plan:
    """Derive what a pipeline needs of its cloud.

    Args:
        manifest: The pipeline as its cloud sees it.

    Returns:
        The plan; equal manifests give equal plans.

    Raises:
        GenerationError: GLC801, with everything in the manifest that contradicts the rest of it.
    """
    if problems := incoherences(manifest):
        raise GenerationError(problems)
    schedule, arrival = manifest.schedule, make_arrival(manifest)
    return Plan(
        pipeline=manifest.pipeline,
        description=manifest.description,
        region=manifest.provider.region or "",
        account_id=manifest.provider.account_id,
        tags=dict(sorted(manifest.provider.tags.items())),
        buckets=tuple(
            BucketPlan(
                bucket.name,
                bucket.versioning,
                bucket.protected,
                bucket.config,
                bucket.existing,
                tells=arrival is not None and arrival.bucket == bucket.name,
            )
            for bucket in sorted(manifest.buckets, key=lambda bucket: bucket.name)
        ),
        secrets=_secrets(manifest),
        tasks=grant(manifest),
        flow=make_flow({task.name: task.depends_on for task in manifest.tasks}),
        schedule=(
            SchedulePlan(schedule.expression, schedule.timezone, schedule.overlap)
            if schedule
            else None
        ),
        arrival=arrival,
    )


def _secrets(manifest: Manifest) -> tuple[SecretPlan, ...]:
    readers: dict[str, list[str]] = {}
    for task in manifest.tasks:
        for name in sorted({item.secret for item in task.secrets}):
            readers.setdefault(name, []).append(task.name)
    return tuple(SecretPlan(name, tuple(tasks)) for name, tasks in sorted(readers.items()))
