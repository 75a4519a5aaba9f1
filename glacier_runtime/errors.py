"""Every error Glacier raises, and the problems they carry.

An error is a class (what kind of moment it happened in) holding one or more `Problem`s (what is wrong, where, and the
way out). Its code, of `glacier_runtime.codes`, is stable across releases.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from glacier_runtime.codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CloudError",
    "Code",
    "DefinitionError",
    "ExecutionError",
    "GenerationError",
    "GlacierError",
    "InvalidPipelineError",
    "ParameterError",
    "Place",
    "Problem",
    "ProjectError",
    "StorageError",
    "TestingError",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the user's code a problem is.

    Attributes:
        file: The file.
        line: The line in it, from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: what, where and how to mend it.

    Attributes:
        code: The stable code.
        message: What is wrong, naming the user's own things.
        fix: What to do about it.
        place: File and line in the user's code, where known.
        task: The task concerned.
        dataset: The dataset concerned.
        column: The column concerned.
    """

    code: Code
    message: str
    fix: str
    place: Place | None = None
    task: str | None = None
    dataset: str | None = None
    column: str | None = None

    def __str__(self) -> str:
        where = f"\n  at {self.place}" if self.place else ""
        return f"{self.code} {self.message}{where}\n  fix: {self.fix}"

    def to_dict(self) -> dict[str, str | None]:
        """Return the problem as plain data, for `--json` and other processes."""
        place = str(self.place) if self.place else None
        return {**asdict(self), "code": self.code.code, "place": place}

    @classmethod
    def from_dict(cls, data: Mapping[str, str | None]) -> Problem:
        """Read what `to_dict` wrote."""
        file, _, line = (data["place"] or "").rpartition(":")
        return cls(
            code=next(code for code in Code if code.code == data["code"]),
            message=data["message"] or "",
            fix=data["fix"] or "",
            place=Place(file, int(line)) if file else None,
            task=data["task"],
            dataset=data["dataset"],
            column=data["column"],
        )


class GlacierError(Exception):
    """Base of all errors of Glacier; its text lists every problem it carries."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[GlacierError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its problems, in order."""
        return tuple(problem.code.code for problem in self.problems)


class DefinitionError(GlacierError):
    """A dataset, schema, resource, schedule or pipeline is declared with values that cannot work."""


class InvalidPipelineError(GlacierError):
    """The checks before a run found problems in the pipeline; nothing was run."""


class ParameterError(GlacierError):
    """Run parameters or secrets are unknown, missing, unreadable or of the wrong type; nothing was run."""


class StorageError(GlacierError):
    """Data is missing, unreadable, busy or could not be written; what was published before still stands."""


class ExecutionError(GlacierError):
    """A task failed or its rows broke a rule; its group published nothing."""


class ProjectError(GlacierError):
    """The project or its pipeline cannot be found or loaded."""


class GenerationError(GlacierError):
    """Infrastructure cannot be generated or built from the pipeline; no file was changed."""


class CloudError(GlacierError):
    """A cloud does not have what is asked of it, refuses it, does not answer, or ended a run itself."""


class TestingError(GlacierError):
    """What a test gave, or asked for, is unknown, missing or not what the dataset declares; nothing was run."""

    __test__ = False  # pytest takes a class of such a name for tests
