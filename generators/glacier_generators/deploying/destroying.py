"""`glacier destroy`: everything but data goes; data goes only if that is said in words, and protected data never.

What holds data stays in Terraform's state beside its bucket: a later deployment finds it and goes on with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from glacier_generators.deploying.applying import Tell, apply_saved
from glacier_generators.deploying.clouds import Cloud, cloud_of
from glacier_generators.deploying.plan_reading import Action, Resource, part_of, read_state
from glacier_generators.deploying.planning import INFRA, Observe
from glacier_generators.deploying.roots import Root, Saved, var_files
from glacier_generators.deploying.terraform_command import find_terraform
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["Destroyed", "Destruction", "destroy"]

_CODE: Final = "code.auto.tfvars.json"
_MOST_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays, and why.

    Attributes:
        name: What it is called in the account.
        kind: Its type.
        why: Why it stays.
    """

    name: str
    kind: str
    why: str

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"name": self.name, "kind": self.kind, "why": self.why}


@dataclass(frozen=True, slots=True)
class Destruction:
    """What would be destroyed, and what would stay.

    Attributes:
        pipeline: Whose.
        region: Where.
        gone: Addresses of what goes.
        data_gone: What the data that goes is called in the account.
        kept: What stays.
    """

    pipeline: str
    region: str
    gone: tuple[str, ...]
    data_gone: tuple[str, ...]
    kept: tuple[Kept, ...]

    @property
    def text(self) -> str:
        """A page, for a person."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"{self.pipeline} in {self.region}: {len(self.gone)} resources to destroy"
        yield from (f"!!! DATA WILL BE LOST: {name}, with all versions" for name in self.data_gone)
        yield from (f"  - {address}" for address in self.gone[:_MOST_LINES])
        if len(self.gone) > _MOST_LINES:
            yield f"    and {len(self.gone) - _MOST_LINES} more"
        yield "what stays, and goes on to cost what it stores:" if self.kept else "nothing stays"
        yield from (f"  {it.name}  ({it.kind}: {it.why})" for it in self.kept)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "pipeline": self.pipeline,
            "gone": list(self.gone),
            "data_gone": list(self.data_gone),
            "kept": [it.to_dict() for it in self.kept],
        }


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What was destroyed.

    Attributes:
        destruction: What was planned, and done.
        applied: Whether anything was to do.
        objects: How many versions of objects were deleted.
    """

    destruction: Destruction
    applied: bool
    objects: int

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        data = self.destruction.to_dict()
        return {"ok": True, "applied": self.applied, "objects_deleted": self.objects, **data}


