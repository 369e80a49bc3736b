"""A made-up city for the siting benchmarks: clustered demand and candidates on a street grid, one seed a size."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting import Reach

STREET = 80.0
"""Metres between streets."""


def city_points(candidates: int, demands: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Candidate points, demand points (metres) and integer demand weights of mean 3.8.

    The side grows with the square root of the candidates, so that every size has the same density.
    """
    rng = np.random.default_rng(seed)
    side = 150.0 * np.sqrt(candidates)
    centres = rng.uniform(0, side, (max(candidates // 25, 4), 2))
    spread = rng.uniform(30.0, 250.0, centres.shape[0])
    size = np.minimum(rng.pareto(1.2, centres.shape[0]) + 0.2, 20.0)
    of = rng.choice(size.size, demands, p=size / size.sum())
    near = centres[of] + rng.standard_normal((demands, 2)) * spread[of, None]
    anywhere = rng.uniform(0, side, (demands, 2))
    places = np.mod(np.where(rng.random((demands, 1)) < 0.7, near, anywhere), side)
    sites = rng.uniform(0, side, (candidates, 2))
    along = rng.random(candidates) < 0.5
    sites = np.where(np.column_stack((along, ~along)), np.round(sites / STREET) * STREET, sites)
    weight = 1.0 + rng.poisson(2.8, demands)
    return sites, places, weight


def city_reach(candidates: int, demands: int, seed: int, radius: float = 335.0) -> tuple[Reach, np.ndarray]:
    """Cover pairs within ``radius`` metres and the demand weights."""
    sites, places, weight = city_points(candidates, demands, seed)
    return Reach.within(sites, places, radius).binary(), weight
