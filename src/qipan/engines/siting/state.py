"""The state of a search: who is chosen, and tables of what each addition would gain and each removal lose.

All tables are updated in place: adding or removing a site touches only the owners of the rows whose count changes
between 0, 1 and 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs
from qipan.engines.siting.core import Core


class State(NamedTuple):
    """Mutable tables of a search over a `Core` of n candidates and m rows.

    ``chosen`` bool [n]; ``listed`` int32 [n] the chosen in its first ``size[0]`` places, ``place`` int32 [n] where;
    ``depth`` int32 [m] chosen owners of a row and ``mix`` int32 [m] their exclusive or, so that a row of depth 1 names
    its owner; ``gain`` float64 [n]: what adding gains, or for a chosen site what dropping it loses; ``members`` int32
    chosen in each group; ``blocked`` int32 [n] chosen sites in conflict; ``held`` float64 covered value of each area
    and ``sites`` float64 sites of each; ``sums`` float64 [3]: value, cost and shortfall of the area minimums, each as
    a share of what it needs; ``random`` uint64 [1].
    """

    chosen: Flags
    listed: Ints
    place: Ints
    size: Longs
    depth: Ints
    mix: Ints
    gain: Floats
    members: Ints
    blocked: Ints
    held: Floats
    sites: Floats
    sums: Floats
    random: np.ndarray


def fresh_state(core: Core, seed: int) -> State:
    """Return the state with nothing chosen."""
    n, m = core.cost.size, core.value.size
    gain = np.zeros(n)
    _sum_values(core.start, core.rows, core.value, gain)
    shortfall = float((core.area_least > 0).sum() + core.area_sites.sum())
    return State(
        np.zeros(n, np.bool_),
        np.zeros(n, np.int32),
        np.full(n, -1, np.int32),
        np.zeros(1, np.int64),
        np.zeros(m, np.int32),
        np.zeros(m, np.int32),
        gain,
        np.zeros(core.group_cost.size, np.int32),
        np.zeros(n, np.int32),
        np.zeros(core.area_least.size),
        np.zeros(core.area_sites.size),
        np.array([0.0, 0.0, shortfall]),
        np.array([seed * 2 + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF], np.uint64),
    )


def state_of(core: Core, chosen: np.ndarray, seed: int) -> State:
    """Return the state with the given core positions chosen, its tables summed afresh."""
    state = fresh_state(core, seed)
    add_all(core, state, np.asarray(chosen, np.int64))
    return state


@njit(cache=True, nogil=True)
def _sum_values(start: Longs, rows: Ints, value: Floats, gain: Floats) -> None:
    for i in range(gain.size):
        total = 0.0
        for at in range(start[i], start[i + 1]):
            total += value[rows[at]]
        gain[i] = total


@njit(cache=True, nogil=True)
def draw(state: State) -> float:
    """Next pseudo-random number in [0, 1): xorshift64* of Vigna, An experimental exploration, 2016."""
    x = state.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state.random[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True)
def draw_below(state: State, most: int) -> int:
    """Pseudo-random whole number in [0, most)."""
    return min(int(draw(state) * most), most - 1)


@njit(cache=True, nogil=True)
def cost_of_adding(core: Core, state: State, i: int) -> float:
    """What adding i costs now: its own cost, and its group's where no other member is chosen."""
    group = core.group[i]
    if group >= 0 and state.members[group] == 0:
        return float(core.cost[i] + core.group_cost[group])
    return float(core.cost[i])


@njit(cache=True, nogil=True)
def saved_by_dropping(core: Core, state: State, j: int) -> float:
    """What dropping the chosen j saves now: its own cost, and its group's where it is the only member."""
    group = core.group[j]
    if group >= 0 and state.members[group] == 1:
        return float(core.cost[j] + core.group_cost[group])
    return float(core.cost[j])


@njit(cache=True, nogil=True)
def _hold(core: Core, state: State, row: int, change: float) -> None:
    area = core.row_area[row]
    if area >= 0 and core.area_least[area] > 0.0:
        least = core.area_least[area]
        before = max(0.0, 1.0 - state.held[area] / least)
        state.held[area] += change
        state.sums[2] += max(0.0, 1.0 - state.held[area] / least) - before


@njit(cache=True, nogil=True)
def _number(core: Core, state: State, i: int, change: float) -> None:
    area = core.site_area[i]
    if area >= 0:
        before = max(0.0, core.area_sites[area] - state.sites[area])
        state.sites[area] += change
        state.sums[2] += max(0.0, core.area_sites[area] - state.sites[area]) - before


@njit(cache=True, nogil=True)
def add(core: Core, state: State, i: int) -> None:
    """Choose candidate i."""
    state.sums[1] += cost_of_adding(core, state, i)
    state.sums[0] += state.gain[i]
    for at in range(core.start[i], core.start[i + 1]):
        row = core.rows[at]
        number, value = state.depth[row], core.value[row]
        state.depth[row] = number + 1
        if number == 0:
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                state.gain[core.owners[back]] -= value
            state.gain[i] += value
            _hold(core, state, row, value)
        elif number == 1:
            state.gain[state.mix[row]] -= value
        state.mix[row] ^= i
    state.chosen[i] = True
    state.listed[state.size[0]] = i
    state.place[i] = state.size[0]
    state.size[0] += 1
    if core.group[i] >= 0:
        state.members[core.group[i]] += 1
    for at in range(core.conflict_start[i], core.conflict_start[i + 1]):
        state.blocked[core.conflict[at]] += 1
    _number(core, state, i, 1.0)


@njit(cache=True, nogil=True)
def drop(core: Core, state: State, j: int) -> None:
    """Take the chosen candidate j out."""
    state.sums[1] -= saved_by_dropping(core, state, j)
    state.sums[0] -= state.gain[j]
    for at in range(core.start[j], core.start[j + 1]):
        row = core.rows[at]
        number, value = state.depth[row], core.value[row]
        state.depth[row] = number - 1
        state.mix[row] ^= j
        if number == 1:
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                state.gain[core.owners[back]] += value
            state.gain[j] -= value
            _hold(core, state, row, -value)
        elif number == 2:
            state.gain[state.mix[row]] += value
    state.chosen[j] = False
    last = state.listed[state.size[0] - 1]
    state.listed[state.place[j]] = last
    state.place[last] = state.place[j]
    state.place[j] = -1
    state.size[0] -= 1
    if core.group[j] >= 0:
        state.members[core.group[j]] -= 1
    for at in range(core.conflict_start[j], core.conflict_start[j + 1]):
        state.blocked[core.conflict[at]] -= 1
    _number(core, state, j, -1.0)


@njit(cache=True, nogil=True)
def add_all(core: Core, state: State, chosen: Longs) -> None:
    """Choose every candidate of ``chosen``."""
    for k in range(chosen.size):
        add(core, state, chosen[k])
