"""What must hold after a run was killed, whenever that was."""

from __future__ import annotations

from pathlib import Path

from glacier_runtime.execution.events import Event, RunStarted
from glacier_runtime.storage.versions import current_version
from tests.execution.local_runs import run
from tests.storage.generations import Shape

__all__ = ["assert_next_run_mends", "assert_whole"]


def assert_whole(shape: Shape, old: int | None, new: int, *, behind: bool = False) -> int | None:
    """Readers see the old generation or the new one, the same for all datasets of the group.

    Args:
        shape: What was run.
        old: The generation that was visible before; None for none.
        new: The generation that the killed run was to publish.
        behind: Whether the stable file may show a generation from before the old one.

    Returns:
        The generation they see.
    """
    visible = shape.visible()
    assert visible in ([old, old], [new, new]), f"readers see {visible}"
    file, _ = shape.exposed()
    # A reader of the stable file may be behind Glacier's readers, and never ahead: a commit comes first.
    allowed = {old, new} if visible[0] == new else {old}
    if behind and old is not None:
        allowed |= set(range(1, old))
    assert file in allowed, f"the stable file shows {file}, Glacier {visible}"
    return visible[0]


def assert_next_run_mends(shape: Shape, root: Path, newest: int | None, generation: int) -> None:
    """The next run first shows on the stable paths what was published, then publishes, and clears up."""
    shown_at_start: list[list[int | None]] = []

    def observe(event: Event) -> None:
        if isinstance(event, RunStarted):
            shown_at_start.append(shape.exposed())

    run(shape.pipeline, root, observer=observe, generation=generation, rows=5)
    assert shown_at_start == [[newest, newest]], "the next run did not repair the stable paths"
    assert shape.visible() == [generation, generation]
    assert shape.exposed() == [generation, generation]
    assert leftovers(shape, root) == []


def leftovers(shape: Shape, root: Path) -> list[str]:
    """Attempts of no published version, and unfinished files."""
    found = []
    for location in shape.locations:
        internal = root / "data/lake/_glacier" / location.key
        tickets = sorted((internal / "versions").iterdir())
        version = current_version(location, root)
        assert version is not None
        attempts = {path.name for path in (internal / "attempts").iterdir()}
        assert version.record.attempt in attempts
        if len(attempts) > len(tickets):
            found += [f"{location}: {len(attempts)} attempts of {len(tickets)} versions"]
        found += [str(path.relative_to(root)) for path in internal.glob("scratch/*")]
    hidden = [path.name for path in (root / "data/lake").iterdir() if path.name.startswith(".")]
    return found + hidden
