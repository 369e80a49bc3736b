"""Legends of map metrics in the catalogue: what is there, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.catalogue import load_catalogue, read_catalogue
from qipan.core.errors import CatalogueError

_head = '[metric.one]\nname = {zh = "一", en = "one"}\ndescription = {zh = "一", en = "one"}\nunit = "dB"\n'


def test_every_metric_has_rising_classes_and_both_languages() -> None:
    metrics = load_catalogue().metrics
    assert {"rsrp", "sinr", "throughput", "server", "overlap", "indoor", "hole"} <= metrics.keys()
    for metric in metrics.values():
        assert metric.name.zh
        assert metric.name.en
        steps = [one.least for one in metric.classes]
        assert steps == sorted(set(steps))


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        ("[]", "0 classes"),
        ('[{least = 2, colour = "#000000"}, {least = 1, colour = "#ffffff"}]', "do not rise"),
        ('[{least = 2, colour = "red"}]', "'red'"),
        ('[{colour = "#000000"}]', "least"),
    ],
)
def test_a_legend_that_cannot_be_drawn_is_refused(tmp_path: Path, classes: str, reason: str) -> None:
    file = tmp_path / "metrics.toml"
    file.write_text(f"{_head}classes = {classes}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=reason):
        read_catalogue([file])
