"""A run on a disk that is full: `python -m tests.storage.limited SHAPE FOLDER BYTES ROWS`; prints what it raised.

No file may grow beyond some bytes: to whoever writes, that is a disk without space.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from glacier_runtime.errors import GlacierError
from tests.execution.local_runs import run
from tests.storage.generations import SHAPES

__all__ = ["main"]


def main(shape_name: str, root: Path, limit_bytes: int, rows: int) -> None:
    """Run generation 2 under the limit, and print the codes and the text of the error."""
    shape = SHAPES[shape_name](root)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
    try:
        run(shape.pipeline, root, generation=2, rows=rows)
    except GlacierError as error:
        answer = {"codes": error.codes, "text": str(error)}
    else:
        answer = {"codes": (), "text": ""}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
