"""What came of a question: tables, figures, samples, and all that one needs to ask it again; kept as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

__all__ = ["FOLDER", "Answer", "State", "kept", "known"]

FOLDER: Final = Path(__file__).parents[1] / "build" / "bench"
"""Where answers are kept; nothing of it is committed but the tables in the docs."""

State = Literal["measured", "cannot run", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question.

    Attributes:
        question: Its name.
        asks: The question.
        command: What to type to ask it again.
        date: When, "2026-11-22".
        seconds: How long it took, all of it.
        state: Whether it was measured.
        reason: Why not, if it was not.
        body: Its tables, in Markdown, and the lines between them.
        machine: Processor, system, Python and the packages that are measured.
        peers: Who was measured beside, with versions.
        missing: Who could not be, and why.
        figures: What was made of the samples: medians and intervals.
        samples: What was measured, round by round.
    """

    question: str
    asks: str
    command: str
    date: str
    seconds: float
    state: State = "measured"
    reason: str = ""
    body: str = ""
    machine: dict[str, str]
    peers: tuple[str, ...] = ()
    missing: dict[str, str]
    figures: dict[str, Any]  # JSON: each question has figures of its own
    samples: dict[str, Any]

    @property
    def caption(self) -> str:
        """Machine, versions, date and command, as they stand below a table."""
        packages = {name: it for name, it in self.machine.items() if name != "date"}
        where = f"{packages.pop('cpu')}, {packages.pop('system')}"
        versions = ", ".join(f"{name} {version}" for name, version in packages.items())
        beside = f"; {', '.join(self.peers)}" if self.peers else ""
        return f"*`{self.command}`, {self.date}: {where}, {versions}{beside}.*"

    @property
    def table(self) -> str:
        """What is written into a page: tables with their caption, or why there are none."""
        if self.state == "measured":
            return f"{self.body}\n\n{self.caption}"
        return f"*Not measured on {self.date}: {self.reason}.*"

    def keep(self, folder: Path = FOLDER) -> None:
        """Write the answer, and its table, where both are found again."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=1)
        (folder / f"{self.question}.json").write_text(text + "\n", encoding="utf-8")
        (folder / f"{self.question}.md").write_text(self.table + "\n", encoding="utf-8")


def kept(question: str, folder: Path = FOLDER) -> Answer | None:
    """Return the last answer to a question; None if there is none.

    Args:
        question: Its name.
        folder: Where answers are kept.
    """
    path = folder / f"{question}.json"
    if not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    told["peers"] = tuple(told["peers"])
    return Answer(**told)


def known(question: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return the figures of the last answer to a question, for those that build on them.

    Args:
        question: Its name.
        folder: Where answers are kept.

    Raises:
        LookupError: If it was never measured here.
    """
    answer = kept(question, folder)
    if answer is None or answer.state != "measured":
        raise LookupError(
            f"{question} was not measured here: python -m benchmarks --only {question}"
        )
    return answer.figures
