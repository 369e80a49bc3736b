"""The sample plan: one's own words, the same bytes each time, figures that shrink with the city."""

from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.demo import sample_plan
from qipan.engines.reading import Level, Reading, read_plan
from qipan.engines.reading.formats import read_bytes

reference = Path(__file__).parents[3] / "shared/gold/docs"
longest_alike = 24
"""Characters that may stand alike in a real plan: names of units and set phrases of the genre are shorter."""


def _reading(scale: float) -> Reading:
    return read_plan(read_bytes(sample_plan(scale), "sample.docx"))


def test_the_same_scale_gives_the_same_bytes() -> None:
    assert sample_plan(0.02) == sample_plan(0.02)
    assert sample_plan(0.02) != sample_plan(1)
    assert len(sample_plan(1)) < 60_000


def test_it_shows_what_plans_are_made_of() -> None:
    reading = _reading(1)
    assert reading.period == (2022, 2025)
    assert len(reading.targets) > 60
    assert {target.level for target in reading.targets} == set(Level)
    assert any(target.parent is not None for target in reading.targets)
    assert {target.scope for target in reading.targets} >= {"移动", "电信", "联通", "福田区"}
    assert reading.coverage
    assert len(reading.tasks) == 19
    assert any(task.lead for task in reading.tasks)
    assert any(task.deadline for task in reading.tasks)
    assert reading.links


def test_counts_shrink_with_the_city_and_ratios_do_not() -> None:
    whole, small = _reading(1), _reading(0.02)
    for name, factor in (("5G基站", 0.02), ("每万人拥有5G基站", 1.0)):
        (large,) = {one.values[0] for one in whole.targets if (one.name, one.scope, one.year) == (name, "", 2021)}
        (little,) = {one.values[0] for one in small.targets if (one.name, one.scope, one.year) == (name, "", 2021)}
        assert little == pytest.approx(large * factor)


def test_no_stretch_of_a_real_plan_stands_in_it() -> None:
    if not reference.is_dir():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    own = "".join(read_bytes(sample_plan(1), "sample.docx").text.split())
    stretches = {own[start : start + longest_alike] for start in range(len(own) - longest_alike + 1)}
    for file in sorted(reference.glob("*.txt")):
        text = "".join(file.read_text(encoding="utf-8").split())
        alike = {text[start : start + longest_alike] for start in range(len(text) - longest_alike + 1)} & stretches
        assert alike == set(), f"{file.name}: {sorted(alike)[:3]}"
