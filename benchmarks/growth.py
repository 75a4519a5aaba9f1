"""How figures grow with a size: laws that are fitted to a few of them, to say something of sizes that were not measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from statistics import linear_regression

__all__ = ["Line", "PowerLaw", "line", "power_law"]


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """`factor * size ** exponent`: an exponent of 1 is linear.

    Attributes:
        factor: What a size of 1 takes.
        exponent: By how much more a larger one does.
    """

    factor: float
    exponent: float

    def at(self, size: float) -> float:
        """Return what a size takes."""
        return self.factor * float(size**self.exponent)

    def size_of(self, taken: float) -> float:
        """Return the size that takes so much."""
        return float((taken / self.factor) ** (1 / self.exponent))


@dataclass(frozen=True, slots=True)
class Line:
    """`once + each * size`.

    Attributes:
        once: What is taken however large it is.
        each: And of each.
    """

    once: float
    each: float

    def at(self, size: float) -> float:
        """Return what a size takes."""
        return self.once + self.each * size

    def size_of(self, taken: float) -> float:
        """Return the size that takes so much."""
        return (taken - self.once) / self.each


def power_law(points: Mapping[int, float]) -> PowerLaw:
    """Fit a power law to what some sizes took: a straight line, where both axes are logarithms.

    Args:
        points: What was taken, by size; two at least.
    """
    slope, intercept = linear_regression(
        [log(size) for size in points], [log(taken) for taken in points.values()]
    )
    return PowerLaw(exp(intercept), slope)


def line(points: Mapping[int, float]) -> Line:
    """Fit a line to what some sizes took, so that the largest counts most.

    Args:
        points: What was taken, by size; two at least.
    """
    slope, intercept = linear_regression(list(points), list(points.values()))
    return Line(intercept, slope)
