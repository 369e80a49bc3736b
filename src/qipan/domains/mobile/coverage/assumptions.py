"""What the catalogue says about carriers, missing values and venues: ``catalogue/coverage.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from qipan.core.catalogue import Text


@dataclass(frozen=True, slots=True)
class Band:
    """How carriers of a band are used: centre frequencies ``low`` to ``high`` MHz, ``spacing`` of subcarriers in kHz,
    ``downlink`` part of the time, most ``layers`` to a terminal; ``private`` where the public is not served."""

    key: str
    name: Text
    low: float
    high: float
    spacing: float
    downlink: float
    layers: int
    private: bool


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything in ``coverage.toml``."""

    bands: tuple[Band, ...]
    blocks: Mapping[float, Mapping[float, int]]
    """Resource blocks by subcarrier spacing in kHz and bandwidth in MHz."""
    cell_defaults: Mapping[str, Mapping[str, Any]]
    venue_radius: Mapping[str, float]
    venue_indicator: Mapping[str, str]
    """Indicator of the share of covered venues, by their class."""
    outdoor_share: float
    indoor_share: float

    def band_of(self, megahertz: float) -> Band:
        """Return the band of a centre frequency; the last where none holds it."""
        return next((one for one in self.bands if one.low <= megahertz <= one.high), self.bands[-1])

    def subcarriers(self, spacing: float, megahertz: float) -> int:
        """Return the subcarriers of a bandwidth: those of the table, of the nearest bandwidth in proportion."""
        table = self.blocks[spacing]
        nearest = min(table, key=lambda one: abs(one - megahertz))
        return max(round(12 * table[nearest] * megahertz / nearest), 12)


@cache
def load_assumptions() -> Assumptions:
    """Return what the installed package's catalogue says; read once for each process."""
    text = files("qipan.domains.mobile").joinpath("catalogue", "coverage.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    bands = tuple(
        Band(
            key, Text(**row["name"]), row["from"], row["to"], row["subcarrier_spacing"], row["downlink"],
            row["layers"], row["private"],
        )
        for key, row in content["band"].items()
    )  # fmt: skip
    blocks = {
        float(spacing): {float(width): int(count) for width, count in row.items()}
        for spacing, row in content["resource_blocks"].items()
    }
    rule = content["venue_rule"]
    return Assumptions(
        bands, blocks, content["cell_defaults"], content["venue_radius"], content["venue_indicator"],
        rule["outdoor_share"], rule["indoor_share"],
    )  # fmt: skip
