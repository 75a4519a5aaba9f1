"""Bindings: which physical names the logical ones of a pipeline have been given by Terraform."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from glacier_runtime.errors import Code, Problem, StorageError

__all__ = ["VARIABLE", "Bindings", "no_bindings", "read_bindings"]

VARIABLE: Final = "GLACIER_BINDINGS"
_FIX: Final = (
    f"run `terraform -chdir=infra output -json bindings > bindings.json` after applying, and set "
    f"{VARIABLE}=bindings.json; a deployed task has them from Terraform"
)


class Bindings(BaseModel):
    """Physical names by logical ones.

    Attributes:
        cloud: The cloud that they are of.
        region: Where its resources are.
        buckets: Names of buckets.
        secrets: Identifiers of secrets, never their values.
        storage_accounts: Azure's storage accounts by the logical names of the buckets that they hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    version: Literal[1] = 1
    cloud: str
    region: str | None = None
    buckets: dict[str, str] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)
    storage_accounts: dict[str, str] = Field(default_factory=dict)

    def bucket(self, name: str) -> str:
        """Return the physical name of a bucket.

        Raises:
            StorageError: GLC511, if the document does not name it.
        """
        if name not in self.buckets:
            known = ", ".join(sorted(self.buckets)) or "none"
            raise no_bindings(f"name no bucket {name!r}; they name {known}")
        return self.buckets[name]


def read_bindings(root: Path) -> Bindings:
    """Read the document that `GLACIER_BINDINGS` holds, or that lies at the path it holds.

    Args:
        root: The folder from which a relative path counts.

    Raises:
        StorageError: GLC511, if there is none or it is not valid.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        raise no_bindings(f"are needed to find buckets in a cloud, and {VARIABLE} is not set")
    if given.startswith("{"):
        return _parsed(given)
    try:
        return _parsed((root / given).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise no_bindings(f"cannot be read: {error}") from None


@lru_cache(maxsize=8)
def _parsed(text: str) -> Bindings:
    try:
        document = from_json(text)
        # `terraform output -json` of a text that is JSON itself is JSON twice over.
        return Bindings.model_validate(
            from_json(document) if isinstance(document, str) else document
        )
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise no_bindings(f"are not valid: {where}: {fault['msg']}") from None
    except ValueError as error:
        raise no_bindings(f"are not valid JSON: {error}") from None


def no_bindings(fault: str) -> StorageError:
    """Return the error for bindings that lack something.

    Args:
        fault: What is wrong, as the rest of a sentence about the bindings.
    """
    return StorageError(Problem(code=Code.NO_BINDINGS, message=f"bindings {fault}", fix=_FIX))
