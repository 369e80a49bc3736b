"""Who serves whom within capacities: the stated market in arrays, and a plan whose totals are kept in place.

Every change of a plan is written into a journal, so that a move that does not pay is taken back at the cost of the
move alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs, offsets, row_ids
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.reach import Reach

_OPEN, _CLOSE = -2, -3


class Market(NamedTuple):
    """Sites with capacities and demands with amounts, pairs both ways.

    ``start`` int64 [n + 1], ``demand`` int32 ascending and ``cost`` float64 by site; ``near_start`` int64 [m + 1],
    ``near_site`` int32 and ``near_cost`` by demand, cheapest first; ``opening`` and ``capacity`` float64 [n];
    ``amount`` and ``unserved`` float64 [m], the cost of serving nobody; ``group`` int32 [n] with ``group_cost``;
    ``conflict_start`` int64 [n + 1] and ``conflict`` int32; ``area`` int32 [n] with ``area_sites`` float64;
    ``pinned`` and ``allowed`` bool [n]; ``paid`` 1 where opening counts in the total and 0 where it only counts
    against ``budget``.
    """

    start: Longs
    demand: Ints
    cost: Floats
    near_start: Longs
    near_site: Ints
    near_cost: Floats
    opening: Floats
    capacity: Floats
    amount: Floats
    unserved: Floats
    group: Ints
    group_cost: Floats
    conflict_start: Longs
    conflict: Ints
    area: Ints
    area_sites: Floats
    pinned: Flags
    allowed: Flags
    paid: float
    budget: float


class Service(NamedTuple):
    """A plan: ``site`` int32 [m], -1 for unserved, with ``pay`` float64 [m] what that costs; ``room`` float64 [n];
    ``opened`` bool [n], ``listed`` int32 [n] the opened in its first ``size[0]`` places, ``place`` int32 [n] where;
    ``first`` int32 [n], ``following`` and ``before`` int32 [m] the demands of each site as a linked list; ``members``
    int32 opened in each group; ``blocked`` int32 [n] opened sites in conflict; ``standing`` float64 new sites of each
    area; ``sums`` float64 [3]: total, money, number unserved; ``what`` and ``whence`` int32 with ``worth`` float64 the
    journal, ``written`` int64 [1]; ``random`` uint64 [1].
    """

    site: Ints
    pay: Floats
    room: Floats
    opened: Flags
    listed: Ints
    place: Ints
    size: Longs
    first: Ints
    following: Ints
    before: Ints
    members: Ints
    blocked: Ints
    standing: Floats
    sums: Floats
    what: Ints
    whence: Ints
    worth: Floats
    written: Longs
    random: np.ndarray


def market_of(
    reach: Reach,
    opening: Floats,
    capacity: Floats,
    amount: Floats,
    unserved: Floats,
    conditions: Conditions,
    paid: float = 1.0,
    budget: float = np.inf,
    whole: bool = False,
) -> Market:
    """State a market for the loops: fixed sites cost nothing, forbidden ones lose their pairs.

    With ``whole`` pairs go whose demand is more than the site can hold.
    """
    n = reach.candidates
    pinned, allowed = np.zeros(n, np.bool_), np.ones(n, np.bool_)
    pinned[conditions.fixed] = pinned[conditions.mandatory] = True
    allowed[conditions.forbidden] = False
    opening, group_cost = opening.copy(), conditions.group_cost.copy()
    opening[conditions.fixed] = 0.0
    group = conditions.group if conditions.group.size else np.full(n, -1, np.int32)
    free = group[conditions.fixed]
    group_cost[free[free >= 0]] = 0.0
    area = conditions.candidate_area if conditions.area_sites.size else np.full(n, -1, np.int32)
    area = area.copy()
    area[conditions.fixed] = -1
    who, cost = row_ids(reach.start), reach.weight.astype(np.float64)
    kept = allowed[who]
    if whole:
        kept &= amount[reach.demand] <= capacity[who] * (1.0 + 1e-9)
    who, demand, cost = who[kept], reach.demand[kept], cost[kept]
    order = np.lexsort((who, cost, demand))
    both = np.concatenate((conditions.conflicts, conditions.conflicts[:, ::-1]))
    both = both[np.argsort(both[:, 0], kind="stable")]
    return Market(
        offsets(who, n),
        demand,
        cost,
        offsets(demand, reach.demands),
        who[order],
        cost[order],
        opening,
        capacity,
        amount,
        unserved,
        group,
        group_cost,
        offsets(both[:, 0], n),
        np.ascontiguousarray(both[:, 1]).astype(np.int32),
        area,
        conditions.area_sites,
        pinned,
        allowed,
        paid,
        float(budget),
    )


def fresh_service(market: Market, seed: int) -> Service:
    """Return the plan with the pinned sites open and nobody served."""
    n, m = market.opening.size, market.amount.size
    entries = 8 * m + 4 * n + 1_000
    plan = Service(
        np.full(m, -1, np.int32),
        market.unserved.copy(),
        market.capacity.copy(),
        np.zeros(n, np.bool_),
        np.zeros(n, np.int32),
        np.full(n, -1, np.int32),
        np.zeros(1, np.int64),
        np.full(n, -1, np.int32),
        np.full(m, -1, np.int32),
        np.full(m, -1, np.int32),
        np.zeros(market.group_cost.size, np.int32),
        np.zeros(n, np.int32),
        np.zeros(market.area_sites.size),
        np.array([float(market.unserved.sum()), 0.0, float(m)]),
        np.zeros(entries, np.int32),
        np.zeros(entries, np.int32),
        np.zeros(entries),
        np.zeros(1, np.int64),
        np.array([seed * 2 + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF], np.uint64),
    )
    for j in np.flatnonzero(market.pinned):
        open_site(market, plan, int(j))
    forget(plan)
    return plan


@njit(cache=True, nogil=True)
def forget(plan: Service) -> None:
    """Make the changes since the last call final."""
    plan.written[0] = 0


@njit(cache=True, nogil=True)
def has_room_to_note(plan: Service) -> bool:
    """Whether the journal has place for one more exchange."""
    return bool(plan.written[0] < plan.what.size - 8)


@njit(cache=True, nogil=True)
def _note(plan: Service, what: int, whence: int, worth: float) -> None:
    at = plan.written[0]
    plan.what[at], plan.whence[at], plan.worth[at] = what, whence, worth
    plan.written[0] = at + 1


@njit(cache=True, nogil=True)
def take_back(market: Market, plan: Service) -> None:
    """Undo all changes in the journal, the last first."""
    for at in range(plan.written[0] - 1, -1, -1):
        what, whence = plan.what[at], plan.whence[at]
        if whence == _OPEN:
            _shut(market, plan, what)
        elif whence == _CLOSE:
            _open(market, plan, what)
        else:
            _move(market, plan, what, whence, plan.worth[at])
    plan.written[0] = 0


@njit(cache=True, nogil=True)
def move(market: Market, plan: Service, i: int, j: int, pay: float) -> None:
    """Serve demand i from site j at the cost ``pay``; -1 serves it nowhere."""
    _note(plan, i, plan.site[i], plan.pay[i])
    _move(market, plan, i, j, pay)


@njit(cache=True, nogil=True)
def _move(market: Market, plan: Service, i: int, j: int, pay: float) -> None:
    old = plan.site[i]
    if old >= 0:
        plan.room[old] += market.amount[i]
        previous, following = plan.before[i], plan.following[i]
        if previous >= 0:
            plan.following[previous] = following
        else:
            plan.first[old] = following
        if following >= 0:
            plan.before[following] = previous
    else:
        plan.sums[2] -= 1.0
    if j >= 0:
        plan.room[j] -= market.amount[i]
        head = plan.first[j]
        plan.following[i], plan.before[i] = head, -1
        if head >= 0:
            plan.before[head] = i
        plan.first[j] = i
    else:
        plan.sums[2] += 1.0
    plan.sums[0] += pay - plan.pay[i]
    plan.site[i], plan.pay[i] = j, pay


@njit(cache=True, nogil=True)
def price_of_opening(market: Market, plan: Service, j: int) -> float:
    """What opening j costs now: its own cost, and its group's where no other member is open."""
    group = market.group[j]
    if group >= 0 and plan.members[group] == 0:
        return float(market.opening[j] + market.group_cost[group])
    return float(market.opening[j])


