"""Local search of capacitated service: demands move, exchange and push one another on; sites open, close and swap.

A step closes and opens a few neighbouring sites, serves again whom that leaves unserved, settles the neighbourhood, and
is taken back unless the plan is cheaper or chance keeps it (simulated annealing).

Source: Ahuja, Orlin, Pallottino, Scaparra and Scutellà, A multi-exchange heuristic for the single-source capacitated
facility location problem, 2004, for the neighbourhoods; Kirkpatrick, Gelatt and Vecchi, 1983, for the acceptance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs
from qipan.engines.siting.serving import (
    Market,
    Service,
    can_close,
    can_open,
    close_site,
    forget,
    has_room_to_note,
    move,
    open_site,
    pair_cost,
    price_of_opening,
    take_back,
)

_LEAST = 1e-9
_FEW, _PUSHES = 12, 2
"""Rounds of settling everyone, and full sites that a demand tries to get into by sending another on."""


class Desk(NamedTuple):
    """Work space: ``loose`` int32 [m] demands to be served, ``key`` float64 [m]; ``stirred`` int32 [n] sites to settle
    with ``stamp`` int64 [n] and ``clock`` int64 [2], the step and how many;
    ``site`` int32 [m] and ``opened`` bool [n] the best plan.
    """

    loose: Ints
    key: Floats
    stirred: Ints
    stamp: Longs
    clock: Longs
    site: Ints
    opened: Flags


def fresh_desk(market: Market) -> Desk:
    """Return the work space for a market."""
    n, m = market.opening.size, market.amount.size
    return Desk(
        np.zeros(m, np.int32),
        np.zeros(m),
        np.zeros(n, np.int32),
        np.zeros(n, np.int64),
        np.zeros(2, np.int64),
        np.full(m, -1, np.int32),
        np.zeros(n, np.bool_),
    )


@njit(cache=True, nogil=True)
def _draw(plan: Service) -> float:
    """Next pseudo-random number in [0, 1): xorshift64* of Vigna, An experimental exploration, 2016."""
    x = plan.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    plan.random[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _draw_below(plan: Service, most: int) -> int:
    return min(int(_draw(plan) * most), most - 1)


@njit(cache=True, nogil=True)
def construct(market: Market, plan: Service, desk: Desk, order: Longs) -> None:
    """Open the sites that areas need and, in ``order``, every site that lowers the total; then settle everyone."""
    for k in range(order.size):
        j = order[k]
        area = market.area[j]
        if area >= 0 and plan.standing[area] < market.area_sites[area] and can_open(market, plan, j):
            open_site(market, plan, j)
    for j in range(plan.opened.size):
        if plan.opened[j]:
            _draw_in(market, plan, desk, j)
    forget(plan)
    for k in range(order.size):
        j = order[k]
        if not can_open(market, plan, j):
            continue
        before = plan.sums[0]
        open_site(market, plan, j)
        _calm(desk)
        _draw_in(market, plan, desk, j)
        if plan.sums[0] < before - _LEAST:
            forget(plan)
        else:
            take_back(market, plan)
    serve_all(market, plan, desk)
    settle_all(market, plan, desk)


@njit(cache=True, nogil=True)
def serve_all(market: Market, plan: Service, desk: Desk) -> None:
    """Try to serve every unserved demand, the largest first."""
    count = 0
    for i in range(plan.site.size):
        if plan.site[i] < 0:
            desk.loose[count] = i
            count += 1
    _serve_loose(market, plan, desk, count)
    forget(plan)


@njit(cache=True, nogil=True)
def settle_all(market: Market, plan: Service, desk: Desk) -> None:
    """Let demands move everywhere while that pays, and close sites that are not worth their cost."""
    for _ in range(_FEW):
        before = plan.sums[0]
        for j in range(plan.opened.size):
            if plan.opened[j]:
                _pull(market, plan, j)
                forget(plan)
        for j in range(plan.opened.size):
            if plan.opened[j]:
                _exchange_all(market, plan, j)
                forget(plan)
        for j in range(plan.opened.size):
            if plan.opened[j] and can_close(market, plan, j):
                start = plan.sums[0]
                _serve_loose(market, plan, desk, _empty(market, plan, desk, j, 0))
                if plan.sums[0] < start - _LEAST:
                    forget(plan)
                else:
                    take_back(market, plan)
        if plan.sums[0] >= before - _LEAST * abs(before):
            break


@njit(cache=True, nogil=True)
def _empty(market: Market, plan: Service, desk: Desk, j: int, count: int) -> int:
    """Close site j; its demands join the ``count`` loose ones, whose new number is returned."""
    i = plan.first[j]
    while i >= 0:
        following = plan.following[i]
        move(market, plan, i, -1, market.unserved[i])
        desk.loose[count] = i
        count += 1
        i = following
    close_site(market, plan, j)
    return count


@njit(cache=True, nogil=True)
def _serve_loose(market: Market, plan: Service, desk: Desk, count: int) -> None:
    """Serve the first ``count`` loose demands: those who have most to lose, for their amount, first."""
    for k in range(count):
        desk.key[k] = -_regret(market, plan, desk.loose[k])
    order = np.argsort(desk.key[:count], kind="mergesort")
    for k in order:
        i = desk.loose[k]
        if plan.site[i] < 0:
            _serve(market, plan, desk, i)


@njit(cache=True, nogil=True)
def _regret(market: Market, plan: Service, i: int) -> float:
    """How much dearer the second cheapest way to serve i is than the cheapest."""
    first = np.inf
    for at in range(market.near_start[i], market.near_start[i + 1]):
        j = market.near_site[at]
        if plan.opened[j] and market.amount[i] <= plan.room[j]:
            if first < np.inf:
                return float(market.near_cost[at] - first)
            first = market.near_cost[at]
    return float(market.unserved[i] - first) if first < np.inf else float(market.unserved[i])


@njit(cache=True, nogil=True)
def _serve(market: Market, plan: Service, desk: Desk, i: int) -> None:
    """Serve i where it is cheapest: at a site with room, by pushing another on, or by opening a site."""
    best, where, pushed, whither, tries = market.unserved[i] - _LEAST, -1, -1, -1, 0
    for at in range(market.near_start[i], market.near_start[i + 1]):
        j, cost = market.near_site[at], market.near_cost[at]
        if cost >= best:
            break
        if not plan.opened[j]:
            if can_open(market, plan, j) and cost + market.paid * price_of_opening(market, plan, j) < best:
                best, where, pushed = cost + market.paid * price_of_opening(market, plan, j), j, -1
        elif market.amount[i] <= plan.room[j]:
            best, where, pushed = cost, j, -1
            break
        elif tries < _PUSHES:
            tries += 1
            k, other, more = _who_can_go(market, plan, i, j, best - cost)
            if k >= 0:
                best, where, pushed, whither = cost + more, j, k, other
    if where < 0:
        return
    _stir(desk, where)
    if pushed >= 0:
        _send(market, plan, pushed, whither)
    elif not plan.opened[where]:
        open_site(market, plan, where)
    move(market, plan, i, where, pair_cost(market, i, where))


@njit(cache=True, nogil=True)
def _who_can_go(market: Market, plan: Service, i: int, j: int, most: float) -> tuple[int, int, float]:
    """The demand of the full site j whose departure makes room for i at least cost, below ``most``; where it goes, and
    the cost; -1 for none.
    """
    old = plan.site[i]
    leaver, whither = -1, -1
    k = plan.first[j]
    while k >= 0:
        if plan.room[j] + market.amount[k] >= market.amount[i]:
            if market.unserved[k] - plan.pay[k] < most:
                most, leaver, whither = market.unserved[k] - plan.pay[k], k, -1
            for at in range(market.near_start[k], market.near_start[k + 1]):
                more = market.near_cost[at] - plan.pay[k]
                if more >= most:
                    break
                other = market.near_site[at]
                if other == j or not plan.opened[other]:
                    continue
                freed = market.amount[i] if other == old else 0.0
                if market.amount[k] <= plan.room[other] + freed:
                    most, leaver, whither = more, k, other
                    break
        k = plan.following[k]
    return leaver, whither, most


@njit(cache=True, nogil=True)
def _send(market: Market, plan: Service, i: int, j: int) -> None:
    """Serve i from site j, or nowhere where j is -1."""
    move(market, plan, i, j, pair_cost(market, i, j) if j >= 0 else market.unserved[i])


@njit(cache=True, nogil=True)
def _draw_in(market: Market, plan: Service, desk: Desk, j: int) -> None:
    """Move to the newly opened j the demands that save most for their amount."""
    count = 0
    for at in range(market.start[j], market.start[j + 1]):
        i = market.demand[at]
        saved = plan.pay[i] - market.cost[at]
        if saved > _LEAST:
            desk.key[count] = -saved / max(market.amount[i], 1e-12)
            desk.loose[count] = at
            count += 1
    order = np.argsort(desk.key[:count], kind="mergesort")
    for k in order:
        at = desk.loose[k]
        i = market.demand[at]
        if plan.site[i] != j and market.amount[i] <= plan.room[j]:
            if plan.site[i] >= 0:
                _stir(desk, plan.site[i])
            move(market, plan, i, j, market.cost[at])


@njit(cache=True, nogil=True)
def _pull(market: Market, plan: Service, j: int) -> None:
    """Move to j whoever fits and saves."""
    for at in range(market.start[j], market.start[j + 1]):
        i = market.demand[at]
        if plan.pay[i] - market.cost[at] > _LEAST and market.amount[i] <= plan.room[j] and has_room_to_note(plan):
            move(market, plan, i, j, market.cost[at])


@njit(cache=True, nogil=True)
def _exchange_all(market: Market, plan: Service, j: int) -> None:
    """Bring demands to j where that saves and j has room, or gets it by sending one of its own on."""
    for at in range(market.start[j], market.start[j + 1]):
        i = market.demand[at]
        saved = plan.pay[i] - market.cost[at]
        if saved <= _LEAST or plan.site[i] == j or not has_room_to_note(plan):
            continue
        if market.amount[i] <= plan.room[j]:
            move(market, plan, i, j, market.cost[at])
            continue
        k, other, _ = _who_can_go(market, plan, i, j, saved - _LEAST)
        if k >= 0:
            _send(market, plan, k, other)
            move(market, plan, i, j, market.cost[at])


@njit(cache=True, nogil=True)
def _better(market: Market, plan: Service, i: int) -> None:
    """Move i to a cheaper open site, by sending one of that site's own on where it is full."""
    tries = 0
    for at in range(market.near_start[i], market.near_start[i + 1]):
        saved = plan.pay[i] - market.near_cost[at]
        if saved <= _LEAST or tries == _PUSHES or not has_room_to_note(plan):
            break
        j = market.near_site[at]
        if not plan.opened[j] or plan.site[i] == j:
            continue
        if market.amount[i] <= plan.room[j]:
            move(market, plan, i, j, market.near_cost[at])
            break
        tries += 1
        k, other, _ = _who_can_go(market, plan, i, j, saved - _LEAST)
        if k >= 0:
            _send(market, plan, k, other)
            move(market, plan, i, j, market.near_cost[at])
            break


