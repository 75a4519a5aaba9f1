"""Whether the code that is deployed is the code here."""

from __future__ import annotations

import json
import sys
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from glacier_runtime.cloud_runs.aws.clients import Account, asking
from glacier_runtime.cloud_runs.aws.workflows import Workflow
from glacier_runtime.errors import CloudError, Code, Problem

__all__ = ["CodeWarning", "code_problem"]

_SETTINGS: Final = PurePosixPath("infra/code.auto.tfvars.json")
_SHOWN: Final = 5
_FIX: Final = "build and deploy to run the code here; or go on, and run what is deployed"


class CodeWarning(RuntimeWarning):
    """What runs in the cloud is other code than what is here; `problem` says it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def code_problem(
    account: Account, workflow: Workflow, tasks: frozenset[str], root: Path
) -> Problem | None:
    """Return how the code that is deployed differs from the code here; None if it does not, or nobody can know.

    Args:
        account: The account.
        workflow: The deployed workflow.
        tasks: The tasks of the pipeline.
        root: The project's root.
    """
    absent, strange = sorted(tasks - workflow.tasks), sorted(workflow.tasks - tasks)
    if absent or strange:
        told = [f"lacks {', '.join(absent)}"] if absent else []
        told += [f"has {', '.join(strange)}, which the code here has not"] if strange else []
        return _problem(f"the deployed workflow {workflow.name} {' and '.join(told)}")
    built = _built(root)
    if built is None or not workflow.functions:
        return None
    digest = b64encode(bytes.fromhex(built["sha256"])).decode()
    with suppress(CloudError):  # who may not look is not told
        if digest != _deployed_digest(account, min(workflow.functions.values())):
            return _problem(f"what is deployed as {workflow.name} is not what was built here last")
        if changed := sorted(_changed(root / "infra" / built["archive"], root)):
            more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
            names = ", ".join(changed[:_SHOWN])
            return _problem(f"changed since {workflow.name} was built and deployed: {names}{more}")
    return None


def _built(root: Path) -> Any:  # whatever JSON holds
    """Return what was built here last, if that was an archive."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        code: Any = json.loads((root / _SETTINGS).read_text(encoding="utf-8"))["code"]
        if code["archive"] and bytes.fromhex(code["sha256"]):
            return code
    return None


def _deployed_digest(account: Account, function: str) -> str:
    with asking(f"the code of {function} (lambda:GetFunctionConfiguration)"):
        told = account.client("lambda").get_function_configuration(FunctionName=function)
        return str(told["CodeSha256"])


def _changed(archive: Path, root: Path) -> Iterator[str]:
    """Yield modules of the project, of those that are loaded, that are not in an archive as they are here."""
    try:
        with ZipFile(archive) as file:
            shipped = {item.filename: item.CRC for item in file.infolist()}
    except (OSError, BadZipFile):
        return
    packages = {name.partition("/")[0] for name in shipped}
    for name, path in _own_modules(root):
        is_package = path.name == "__init__.py"
        inside = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
        if inside.partition("/")[0] not in packages:
            continue
        with suppress(OSError):
            if shipped.get(inside) != zlib.crc32(path.read_bytes()):
                yield inside


def _own_modules(root: Path) -> Iterator[tuple[str, Path]]:
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py"):
            continue
        path = Path(file)
        is_own = path.is_relative_to(root) and "site-packages" not in path.parts
        if is_own and name.partition(".")[0] not in {"glacier_runtime", "glacier_generators"}:
            yield name, path


def _problem(message: str) -> Problem:
    return Problem(code=Code.CODE_DIFFERS, message=message, fix=_FIX)