@njit(cache=True, nogil=True)
def can_open(market: Market, plan: Service, j: int) -> bool:
    """Whether j is closed, allowed, in no conflict with an open site, and within the budget."""
    if plan.opened[j] or not market.allowed[j] or plan.blocked[j] > 0:
        return False
    return bool(plan.sums[1] + price_of_opening(market, plan, j) <= market.budget * (1.0 + 1e-12))


@njit(cache=True, nogil=True)
def can_close(market: Market, plan: Service, j: int) -> bool:
    """Whether j may be closed: it is not pinned, and its area keeps the sites it needs."""
    if market.pinned[j]:
        return False
    area = market.area[j]
    return bool(area < 0 or plan.standing[area] > market.area_sites[area])


@njit(cache=True, nogil=True)
def open_site(market: Market, plan: Service, j: int) -> None:
    """Open site j."""
    _note(plan, j, _OPEN, 0.0)
    _open(market, plan, j)


@njit(cache=True, nogil=True)
def close_site(market: Market, plan: Service, j: int) -> None:
    """Close site j, which serves nobody any more."""
    _note(plan, j, _CLOSE, 0.0)
    _shut(market, plan, j)


@njit(cache=True, nogil=True)
def _open(market: Market, plan: Service, j: int) -> None:
    price = price_of_opening(market, plan, j)
    plan.sums[0] += market.paid * price
    plan.sums[1] += price
    plan.opened[j] = True
    plan.listed[plan.size[0]], plan.place[j] = j, plan.size[0]
    plan.size[0] += 1
    _count(market, plan, j, 1)


