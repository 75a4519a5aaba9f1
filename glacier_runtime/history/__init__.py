"""The history of runs: one log of events a run, from which all else is read. To import from: runs, and what observers are told."""

from typing import TYPE_CHECKING

from glacier_runtime.doors import lazy_names

if TYPE_CHECKING:
    from glacier_runtime.history.comparison import compare_runs
    from glacier_runtime.history.documents import RunEvent
    from glacier_runtime.history.observing import RunObserver
    from glacier_runtime.history.reading import find_run, recent_runs
    from glacier_runtime.history.records import RunRecord

__all__ = [
    "RunEvent",
    "RunObserver",
    "RunRecord",
    "compare_runs",
    "find_run",
    "recent_runs",
]

_HOMES = {
    "RunEvent": "history.documents",
    "RunObserver": "history.observing",
    "RunRecord": "history.records",
    "compare_runs": "history.comparison",
    "find_run": "history.reading",
    "recent_runs": "history.reading",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists
    __getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return list(__all__)