@njit(cache=True, nogil=True)
def _calm(desk: Desk) -> None:
    """Forget which neighbourhoods are to be settled."""
    desk.clock[0] += 1
    desk.clock[1] = 0


@njit(cache=True, nogil=True)
def _stir(desk: Desk, j: int) -> None:
    """Remember that site j's neighbourhood is to be settled."""
    if desk.stamp[j] != desk.clock[0]:
        desk.stamp[j] = desk.clock[0]
        desk.stirred[desk.clock[1]] = j
        desk.clock[1] += 1


@njit(cache=True, nogil=True)
def anneal(market: Market, plan: Service, desk: Desk, steps: int, hot: float, cold: float, best: float) -> float:
    """Run ``steps`` steps at temperatures from ``hot`` to ``cold``; the best total, whose plan is left in the desk."""
    for step in range(steps):
        heat = hot * (cold / hot) ** (step / steps) if hot > 0.0 else 0.0
        before = plan.sums[0]
        _step(market, plan, desk)
        worse = plan.sums[0] > before - heat * np.log(max(_draw(plan), 1e-300))
        if worse or not _areas_hold(market, plan):
            take_back(market, plan)
            continue
        forget(plan)
        if plan.sums[0] < best - _LEAST * max(1.0, abs(best)):
            best = plan.sums[0]
            desk.site[:] = plan.site
            desk.opened[:] = plan.opened
    return best


