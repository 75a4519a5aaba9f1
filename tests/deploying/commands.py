"""Commands that stand for Terraform where only its behaviour as a process matters."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["INTERRUPTED_ONCE", "command"]

# Ends in good order after one interrupt, as Terraform does, and writes down how many it heard.
INTERRUPTED_ONCE = """
import signal, sys, time
from pathlib import Path

heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
if sys.argv[1] == "version":
    print("Terraform v1.11.4")
    raise SystemExit
print('{"type": "started"}', flush=True)
Path("started").touch()
while not heard:
    time.sleep(0.01)
time.sleep(0.3)  # what is under way comes to its end; a second interrupt would be heard now
print('{"type": "apply_complete", "hook": {"action": "create", "resource": {"addr": "a.b"}}}', flush=True)
Path("heard").write_text(str(len(heard)))
raise SystemExit(1)
"""


def command(folder: Path, name: str, source: str) -> Path:
    """Write a command in Python."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    path.chmod(0o755)
    return path
