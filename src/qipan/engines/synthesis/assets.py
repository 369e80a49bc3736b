"""What all kinds of assets share: where they stand, when they came, and the columns that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.engines.synthesis.figures import as_of, districts
from qipan.engines.synthesis.geography import to_degrees
from qipan.engines.synthesis.tables import Coded, Column, Days, Flags, Floats, Integers, Label, Table

states = ("planned", "approved", "building", "in_service", "retired")
_none = np.datetime64("NaT", "D")
_strip = 400.0

short_names = tuple(one.name.removesuffix("特别合作区").removesuffix("新区").removesuffix("区") for one in districts)
"""Names of districts as they stand in the names of assets."""


@dataclass(frozen=True, slots=True)
class Life:
    """State of n assets as of ``figures.as_of`` and the days of their steps, NaT for steps not taken."""

    state: NDArray[np.int8]
    planned_on: Days
    approved_on: Days
    building_on: Days
    in_service_on: Days
    retired_on: Days

    def take(self, rows: Integers | Flags) -> Life:
        """Return the lives of the chosen rows."""
        steps = (self.planned_on, self.approved_on, self.building_on, self.in_service_on, self.retired_on)
        return Life(self.state[rows], *(step[rows] for step in steps))


def days_by(milestones: Sequence[tuple[str, float]], count: int, random: np.random.Generator) -> Days:
    """Return ``count`` days in order such that the share of them up to each milestone's day is the milestone's value.

    ``milestones`` rise from 0 or more to their last value, which stands for all ``count``.
    """
    last = milestones[-1][1]
    totals = [round(count * value / last) for _, value in milestones]
    parts = [np.full(totals[0], np.datetime64(milestones[0][0]))]
    for place in range(1, len(milestones)):
        first, end = np.datetime64(milestones[place - 1][0]), np.datetime64(milestones[place][0])
        new = totals[place] - totals[place - 1]
        parts.append(np.sort(first + 1 + (random.random(new) * (end - first).astype(int)).astype(np.int64)))
    return np.concatenate(parts).astype("datetime64[D]")


def lived(in_service_on: Days, random: np.random.Generator, months: float = 9.0, retired: float = 0.0) -> Life:
    """Return lives of assets in service since the given days, built over ``months`` on average.

    A share ``retired`` has gone out of service between its first day and ``figures.as_of``.
    """
    count = len(in_service_on)
    whole = months * 30 * random.gamma(4.0, 0.25, count)
    planned, approved, building = (
        (in_service_on - (whole * part).astype(np.int64) - 1).astype("datetime64[D]") for part in (1.0, 0.65, 0.35)
    )
    gone = random.random(count) < retired
    span = (as_of - in_service_on).astype(np.int64)
    end = in_service_on + (random.uniform(0.4, 1.0, count) * span).astype(np.int64)
    retired_on = np.where(gone, end, _none)
    state = np.where(gone, states.index("retired"), states.index("in_service")).astype(np.int8)
    return Life(state, planned, approved, building, in_service_on, retired_on)


def awaited(count: int, random: np.random.Generator) -> Life:
    """Return lives of assets still to come: half planned, the rest approved or being built."""
    state = np.sort(random.choice(3, count, p=(0.5, 0.28, 0.22))).astype(np.int8)
    planned = as_of - random.integers(200, 420, count)
    approved = np.where(state >= 1, planned + random.integers(30, 90, count), _none)
    building = np.where(state >= 2, approved + random.integers(20, 80, count), _none)
    nothing = np.full(count, _none)
    return Life(state, planned.astype("datetime64[D]"), approved, building, nothing, nothing)


def together(one: Life, other: Life) -> Life:
    """Return the rows of both, the first's before the second's."""
    pairs = ((getattr(one, name), getattr(other, name)) for name in Life.__slots__)
    return Life(*(np.concatenate(pair) for pair in pairs))


def scaled(count: float, scale: float, least: int = 1) -> int:
    """Return a count of the whole city at ``scale``, at least ``least``."""
    return max(round(count * scale), least)


def point_table(
    kind: str,
    district: NDArray[np.int8],
    place: tuple[Floats, Floats],
    name: Label,
    owner: Coded,
    life: Life,
    attributes: Mapping[str, Column],
) -> Table:
    """Return the table of assets that stand at points of the real plane (``place``: eastings and northings, m)."""
    longitude, latitude = to_degrees(*place)
    common = common_columns(district, name, owner, life)
    return Table(kind, district, {**common, "longitude": longitude, "latitude": latitude, **attributes})


def common_columns(district: NDArray[np.int8], name: Label, owner: Coded, life: Life) -> dict[str, Column]:
    """Return the columns that assets of every kind have, but for their place."""
    return {
        "name": name,
        "owner": owner,
        "area": Coded(district, tuple(one.name for one in districts)),
        "state": Coded(life.state, states),
        "planned_on": life.planned_on,
        "approved_on": life.approved_on,
        "building_on": life.building_on,
        "in_service_on": life.in_service_on,
        "retired_on": life.retired_on,
    }


def numbered(district: NDArray[np.int8], what: str | Coded, first: int = 0) -> Label:
    """Return names made of district, kind of thing and running number."""
    return Label((Coded(district, short_names), what, np.arange(first + 1, first + len(district) + 1)))


def one_owner(name: str, count: int) -> Coded:
    """Return a column of ``count`` times the same owner."""
    return Coded(np.zeros(count, dtype=np.int8), (name,))


def drawn(random: np.random.Generator, values: tuple[str, ...], shares: Sequence[float], count: int) -> Coded:
    """Return a column of ``count`` values drawn with the given shares."""
    return Coded(random.choice(len(values), count, p=np.array(shares) / sum(shares)).astype(np.int8), values)


def spread(x: Floats, y: Floats, weights: Floats, count: int, random: np.random.Generator) -> Integers:
    """Choose ``count`` different places with chances by ``weights``, evenly spread over the ground; return their rows.

    Systematic sampling along strips of 400 m read to and fro: where a place is taken, its neighbours rest.
    """
    if count >= len(x):
        return np.arange(len(x))
    strip = np.floor(y / _strip).astype(np.int64)
    column = np.floor(x / _strip).astype(np.int64) * np.where(strip % 2 == 0, 1, -1)
    order = np.lexsort((random.random(len(x)), column, strip))
    chance = np.maximum(weights[order], weights.max() * 1e-9)
    for _ in range(30):
        chance = np.minimum(chance, 0.98 * chance.sum() / count)
    limits = np.cumsum(chance)
    ticks = (np.arange(count) + random.random()) * (limits[-1] / count)
    chosen = np.zeros(len(x), dtype=bool)
    chosen[np.searchsorted(limits, ticks, side="right").clip(max=len(x) - 1)] = True
    lacking = count - int(chosen.sum())
    if lacking:
        rest = np.flatnonzero(~chosen)
        chosen[random.permutation(rest)[:lacking]] = True
    return np.sort(order[chosen])


def rounded(values: Floats, decimals: int) -> Floats:
    """Return numbers with the decimals that a file carries."""
    return np.asarray(np.round(values, decimals), dtype=np.float64)


def within(place: tuple[Floats, Floats], half: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return points thrown into rectangles about ``place`` (n,) with half sides ``half`` (n, 2), m."""
    throw = random.uniform(-1, 1, half.shape) * half
    return place[0] + throw[:, 0], place[1] + throw[:, 1]
