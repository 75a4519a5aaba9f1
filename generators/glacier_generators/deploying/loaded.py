"""What came of loading deployed code where it runs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Loaded"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading the code of tasks where it runs.

    Attributes:
        tasks: Whose code was loaded.
        faults: What went wrong with others, by task: it will fail in a run, too.
        not_tried: Why others were not loaded, by task, or by what stands for them: nothing is known of them.
    """

    tasks: tuple[str, ...]
    faults: dict[str, str]
    not_tried: dict[str, str]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"loaded": list(self.tasks), "faults": self.faults, "not_tried": self.not_tried}