def destroy(
    root: Path,
    manifest: Manifest,
    approve: Callable[[Destruction], None],
    *,
    delete_data: bool = False,
    files: Iterable[Path] = (),
    observe: Observe = lambda _: None,
    tell: Tell = lambda _: None,
) -> Destroyed:
    """Destroy what a deployment made.

    Args:
        root: The project's folder.
        manifest: Its pipeline.
        approve: Shown what goes and what stays before anything does; raises if nobody agrees.
        delete_data: Whether data goes, too, where it is not protected.
        files: Further files of variables for Terraform.
        observe: Told what takes time.
        tell: Told of each resource that is done.

    Returns:
        What was done.

    Raises:
        GenerationError: GLC810 without Terraform; GLC813, if it cannot plan, and GLC817, if what goes would take data with it, and
            nothing was changed; GLC814, if it fails half way; GLC818, if nothing deploys to the cloud.
        KeyboardInterrupt: If a signal stopped it.
    """
    cloud, terraform = cloud_of(manifest.cloud), find_terraform()
    infra = root / INFRA
    with TemporaryDirectory(prefix="glacier-destroy-") as scratch:
        given = (*var_files(files), *_code_option(infra, Path(scratch)))
        base = Root(infra, terraform, given, cloud.data_kinds)
        observe(f"{terraform.product} init")
        base.prepare()
        observe(f"{terraform.product} plan")
        standing = read_state(terraform.succeed(infra, "show", "-json"))
        stays = _staying(standing, manifest, cloud, delete_data=delete_data)
        what = _Choice(base, standing, stays, cloud)
        saved = what.plan(Path(scratch, "destroy.tfplan"))
        planned = _described(manifest, what, saved)
        if saved is None:
            return Destroyed(planned, applied=False, objects=0)
        approve(planned)
        emptied = what.going(saved)
        objects = cloud.empty(emptied, manifest.provider.region or "") if delete_data else 0
        apply_saved(base, saved, "glacier destroy", tell)
        return Destroyed(planned, applied=True, objects=objects)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What stands, and what of it stays."""

    base: Root
    standing: tuple[Resource, ...]
    stays: frozenset[str]  # modules, or resources that are in none
    cloud: Cloud

    def plan(self, file: Path) -> Saved | None:
        """Plan that the rest goes; None if there is nothing else."""
        targets = dict.fromkeys(part_of(it.address) for it in self.standing)
        going = [part for part in targets if part not in self.stays]
        if not going:
            return None
        chosen = [f"-target={part}" for part in going] if self.stays else []
        saved = self.base.plan(file, "-destroy", *chosen)
        self._check(saved)
        return saved

    def going(self, saved: Saved) -> tuple[Resource, ...]:
        """Return what holds data and goes."""
        lost = {change.address for change in saved.plan.changes if change.loses_data}
        return tuple(it for it in self.standing if it.address in lost)

    def _check(self, saved: Saved) -> None:
        """Terraform takes along what depends on what goes: data must not be among it."""
        taken = [it.address for it in self.going(saved) if part_of(it.address) in self.stays]
        if taken:
            raise GenerationError(
                Problem(
                    code=Code.DATA_NOT_NAMED,
                    message=f"{address} holds data and depends on something that goes, so it would go, too; nothing was changed",
                    fix="take it out of the state (terraform -chdir=infra state rm) or away from what it depends on",
                )
                for address in taken
            )


def _staying(
    standing: Iterable[Resource], manifest: Manifest, cloud: Cloud, *, delete_data: bool
) -> frozenset[str]:
    """Return the parts of the root that hold data which stays."""
    protected = {f"module.bucket_{bucket.name}" for bucket in manifest.buckets if bucket.protected}
    holding = {part_of(it.address) for it in standing if it.kind in cloud.data_kinds}
    return frozenset(part for part in holding if not delete_data or part in protected)


def _described(manifest: Manifest, what: _Choice, saved: Saved | None) -> Destruction:
    changes = () if saved is None else tuple(saved.plan.changed(Action.DESTROY))
    gone = {change.address for change in changes}
    protected = {f"module.bucket_{bucket.name}" for bucket in manifest.buckets if bucket.protected}
    kept = [
        Kept(
            name=_name(it, what.cloud),
            kind=it.kind,
            why="protected" if part_of(it.address) in protected else "it holds data",
        )
        for it in what.standing
        if it.kind in what.cloud.data_kinds and it.address not in gone
    ]
    code = next((it for it in what.standing if it.address.startswith("aws_s3_object.code")), None)
    if code is not None:
        kept.append(
            Kept(
                str(code.values.get("bucket")),
                "aws_s3_bucket",
                "it holds code; infra/bootstrap made it",
            )
        )
    data = () if saved is None else what.going(saved)
    return Destruction(
        pipeline=manifest.pipeline,
        region=manifest.provider.region or "",
        gone=tuple(sorted(gone)),
        data_gone=tuple(_name(it, what.cloud) for it in data),
        kept=tuple(kept),
    )


def _name(resource: Resource, cloud: Cloud) -> str:
    return str(resource.values.get(cloud.name_of[resource.kind]) or resource.address)


def _code_option(infra: Path, scratch: Path) -> tuple[str, ...]:
    """Name some code where none was built here: what is destroyed runs none, and Terraform wants the variable."""
    if (infra / _CODE).is_file():
        return ()
    code: dict[str, Any] = {
        "image_uri": "none",
        "sha256": "0" * 64,
        "runtime": "none",
        "architecture": "x86_64",
    }
    file = scratch / _CODE
    file.write_text(json.dumps({"code": code}), encoding="utf-8")
    return var_files([file])
