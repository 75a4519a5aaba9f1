# What the driver does: it finds the code beside itself, where Spark unpacked the archive, and becomes the task's process.

locals {
  launcher = <<-EOT
    """One task in the driver of a Spark application: its archive beside it as `code`, its bindings as first argument."""

    import base64
    import os
    import sys

    _, option, bindings, *arguments = sys.argv
    assert option == "--bindings"
    os.environ["GLACIER_BINDINGS"] = base64.b64decode(bindings).decode()
    os.environ["GLACIER_CLOUD"] = "aws"
    code = os.path.abspath("code")
    os.chdir(code)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (code, os.environ.get("PYTHONPATH"))))
    os.execv(sys.executable, [sys.executable, "-m", "glacier_runtime.run_task", *arguments])
  EOT
}
