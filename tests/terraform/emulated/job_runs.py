"""Job runs of EMR Serverless that run: the launcher, as the driver of a Spark application runs it, under the role of the task.

As there, nothing runs whose role may not fetch the code and find its log; a job run says of its end an exit code within a sentence. There is no
Spark and no image here: its Python is whichever the emulator is given, in whose place the image's would be.
"""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final

from tests.terraform.emulated.asking import ACCOUNT
from tests.terraform.emulated.gate import role_allows
from tests.terraform.emulated.policies import Need
from tests.terraform.emulated.roles import credentials_of

__all__ = ["JobRuns"]

_SERVICE: Final = "emr-serverless.amazonaws.com"
_ARCHIVE: Final = re.compile(r"--conf spark\.archives=(s3://[^# ]+)#code( |$)")
_PYTHON: Final = re.compile(r"--conf spark\.pyspark\.driver\.python=/usr/bin/python3\.\d+( |$)")


class CannotStartError(Exception):
    """EMR could not start a driver; the text is its reason."""


@dataclass
class JobRuns:
    """All job runs of the emulator.

    Attributes:
        python: The Python of every image.
        endpoint: Where the emulator is.
        running: The processes that have not ended.
    """

    python: Path
    endpoint: str
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def teach(self) -> None:
        """Make moto's EMR Serverless keep what Terraform says, and run jobs here."""
        from moto.emrserverless.models import EMRServerlessBackend
        from moto.emrserverless.responses import EMRServerlessResponse

        start, create = EMRServerlessBackend.start_job_run, EMRServerlessResponse.create_application
        make = EMRServerlessBackend.create_application

        def start_job_run(backend: EMRServerlessBackend, *given: Any, **named: Any) -> Any:
            job_run = start(backend, *given, **named)
            job_run.state = "RUNNING"
            Thread(target=self._work, args=(job_run, backend.region_name), daemon=True).start()
            return job_run

        def make_application(backend: EMRServerlessBackend, **named: Any) -> Any:
            # EMR does not mind how engines are written.
            named["application_type"] = named["application_type"].upper()
            return make(backend, **named)

        def create_application(response: EMRServerlessResponse) -> Any:
            answer = create(response)
            found = next(reversed(response.emrserverless_backend.applications.values()))
            for name in ("architecture", "imageConfiguration"):
                setattr(found, name, response._get_param(name))
            found.state = "CREATED"
            return answer

        changed: dict[Any, dict[str, Callable[..., Any]]] = {
            EMRServerlessBackend: {
                "create_application": make_application,
                "start_job_run": start_job_run,
            },
            EMRServerlessResponse: {"create_application": create_application},
        }
        for of, methods in changed.items():
            for name, method in methods.items():
                setattr(of, name, method)

    def stop(self) -> None:
        """End all processes."""
        for process in list(self.running.values()):
            process.kill()

    def _work(self, job_run: Any, region: str) -> None:
        try:
            code = self._run(job_run, region)
            said = f"ExitCode: {code}. Last few exceptions: none that anybody would quote..."
        except (CannotStartError, PermissionError) as reason:
            code, said = None, f"Reason: {reason}"
        if code:
            said = (
                f"Job failed, please check complete logs in configured logging destination. {said}"
            )
        job_run.state_details = None if code == 0 else said
        job_run.state = "SUCCESS" if code == 0 else "FAILED"

    def _run(self, job_run: Any, region: str) -> int:
        """Run a driver to its end; return its exit code."""
        submitted = job_run.job_driver["sparkSubmit"]
        told = submitted["sparkSubmitParameters"]
        archive = _ARCHIVE.search(told)
        if archive is None or _PYTHON.search(told) is None:
            raise CannotStartError(f"nobody knows what to run: {told}")
        role = job_run.execution_role_arn
        log = _Log(job_run, region)
        credentials = credentials_of(role, _SERVICE)
        _may(role, log.needs)
        with tempfile.TemporaryDirectory(prefix="driver-") as work:
            folder = Path(work)
            zipfile.ZipFile(io.BytesIO(_fetched(role, archive[1]))).extractall(folder / "code")
            launcher = folder / "launcher.py"
            launcher.write_bytes(_fetched(role, submitted["entryPoint"]))
            process = subprocess.Popen(
                [str(self.python), launcher.name, *submitted["entryPointArguments"]],
                cwd=folder,
                env={
                    "PATH": "/usr/local/bin:/usr/bin:/bin",
                    "AWS_DEFAULT_REGION": region,
                    "AWS_ENDPOINT_URL": self.endpoint,
                    **_environment(told),
                    **credentials,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            self.running[job_run.id] = process
            printed, _ = process.communicate()
            del self.running[job_run.id]
        log.write(printed.decode(errors="replace").splitlines())
        return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _environment(told: str) -> dict[str, str]:
    return dict(re.findall(r"--conf spark\.emr-serverless\.driverEnv\.(\w+)=(\S+)", told))


def _fetched(role_arn: str, uri: str) -> bytes:
    """Return an object, if the role may read it."""
    from moto.s3.models import s3_backends

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    _may(role_arn, [Need("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")])
    found = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
    if found is None:
        raise CannotStartError(f"{uri} is not there")
    return bytes(found.value)


def _may(role_arn: str, needed: Iterable[Need]) -> None:
    role = role_arn.rpartition("/")[2]
    for need in needed:
        if not role_allows(role, need):
            raise CannotStartError(f"{role} may not {need.action} on {need.resource}")


@dataclass(frozen=True)
class _Log:
    """The log stream of one driver, which the role of its task finds and writes."""

    job_run: Any
    region: str

    @property
    def group(self) -> str:
        return str(self._told["logGroupName"])

    @property
    def _told(self) -> dict[str, Any]:
        monitoring = self.job_run.configuration_overrides["monitoringConfiguration"]
        told: dict[str, Any] = monitoring["cloudWatchLoggingConfiguration"]
        return told

    @property
    def stream(self) -> str:
        run = f"applications/{self.job_run.application_id}/jobs/{self.job_run.id}"
        return f"{self._told['logStreamNamePrefix']}/{run}/SPARK_DRIVER/stdout"

    @property
    def needs(self) -> Iterable[Need]:
        logs = f"arn:aws:logs:{self.region}:{ACCOUNT}:log-group"
        yield Need("logs:DescribeLogGroups", f"{logs}:")
        yield Need("logs:DescribeLogStreams", f"{logs}:{self.group}:log-stream:")
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield Need(action, f"{logs}:{self.group}:log-stream:{self.stream}")

    def write(self, lines: list[str]) -> None:
        from moto.logs.models import logs_backends

        logs = logs_backends[ACCOUNT][self.region]
        logs.create_log_stream(self.group, self.stream)
        now_ms = int(time.time() * 1000)
        events = [{"timestamp": now_ms, "message": line} for line in lines if line]
        if events:
            logs.put_log_events(self.group, self.stream, events)
