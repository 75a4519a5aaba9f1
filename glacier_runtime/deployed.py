"""The manifest that a pipeline has in its cloud, whatever this machine is: read in a process of its own.

The same code declares other resources where the environment names another cloud, and a module is imported once a process.
So a fresh interpreter imports it, with the environment of the configured cloud and without the caller's: no `GLACIER_*` and no
variable of a cloud's tools can change what is generated, and no credentials are in reach of code that only declares.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final, TextIO

from pydantic import ValidationError

from glacier_runtime import errors
from glacier_runtime.errors import Code, GlacierError, Problem, ProjectError
from glacier_runtime.manifest import Manifest
from glacier_runtime.project import Project, load_pipeline

__all__ = ["read_deployed"]

TIMEOUT_S: Final = (
    120.0  # importing the project and building its queries, on a cold and busy machine
)
_SHOWN_LINES: Final = 5
_WITHHELD: Final = ("ARM_", "AWS_", "AZURE_", "CLOUDSDK_", "GCLOUD_", "GLACIER_", "GOOGLE_")


def read_deployed(
    project: Project,
    target: str | None = None,
    *,
    columns: bool = True,
    timeout_s: float = TIMEOUT_S,
    anywhere: bool = False,
) -> Manifest:
    """Read and validate a pipeline as it is in the cloud that its project configures.

    None of the user's code is imported here. What it prints is passed on to standard error.

    Args:
        project: The project.
        target: `package.module:name`; None takes what the project says.
        columns: Whether to check columns too, unless they were found clean before.
        timeout_s: Seconds that all of it may take.
        anywhere: Whether a project without a cloud is read as it is on this machine.

    Returns:
        The manifest.

    Raises:
        ProjectError: GLC701 to GLC703, if the pipeline cannot be loaded; GLC705, if no cloud is configured, unless `anywhere`; GLC706, if the
            code says another cloud or region than the project; GLC707, if the process dies, hangs or does not answer.
        DefinitionError: If a declaration in the module is not valid.
        InvalidPipelineError: If the checks find problems.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_WITHHELD)}
    environment = {
        **kept,
        **({} if anywhere and project.cloud is None else project.environment),
        "PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path),
        "PYTHONHASHSEED": "0",  # who loops over a set declares in one order
    }
    request = {
        "root": str(project.root),
        "pipeline": target or project.pipeline,
        "columns": columns,
    }
    manifest = _manifest(_ask(request, environment, timeout_s))
    _check_cloud(project, manifest)
    return manifest


def _ask(request: Mapping[str, object], environment: Mapping[str, str], timeout_s: float) -> Any:
    """Return what the child answers, whatever that is."""
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as messages:
        # In a session of its own, so that what it starts can be ended with it.
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "glacier_runtime.deployed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as child:
            try:
                answer, _ = child.communicate(json.dumps(request), timeout_s)
                fault = f"ended with exit code {child.returncode}"
            except subprocess.TimeoutExpired:
                answer, fault = "", f"took longer than {timeout_s:g} s"
            finally:
                with suppress(ProcessLookupError, PermissionError):  # nothing is left of it
                    os.killpg(child.pid, signal.SIGKILL)
        messages.seek(0)
        said = messages.read()
    sys.stderr.write(said)
    try:
        return json.loads(answer)
    except ValueError:
        raise _failed(fault if not answer else "did not answer in JSON", said) from None


def _manifest(answer: Any) -> Manifest:
    try:
        if "problems" in answer:
            kind: type[GlacierError] = getattr(errors, answer["error"])
            raise kind(map(Problem.from_dict, answer["problems"]))
        return Manifest.model_validate(answer["manifest"])
    except (AttributeError, KeyError, TypeError, StopIteration, ValidationError):
        raise _failed("answered something else than a manifest or problems", "") from None


def _failed(fault: str, said: str) -> ProjectError:
    last = "\n    ".join(said.rstrip().splitlines()[-_SHOWN_LINES:])
    return ProjectError(
        Problem(
            code=Code.READER_FAILED,
            message=f"the process that reads the pipeline for its cloud {fault}"
            + (f"; it last said:\n    {last}" if last else ""),
            fix="keep work and side effects out of the import of the pipeline's module: declare there, do in tasks",
        )
    )


def _check_cloud(project: Project, manifest: Manifest) -> None:
    """The code may name its cloud itself; then it must be the one that is generated for."""
    for entry, (name, value) in project.provider_entries.items():
        found = getattr(manifest.provider, entry)
        if found != value:
            raise ProjectError(
                Problem(
                    code=Code.CLOUD_SETTINGS,
                    message=f"pipeline {manifest.pipeline!r} declares resources of {name} {found!r}, and pyproject.toml "
                    f"says {name} = {value!r}",
                    fix="make resources with Provider.from_env(), or say the same in both",
                )
            )


def main() -> None:
    """Serve one request: read from standard input, answered on standard output, where user code cannot write."""
    request = json.load(sys.stdin)
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        sys.stdout = sys.stderr
        try:
            _answer(answers, {"manifest": _read(request)})
        except GlacierError as error:
            problems = [problem.to_dict() for problem in error.problems]
            _answer(answers, {"error": type(error).__name__, "problems": problems})


def _answer(answers: TextIO, answer: Mapping[str, object]) -> None:
    json.dump(answer, answers)
    answers.flush()
    # Nothing of the user's runs any more: no thread that does not end, no atexit that prints or fails.
    # What it has said already is passed on: its buffers are not flushed on this way out.
    for stream in (sys.stderr, sys.__stdout__):
        if stream is not None:
            stream.flush()
    os._exit(0)


def _read(request: Mapping[str, Any]) -> dict[str, object]:
    pipeline = load_pipeline(Project(Path(request["root"]), request["pipeline"]))
    pipeline.validate(columns=request["columns"], use_memory=True).raise_for_problems()
    return pipeline.manifest.model_dump(mode="json")


if __name__ == "__main__":
    main()
