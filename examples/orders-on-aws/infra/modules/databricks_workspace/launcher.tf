# What a run does: it fetches the code with the role of the task, runs it as a process of its own, and writes what that says to
# the log of the task. It prints nothing, so that the answer of Databricks about a run stays small; and what it raises begins
# with the exit code, for that is all that the answer says of it. A process that ends well raises nothing: SystemExit, even of 0, is no
# success everywhere.

locals {
  launcher = <<-EOT
    """One task in a run of Databricks: its archive, its bindings and its log are named by the environment."""

    import base64
    import os
    import subprocess
    import sys
    import tempfile
    import threading
    import time
    import zipfile

    import boto3

    LONGEST_LINE = 50_000  # of characters; CloudWatch takes 256 KB
    LARGEST_BATCH = 900_000  # of bytes; CloudWatch takes 1 MB, and counts 26 more for each line
    MOST_LINES = 5_000  # of a batch; CloudWatch takes 10,000
    PAUSE_S = 2.0


    class TaskEnded(Exception):
        """The process of the task ended otherwise than well; the text begins with its exit code."""


    class Log:
        """A stream of a log, to which lines are written every now and then; a call that fails is made again with the next."""

        def __init__(self, group, stream):
            self.place = {"logGroupName": group, "logStreamName": stream}
            self.client = boto3.client("logs", region_name=os.environ["AWS_REGION"])
            self.client.create_log_stream(**self.place)
            self.waiting = []
            self.lock = threading.Lock()
            self.ended = threading.Event()

        def add(self, line):
            now_ms = int(time.time() * 1000)
            pieces = [line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE)]
            with self.lock:
                self.waiting += [{"timestamp": now_ms, "message": piece} for piece in pieces]

        def send_all(self):
            while batch := self.batch():
                self.client.put_log_events(**self.place, logEvents=batch)
                with self.lock:
                    del self.waiting[: len(batch)]

        def batch(self):
            size, taken = 0, []
            with self.lock:
                for event in self.waiting[:MOST_LINES]:
                    size += len(event["message"].encode()) + 26
                    if size > LARGEST_BATCH:
                        break
                    taken.append(event)
            return taken

        def keep_sending(self):
            while not self.ended.wait(PAUSE_S):
                try:
                    self.send_all()
                except Exception as error:
                    self.add(f"the log could not be written: {error!r:.500}")


    def fetched(address, folder):
        bucket, _, key = address.removeprefix("s3://").partition("/")
        archive = os.path.join(folder, "code.zip")
        boto3.client("s3", region_name=os.environ["AWS_REGION"]).download_file(bucket, key, archive)
        code = os.path.join(folder, "code")
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(code)
        os.remove(archive)
        return code


    def environment(code):
        bindings = base64.b64decode(os.environ["GLACIER_ENCODED_BINDINGS"]).decode()
        paths = os.pathsep.join(filter(None, (code, os.environ.get("PYTHONPATH"))))
        return {**os.environ, "GLACIER_BINDINGS": bindings, "GLACIER_CLOUD": "aws", "PYTHONPATH": paths}


    def run(code, log, arguments):
        command = [sys.executable, "-m", "glacier_runtime.run_task", *arguments]
        process = subprocess.Popen(
            command,
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
        for line in process.stdout:
            if line.strip():
                log.add(line.rstrip("\n"))
        code = process.wait()
        log.ended.set()
        sender.join()
        try:
            log.send_all()
        except Exception as error:  # what the task made stands, whatever became of its log
            print(f"the end of the log could not be written: {error!r:.500}", file=sys.stderr)
        return code if code >= 0 else 128 - code


    def main():
        _, option, stream, *arguments = sys.argv
        assert option == "--log-stream"
        log = Log(os.environ["GLACIER_LOG_GROUP"], stream)
        here = f"python{sys.version_info.major}.{sys.version_info.minor}"
        built_for = os.environ["GLACIER_PYTHON"]
        if here != built_for:
            raise TaskEnded(f"ExitCode: 65, for the code was built for {built_for}, and this is {here}")
        with tempfile.TemporaryDirectory(prefix="glacier-") as folder:
            code = run(fetched(os.environ["GLACIER_ARCHIVE"], folder), log, arguments)
        if code:
            raise TaskEnded(f"ExitCode: {code}")


    if __name__ == "__main__":
        main()
  EOT
}
