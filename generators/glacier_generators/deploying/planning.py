"""`glacier plan`: from a project and its manifest to a saved plan, and all that a person has to know of it.

infra/ is current? ─► build ─► terraform init, plan ─► read: resources, what stands, its record
                                                        └─► compared, priced ─► Planned
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from glacier_generators.artefacts.building import build
from glacier_generators.artefacts.built import BuildOptions, Built
from glacier_generators.deploying.clouds import Cloud, cloud_of
from glacier_generators.deploying.comparison import Comparison, compare
from glacier_generators.deploying.costs import Estimate, estimate
from glacier_generators.deploying.images import Image, check_repository, image_of
from glacier_generators.deploying.plan_reading import Change, read_record
from glacier_generators.deploying.prices import read_prices
from glacier_generators.deploying.roots import Root, Saved, StateHome, var_files
from glacier_generators.deploying.terraform_command import find_terraform
from glacier_generators.generating import generate
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["INFRA", "Observe", "PlanOptions", "Planned", "planned"]

INFRA: Final = "infra"
_BOOTSTRAP: Final = "bootstrap"
_ANSWERS: Final = "terraform.tfvars"
_SHOWN_FILES: Final = 5

Observe = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What a plan is asked for.

    Attributes:
        python: The Python of functions, "3.12"; None takes the oldest that the project supports.
        architecture: The processor of functions.
        image_uri: A pushed image instead of an archive, or beside it for containers.
        var_files: Further files of variables for Terraform.
        costs: A file of prices and assumptions.
    """

    python: str | None = None
    architecture: str = "x86_64"
    image_uri: str | None = None
    var_files: tuple[Path, ...] = ()
    costs: Path | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a deployment would do; valid as long as its plans are on disk.

    Attributes:
        manifest: The pipeline.
        previous: The pipeline that is deployed; None if there is none, or none is on record.
        no_previous: Why there is none.
        cloud: What is known of its cloud.
        root: The root to apply.
        saved: Its plan.
        bootstrap: The root that makes the places for code and states, and its plan; None if they are there.
        home: Where the state is.
        built: What would be uploaded.
        image: The image that would be pushed; None if containers run none of ours.
        comparison: How the pipeline differs.
        estimate: What it costs.
    """

    manifest: Manifest
    previous: Manifest | None
    no_previous: str
    cloud: Cloud
    root: Root
    saved: Saved
    bootstrap: tuple[Root, Saved] | None
    home: StateHome
    built: Built
    image: Image | None
    comparison: Comparison
    estimate: Estimate

    @property
    def region(self) -> str:
        """The region that is deployed to."""
        return self.manifest.provider.region or ""

    @property
    def has_changes(self) -> bool:
        """Whether applying it does anything."""
        return self.saved.has_changes or (
            self.bootstrap is not None and self.bootstrap[1].has_changes
        )

    @property
    def changes(self) -> tuple[Change, ...]:
        """What becomes of resources, those for code first."""
        first = self.bootstrap[1].plan.changes if self.bootstrap else ()
        return (*first, *self.saved.plan.changes)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "pipeline": self.manifest.pipeline,
            "cloud": self.manifest.cloud,
            "region": self.manifest.provider.region,
            "workspace": self.home.workspace,
            "state": self.home.backend,
            "changes": self.has_changes,
            "compared_to": "what is deployed" if self.previous else self.no_previous,
            **self.comparison.to_dict(),
            "code": self.built.sha256,
            "image": self.image and self.image.to_dict(),
            "resources": [change.to_dict() for change in self.changes],
            "costs": self.estimate.to_dict(),
        }


@contextmanager
def planned(
    root: Path,
    manifest: Manifest,
    options: PlanOptions | None = None,
    *,
    observe: Observe = lambda _: None,
) -> Generator[Planned]:
    """Plan what would bring a deployment up to date; nothing is changed but `build/` and what Terraform keeps of its own.

    Args:
        root: The project's folder.
        manifest: Its pipeline.
        options: What is asked for.
        observe: Told what takes time, while it happens.

    Yields:
        The plan. What it is saved in is gone afterwards.

    Raises:
        GenerationError: GLC810 without Terraform; GLC811, if `infra/` is not current; GLC813, if Terraform cannot plan; GLC815,
            if the costs cannot be read; GLC818, if nothing deploys to the cloud; GLC819 and GLC821 to GLC833, as for `glacier build`.
    """
    options = options or PlanOptions()
    cloud, prices = cloud_of(manifest.cloud), read_prices(manifest.cloud, options.costs)
    _check_current(root, manifest)
    terraform = find_terraform()
    observe("building")
    registry = cloud.registry(manifest.provider.region or "")
    asked = _asked(options, lambda: registry.repository(manifest.pipeline))
    built = _build(root, manifest, asked, observe)
    image = image_of(built, registry)
    given = var_files(options.var_files)
    main = Root(root / INFRA, terraform, given, cloud.data_kinds)
    with TemporaryDirectory(prefix="glacier-plan-") as scratch:
        observe(f"{terraform.product} init")
        main.prepare()
        observe(f"{terraform.product} plan")
        saved = main.plan(Path(scratch, "infra.tfplan"))
        if image is not None:
            check_repository(image, manifest.pipeline, saved.plan.variables.get("project"))
        bootstrap = _bootstrap(main, saved, image, Path(scratch, "bootstrap.tfplan"), observe)
        previous, reason = read_record(saved.plan)
        yield Planned(
            manifest=manifest,
            previous=previous,
            no_previous=reason,
            cloud=cloud,
            root=main,
            saved=saved,
            bootstrap=bootstrap,
            home=main.home,
            built=built,
            image=image,
            comparison=compare(previous, manifest),
            estimate=estimate(saved.plan.planned, manifest, prices),
        )


def _check_current(root: Path, manifest: Manifest) -> None:
    """Refuse to plan what the signatures do not say."""
    found = generate(root, manifest, write=False)
    if found.problems or found.is_current:
        if found.problems:
            raise GenerationError(found.problems)
        return
    paths = list(found.changes) or [".glacier/base"]
    more = f" and {len(paths) - _SHOWN_FILES} more" if len(paths) > _SHOWN_FILES else ""
    raise GenerationError(
        Problem(
            code=Code.INFRA_BEHIND,
            message=f"infra/ is not what the signatures of pipeline {manifest.pipeline!r} say: "
            f"{', '.join(paths[:_SHOWN_FILES])}{more} would change; nothing was planned",
            fix="glacier generate, and read the diff; glacier generate --diff shows it before",
        )
    )


def _asked(options: PlanOptions, repository: Callable[[], str]) -> BuildOptions:
    return BuildOptions(
        python=options.python,
        architecture=options.architecture,
        image_uri=options.image_uri,
        repository=repository,
    )


def _build(root: Path, manifest: Manifest, asked: BuildOptions, observe: Observe) -> Built:
    built = build(root, manifest, asked, observe=observe)
    if built.ok:
        return built
    steps = "; ".join(built.next_steps)
    raise GenerationError(
        Problem(
            code=Code.CODE_TOO_LARGE,
            message=f"the archive of {manifest.pipeline!r} would be too large for a function, so it has to be an image",
            fix=f"{steps}; then the same command with --image-uri",
        )
    )


def _bootstrap(
    main: Root, saved: Saved, image: Image | None, file: Path, observe: Observe
) -> tuple[Root, Saved] | None:
    """Plan the places for code and states, unless they are there or somebody brings their own."""
    folder = main.folder / _BOOTSTRAP
    uploads = any(it.address.startswith("aws_s3_object.code") for it in saved.plan.planned)
    uploaded = any(it.address.startswith("aws_s3_object.code") for it in saved.plan.standing)
    own = saved.plan.variables.get("artefact_bucket") is not None
    needs_bucket = uploads and not uploaded and not own
    needs_repository = image is not None and not image.has_repository
    if not (needs_bucket or needs_repository) or not folder.is_dir():
        return None
    answers = var_files([main.folder / _ANSWERS])
    root = Root(folder, main.terraform, answers, main.data_kinds)
    observe("the places for code and states")
    root.prepare()
    return root, root.plan(file)