@njit(cache=True, nogil=True)
def _areas_hold(market: Market, plan: Service) -> bool:
    return bool((plan.standing >= market.area_sites).all())


@njit(cache=True, nogil=True)
def _step(market: Market, plan: Service, desk: Desk) -> None:
    """Close, open or swap a few neighbouring sites, serve who was left, and settle around."""
    _calm(desk)
    loose, kind = 0, _draw(plan)
    seed = _anyone(market, plan)
    if seed < 0:
        return
    if kind < 0.75 and plan.size[0] > 0:
        for _ in range(1 + (_draw(plan) < 0.25)):
            j = _open_near(market, plan, seed)
            if j >= 0 and not market.pinned[j]:
                loose = _empty(market, plan, desk, j, loose)
    if kind > 0.2:
        for _ in range(1 + (_draw(plan) < 0.25)):
            j = _closed_near(market, plan, seed)
            if j >= 0:
                open_site(market, plan, j)
                _attract(market, plan, desk, j, loose)
                _stir(desk, j)
    _serve_loose(market, plan, desk, loose)
    for k in range(loose):
        _better(market, plan, desk.loose[k])
    for k in range(desk.clock[1]):
        j = desk.stirred[k]
        if plan.opened[j]:
            if plan.room[j] > 0.0:
                _pull(market, plan, j)
            if plan.first[j] < 0 and can_close(market, plan, j):
                close_site(market, plan, j)


