"""All questions: what each is called, what it asks, what answers it, and how long that may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import join
from typing import Final

__all__ = ["QUESTIONS", "Question"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question.

    Attributes:
        name: What it is called: in `--only`, in the names of files, and by the marks in the docs.
        asks: The question.
        module: What answers it, a module that is run.
        quick: Arguments for minutes; None if it is asked only with `--full`.
        full: Arguments for as long as it takes.
        minutes: What the quick one may take on two cores; of the full one where there is no quick one.
        needs: Commands without which it cannot be asked.
    """

    name: str
    asks: str
    module: str
    quick: tuple[str, ...] | None = ()
    full: tuple[str, ...] = ()
    minutes: float
    needs: tuple[str, ...] = ()

    def arguments(self, *, full: bool) -> tuple[str, ...] | None:
        """Return what its module is given; None if it is not asked."""
        return self.full if full else self.quick

    def command(self, *, full: bool) -> str:
        """Return what to type to ask it alone."""
        return join(("python", "-m", self.module, *(self.arguments(full=full) or ())))


def _rounds(quick: int, full: int) -> dict[str, tuple[str, ...]]:
    return {"quick": ("--rounds", f"{quick}"), "full": ("--rounds", f"{full}")}


QUESTIONS: Final[Sequence[Question]] = (
    Question(
        name="overhead",
        asks="What do a task that does nothing, a commit and an event of the run log cost?",
        module="benchmarks.overhead",
        **_rounds(7, 15),
        minutes=0.7,
    ),
    Question(
        name="overhead-beside-peers",
        asks="What does a task that does nothing cost elsewhere?",
        module="benchmarks.overhead.beside_peers",
        quick=("--rounds", "2"),
        full=("--rounds", "5", "--all-sizes"),
        minutes=2.2,
    ),
    Question(
        name="graph",
        asks="How long does it take to build and check a graph, and how does that grow?",
        module="benchmarks.graph",
        quick=("--rounds", "3"),
        full=("--rounds", "5", "--all-sizes"),
        minutes=1.2,
    ),
    Question(
        name="checks",
        asks="What does it cost to know a pipeline before anything runs?",
        module="benchmarks.checks",
        **_rounds(3, 15),
        minutes=0.7,
    ),
    Question(
        name="cold-start",
        asks="What does somebody wait for before anything happens?",
        module="benchmarks.cold_start",
        **_rounds(5, 15),
        minutes=2.2,
    ),
    Question(
        name="cold-start-task",
        asks="How long does a function of a cloud take to its first line?",
        module="benchmarks.cold_start_task",
        **_rounds(9, 15),
        minutes=0.5,
    ),
    Question(
        name="tpch",
        asks="Ten queries of TPC-H at scale factor 1: how long, and how much memory?",
        module="benchmarks.tpch",
        quick=("--rounds", "3", "--no-warm-up"),
        full=("--rounds", "15"),
        minutes=2.5,
    ),
    Question(
        name="tpch-sf10",
        asks="The same at scale factor 10, once",
        module="benchmarks.tpch",
        quick=None,
        full=("--sf", "10", "--rounds", "1", "--no-warm-up"),
        minutes=30,
    ),
    Question(
        name="tpch-memory",
        asks="The same at scale factor 10, within a budget of memory",
        module="benchmarks.tpch",
        quick=None,
        full=("--sf", "10", "--budget-mib", "4096"),
        minutes=5,
    ),
    Question(
        name="fused-vs-polars",
        asks="Flights, fused, beside one multi-sink query",
        module="benchmarks.fused_vs_polars",
        quick=("--rounds", "5"),
        full=("--rounds", "15"),
        minutes=1.6,
    ),
    Question(
        name="quality",
        asks="What do rules, keys and quarantine cost?",
        module="benchmarks.quality",
        quick=("--rounds", "3", "--rows", "2000000"),
        full=("--rounds", "7"),
        minutes=0.5,
    ),
    Question(
        name="partitions",
        asks="What does it cost to make one partition of many?",
        module="benchmarks.partitions",
        quick=("--rounds", "5"),
        full=("--rounds", "9", "--sizes", "10", "100", "400", "1500"),
        minutes=0.3,
    ),
    Question(
        name="static-reading",
        asks="How long does it take to read source without importing it?",
        module="benchmarks.static_reading",
        **_rounds(2, 7),
        minutes=0.4,
    ),
    Question(
        name="fingerprints",
        asks="How long does it take to say what code of a task has changed?",
        module="benchmarks.fingerprints",
        **_rounds(5, 9),
        minutes=0.2,
    ),
    Question(
        name="generation",
        asks="How long does it take from a manifest to Terraform?",
        module="benchmarks.generation",
        **_rounds(3, 9),
        minutes=0.8,
    ),
    Question(
        name="terraform",
        asks="How long does Terraform take for what is generated?",
        module="benchmarks.generation.terraform",
        quick=("--rounds", "1", "--sizes", "1", "10", "100"),
        full=("--rounds", "3", "--sizes", "1", "10", "100", "300", "1000"),
        minutes=1.5,
        needs=("terraform",),
    ),
    Question(
        name="chalice",
        asks="How long does Chalice take to Terraform, and what does checkov say of both?",
        module="benchmarks.generation.chalice",
        quick=("--rounds", "1", "--sizes", "1", "10"),
        full=("--rounds", "5"),
        minutes=0.9,
    ),
    Question(
        name="scaffolding",
        asks="How long does it take to make a project?",
        module="benchmarks.scaffolding",
        **_rounds(1, 5),
        minutes=1.8,
        needs=("git",),
    ),
    Question(
        name="function-start",
        asks="How long do a build and its first start take?",
        module="benchmarks.function_start",
        **_rounds(3, 15),
        minutes=0.6,
    ),
    Question(
        name="scale",
        asks="Which limit do 10,000 tasks, a million partitions and 10 TB a day meet first?",
        module="benchmarks.scale",
        minutes=0.5,
    ),
)
