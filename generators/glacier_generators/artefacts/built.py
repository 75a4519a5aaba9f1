"""What a build is asked for, and what it made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from glacier_generators.artefacts.cache import Part

__all__ = ["LIMIT_BYTES", "BuildOptions", "Built"]

# What Lambda takes unpacked; anything larger has to be an image.
LIMIT_BYTES = 262_144_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What a build is asked for.

    Attributes:
        python: The Python that it will run on, "3.12"; None takes the oldest that the project supports.
        architecture: The processor, "x86_64" or "arm64".
        image: Whether to make an image's content instead of an archive.
        image_uri: An image that was pushed: record it instead of an archive.
        repository: Says where whoever builds pushes images to, so that one that is needed is recorded before it is there, under the
            digest of its content as its tag; called if there is one only.
        limit_bytes: What an archive may take unpacked.
    """

    python: str | None = None
    architecture: str = "x86_64"
    image: bool = False
    image_uri: str | None = None
    repository: Callable[[], str] | None = None
    limit_bytes: int = LIMIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build made.

    Attributes:
        root: The project's folder.
        pipeline: The pipeline's name.
        runtime: The Lambda runtime it is for, "python3.12".
        architecture: The processor it is for.
        archive: The archive, if one can be deployed.
        image: The folder of an image's content, if one was made.
        image_uri: The image that was recorded.
        too_large: Whether the archive would exceed the limit, so that only an image can be deployed.
        sha256: The digest of all that is shipped: of the archive, whether kept or not.
        size_bytes: What it takes packed.
        unpacked_bytes: What it takes unpacked.
        files: How many files are inside.
        own_bytes: What the project, the runtime and the plan take of it, unpacked.
        parts: The distributions inside, by name.
        left_out: Dependencies of the workshop that are not inside.
        settings: The file by which Terraform knows the code, if the project has `infra/`.
        removed: Older archives that made room.
        notes: What is worth knowing.
        next_steps: What to type next.
    """

    root: Path
    pipeline: str
    runtime: str
    architecture: str
    archive: Path | None
    image: Path | None
    image_uri: str | None
    too_large: bool
    sha256: str
    size_bytes: int
    unpacked_bytes: int
    files: int
    own_bytes: int
    parts: tuple[Part, ...]
    left_out: tuple[str, ...]
    settings: Path | None
    removed: tuple[Path, ...]
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether what was asked for is there: an archive that fits, or an image's content or address."""
        return not self.too_large

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data, for `--json`; paths as seen from the project's folder."""
        data = asdict(self)
        del data["root"]
        for key in ("archive", "image", "settings"):
            data[key] = data[key] and self.shown(data[key])
        data["removed"] = [self.shown(path) for path in self.removed]
        data["parts"] = [asdict(part) for part in self.parts]
        return {"ok": self.ok, **data}

    def shown(self, path: Path) -> str:
        """Return a path as seen from the project's folder."""
        return path.relative_to(self.root).as_posix()
