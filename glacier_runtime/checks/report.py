"""What the checks found."""

from __future__ import annotations

from dataclasses import dataclass

from glacier_runtime.errors import InvalidPipelineError, Problem

__all__ = ["NotCheckable", "Report"]


@dataclass(frozen=True, slots=True)
class NotCheckable:
    """A task whose columns the dry run cannot check, and why."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of validating a pipeline.

    Attributes:
        pipeline: The pipeline's name.
        problems: Everything that is wrong.
        checked: Tasks whose columns were checked.
        not_checkable: Tasks whose columns could not be checked before the run, with the reason.
        warnings: Dangerous calls in tasks, which make nothing invalid.
        not_read: Tasks whose source could not be searched for them, with the reason.
    """

    pipeline: str
    problems: tuple[Problem, ...]
    checked: tuple[str, ...] = ()
    not_checkable: tuple[NotCheckable, ...] = ()
    warnings: tuple[Problem, ...] = ()
    not_read: tuple[NotCheckable, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def raise_for_problems(self) -> None:
        """Raise if anything is wrong.

        Raises:
            InvalidPipelineError: With all problems.
        """
        if self.problems:
            raise InvalidPipelineError(self.problems)

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain data, for `--json`."""
        return {
            "pipeline": self.pipeline,
            "ok": self.ok,
            "problems": [problem.to_dict() for problem in self.problems],
            "checked": list(self.checked),
            "not_checkable": {item.task: item.reason for item in self.not_checkable},
            "warnings": [warning.to_dict() for warning in self.warnings],
            "not_read": {item.task: item.reason for item in self.not_read},
        }

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        lines += [f"warning: {warning}" for warning in self.warnings]
        lines += [f"not checked: {item.task}: {item.reason}" for item in self.not_checkable]
        lines += [f"source not read: {item.task}: {item.reason}" for item in self.not_read]
        lines.append(
            f"{self.pipeline}: problems: {len(self.problems)}, tasks whose columns were checked: {len(self.checked)}"
        )
        return "\n".join(lines)
