"""One task in a run of Databricks: its archive, its bindings and its log are named by the environment.

It fetches the code with the role of the task, runs it as a process of its own, and writes what that says to the log of the task.
It prints nothing, so that the answer of Databricks about a run stays small; and what it raises begins with the exit code, for
that is all that the answer says of it. A process that ends well raises nothing: SystemExit, even of 0, is no success everywhere.
"""

import base64
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import boto3  # type: ignore[import-untyped]

LONGEST_LINE: Final = 50_000  # of characters; CloudWatch takes 256 KB
LARGEST_BATCH: Final = 900_000  # of bytes; CloudWatch takes 1 MB, and counts 26 more for each line
BYTES_OF_EVENT: Final = 26
MOST_LINES: Final = 5_000  # of a batch; CloudWatch takes 10,000
PAUSE_S: Final = 2.0
SIGNAL: Final = 128  # shells add it to the number of the signal that ended a process


class TaskEndedError(Exception):
    """The process of the task ended otherwise than well; the text begins with its exit code."""


class Log:
    """A stream of a log, to which lines are written every now and then; a call that fails is made again with the next."""

    def __init__(self, group: str, stream: str) -> None:
        """Begin the stream."""
        self.place = {"logGroupName": group, "logStreamName": stream}
        self.client: Any = boto3.client("logs", region_name=os.environ["AWS_REGION"])
        self.client.create_log_stream(**self.place)
        self.waiting: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def add(self, line: str) -> None:
        """Let a line wait for the next call."""
        now_ms = int(time.time() * 1000)
        pieces = [line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE)]
        with self.lock:
            self.waiting += [{"timestamp": now_ms, "message": piece} for piece in pieces]

    def send_all(self) -> None:
        """Write what waits, in calls as large as CloudWatch takes them."""
        while batch := self.batch():
            self.client.put_log_events(**self.place, logEvents=batch)
            with self.lock:
                del self.waiting[: len(batch)]

    def batch(self) -> list[dict[str, Any]]:
        """Return the lines of the next call."""
        size, taken = 0, []
        with self.lock:
            for event in self.waiting[:MOST_LINES]:
                size += len(event["message"].encode()) + BYTES_OF_EVENT
                if size > LARGEST_BATCH:
                    break
                taken.append(event)
        return taken

    def keep_sending(self) -> None:
        """Write what waits, until the process has ended."""
        while not self.ended.wait(PAUSE_S):
            try:
                self.send_all()
            except Exception as error:
                self.add(f"the log could not be written: {error!r:.500}")


def fetched(address: str, folder: Path) -> Path:
    """Unpack the archive of code into a folder."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    archive, code = folder / "code.zip", folder / "code"
    s3: Any = boto3.client("s3", region_name=os.environ["AWS_REGION"])
    s3.download_file(bucket, key, str(archive))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(code)
    archive.unlink()
    return code


def environment(code: Path) -> dict[str, str]:
    """Return the environment of the task's process."""
    bindings = base64.b64decode(os.environ["GLACIER_ENCODED_BINDINGS"]).decode()
    paths = os.pathsep.join(filter(None, (str(code), os.environ.get("PYTHONPATH"))))
    told = {"GLACIER_BINDINGS": bindings, "GLACIER_CLOUD": "aws", "PYTHONPATH": paths}
    return {**os.environ, **told}


def run(code: Path, log: Log, arguments: Sequence[str]) -> int:
    """Run the task's process to its end, and return its exit code as a shell has it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "glacier_runtime.run_task", *arguments],
        cwd=code,
        env=environment(code),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    sender = threading.Thread(target=log.keep_sending, daemon=True)
    sender.start()
    for line in process.stdout or ():
        if line.strip():
            log.add(line.rstrip("\n"))
    ended = process.wait()
    log.ended.set()
    sender.join()
    try:
        log.send_all()
    except Exception as error:  # what the task made stands, whatever became of its log
        print(f"the end of the log could not be written: {error!r:.500}", file=sys.stderr)
    return ended if ended >= 0 else SIGNAL - ended


def main() -> None:
    """Run the task that the arguments name, with code for this very Python."""
    _, option, stream, *arguments = sys.argv
    assert option == "--log-stream"
    log = Log(os.environ["GLACIER_LOG_GROUP"], stream)
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    built_for = os.environ["GLACIER_PYTHON"]
    if here != built_for:
        raise TaskEndedError(
            f"ExitCode: 65, for the code was built for {built_for}, and this is {here}"
        )
    with tempfile.TemporaryDirectory(prefix="glacier-") as folder:
        code = run(fetched(os.environ["GLACIER_ARCHIVE"], Path(folder)), log, arguments)
    if code:
        raise TaskEndedError(f"ExitCode: {code}")


if __name__ == "__main__":
    main()
