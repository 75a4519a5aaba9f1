"""Laws that are fitted to figures, and what a model says with them."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from benchmarks.growth import line, power_law
from benchmarks.scale import many_partitions, many_tasks, much_data
from benchmarks.scale.findings import Finding, first_met, shown_findings, shown_size
from benchmarks.scale.much_data import Reading


def test_a_power_law_is_found_again() -> None:
    law = power_law({size: 3 * size**1.5 for size in (10, 100, 1000)})
    assert (law.factor, law.exponent) == pytest.approx((3, 1.5))
    assert law.at(10_000) == pytest.approx(3e6)
    assert law.size_of(law.at(777)) == pytest.approx(777)


def test_a_line_is_found_again() -> None:
    law = line({size: 40 + 2 * size for size in (10, 100, 1000)})
    assert (law.once, law.each) == pytest.approx((40, 2))
    assert law.size_of(law.at(777)) == pytest.approx(777)


def finding(limit: str, up_to: float) -> Finding:
    return Finding(limit=limit, up_to=up_to, taken="much", glacier="refuses it", known="run")


def test_the_limit_that_is_met_first_stands_first() -> None:
    found = [finding("later", 2000), finding("never", inf), finding("first", 10)]
    assert first_met(found).limit == "first"
    rows = shown_findings(found, "tasks", "here it takes").splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| first", "| later", "| never"]
    assert found[1].as_figures()["up_to"] is None


@pytest.mark.parametrize(
    ("size", "said"), [(1070, "1,100"), (64_864.8, "65,000"), (7.26, "7.3"), (inf, "")]
)
def test_a_model_has_two_digits(size: float, said: str) -> None:
    assert shown_size(size) == said


def test_a_pipeline_that_needs_too_many_parts_is_refused() -> None:
    assert many_tasks.refusal(2000) == "GLC802"


def test_what_a_pipeline_takes_is_taken_from_what_is_generated() -> None:
    made = many_tasks.generated(1500)
    assert sum(part.functions for part in made.parts) == made.whole.functions == 1500
    assert all(part.is_held for part in made.parts)
    assert not made.whole.is_held
    terraform = {"plan": {10: 4.0, 100: 20.0}, "init": {10: 1.0, 100: 1.0}}
    figures = many_tasks.Figures(65_000_000, 215_000_000, terraform, {100: 80.0, 1000: 80.0})
    found = {it.limit: it for it in many_tasks.findings(made, figures, "GLC802")}
    archives = found["archives of all functions, 75 GB before the quota is raised"]
    assert archives.up_to == pytest.approx(75e9 / 65e6)
    hour = found["an hour for `terraform plan`, without the account's answers"]
    assert 20 + (hour.up_to - 100) * 16 / 90 == pytest.approx(3600)
    assert "0.12 s of CPU time, exponent 1.00" in found["no limit: the graph, checked"].taken


def test_partitions_are_made_and_their_record_grows(tmp_path: Path) -> None:
    made = many_partitions.made(tmp_path, (2, 4, 8))
    assert set(made.milliseconds) == {1, 3, 6}
    assert made.record.each > 100


def test_more_partitions_than_can_be_asked_for_are_refused() -> None:
    assert many_partitions.keys_at_once() == (100_000, "GLC634")
    assert many_partitions.keys_of_a_run() > 100


def test_a_day_of_data_is_divided_by_what_a_function_holds() -> None:
    fused = {"wall_s": [2.0], "cpu_s": [4.0], "peak_mib": [400.0]}
    figures = {"bytes": 100 * 2**20, "contenders": {"fused": fused}}
    how = much_data.reading(figures)
    assert how == Reading(50 * 2**20, 25 * 2**20, 4.0)
    assert much_data.at_once(how) == 10_240 * 2**20 / 4
    memory = much_data.findings(how, 1e13, 2000)[0]
    assert memory.up_to == pytest.approx(2.68, rel=0.01)


def test_a_function_larger_than_lambda_has_is_refused() -> None:
    assert much_data.refused(10_241, 300) == much_data.refused(1024, 901) == "GLC311"
    assert not much_data.refused(10_240, 900)