@njit(cache=True, nogil=True)
def _attract(market: Market, plan: Service, desk: Desk, j: int, loose: int) -> None:
    """`_draw_in`, leaving the first ``loose`` loose demands as they are listed."""
    kept = desk.loose[:loose].copy()
    _draw_in(market, plan, desk, j)
    desk.loose[:loose] = kept


@njit(cache=True, nogil=True)
def _anyone(market: Market, plan: Service) -> int:
    """A random demand, an unserved one more often."""
    m = plan.site.size
    i = _draw_below(plan, m)
    if plan.sums[2] > 0.0 and _draw(plan) < 0.3:
        for k in range(m):
            if plan.site[(i + k) % m] < 0:
                i = (i + k) % m
                break
    return i if market.near_start[i + 1] > market.near_start[i] else -1


@njit(cache=True, nogil=True)
def _open_near(market: Market, plan: Service, i: int) -> int:
    """One of the few open sites nearest to demand i, or -1."""
    skip = _draw_below(plan, 3)
    found = -1
    for at in range(market.near_start[i], market.near_start[i + 1]):
        j = market.near_site[at]
        if plan.opened[j]:
            found = j
            if skip == 0:
                break
            skip -= 1
    return found


@njit(cache=True, nogil=True)
def _closed_near(market: Market, plan: Service, i: int) -> int:
    """One of the closed sites near demand i that may be opened, or -1."""
    near = market.near_start[i + 1] - market.near_start[i]
    for _ in range(4):
        at = market.near_start[i] + int(near * _draw(plan) ** 2)
        j = market.near_site[at]
        if can_open(market, plan, j):
            return int(j)
    return -1