@njit(cache=True, nogil=True)
def _shut(market: Market, plan: Service, j: int) -> None:
    _count(market, plan, j, -1)
    price = price_of_opening(market, plan, j)
    plan.sums[0] -= market.paid * price
    plan.sums[1] -= price
    plan.opened[j] = False
    last = plan.listed[plan.size[0] - 1]
    plan.listed[plan.place[j]], plan.place[last] = last, plan.place[j]
    plan.place[j] = -1
    plan.size[0] -= 1


@njit(cache=True, nogil=True)
def _count(market: Market, plan: Service, j: int, change: int) -> None:
    if market.group[j] >= 0:
        plan.members[market.group[j]] += change
    if market.area[j] >= 0:
        plan.standing[market.area[j]] += change
    for at in range(market.conflict_start[j], market.conflict_start[j + 1]):
        plan.blocked[market.conflict[at]] += change


@njit(cache=True, nogil=True)
def pair_cost(market: Market, i: int, j: int) -> float:
    """Cost of serving demand i from site j, inf where it is out of reach."""
    low, high = market.start[j], market.start[j + 1]
    while low < high:
        middle = (low + high) // 2
        if market.demand[middle] < i:
            low = middle + 1
        else:
            high = middle
    if low < market.start[j + 1] and market.demand[low] == i:
        return float(market.cost[low])
    return np.inf


@njit(cache=True, nogil=True)
def restore(market: Market, plan: Service, site: Ints, opened: Flags) -> None:
    """Turn the plan into the one given by the site of each demand and the open sites."""
    for i in range(site.size):
        if plan.site[i] != site[i] and plan.site[i] >= 0:
            _move(market, plan, i, -1, market.unserved[i])
    for j in range(opened.size):
        if opened[j] and not plan.opened[j]:
            _open(market, plan, j)
        elif plan.opened[j] and not opened[j]:
            _shut(market, plan, j)
    for i in range(site.size):
        if plan.site[i] != site[i]:
            _move(market, plan, i, site[i], pair_cost(market, i, site[i]))
    plan.written[0] = 0
