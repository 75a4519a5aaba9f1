"""One task in the driver of a Spark application, which becomes the task's process.

Spark has unpacked the archive of code beside the driver, as `code`; the bindings are the first argument.
"""

import base64
import os
import sys
from pathlib import Path


def main() -> None:
    """Become the process of the task, whose exit code is then that of the driver."""
    _, option, bindings, *arguments = sys.argv
    assert option == "--bindings"
    code = Path("code").absolute()
    os.environ["GLACIER_BINDINGS"] = base64.b64decode(bindings).decode()
    os.environ["GLACIER_CLOUD"] = "aws"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(code), os.getenv("PYTHONPATH"))))
    os.chdir(code)
    os.execv(sys.executable, [sys.executable, "-m", "glacier_runtime.run_task", *arguments])


if __name__ == "__main__":
    main()
