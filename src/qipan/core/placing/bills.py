"""What each chosen site costs, line by line, once it is known who shares its host."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from qipan.core.catalogue import CostLine, Placement
from qipan.core.placing.candidates import Candidates, Flags
from qipan.core.placing.hosts import Doubles, Longs


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill: ``row`` of the site in the plan, ``price`` in yuan a unit, ``amount`` to the cent."""

    row: int
    key: str
    name: str
    unit: str
    quantity: float
    price: float
    amount: float
    yearly: bool


def sharing_of(candidates: Candidates, chosen: Longs) -> tuple[Flags, Flags]:
    """Tell, for the chosen in the order they are built, who comes later to a host and who shares one in the end."""
    group = candidates.group[chosen]
    later = candidates.occupied[chosen].copy()
    seen: set[int] = set()
    for place, one in enumerate(group.tolist()):
        later[place] |= one in seen
        seen.add(one)
    together = np.bincount(group, minlength=1)[group] > 1 if group.size else np.zeros(0, dtype=bool)
    return later, np.asarray(candidates.occupied[chosen] | together)


def bill_of(
    placement: Placement, candidates: Candidates, chosen: Longs, rates: Mapping[str, float], units: Mapping[str, str]
) -> list[BillLine]:
    """Return every line of every chosen site, in the order they are built; ``units`` of rates by key."""
    later, shared = sharing_of(candidates, chosen)
    found = []
    for place, row in enumerate(chosen.tolist()):
        stated = json.loads(candidates.stated[row] or "{}")
        found += [_stated_line(place, name, amount) for name, amount in stated.items()]
        for line in placement.sources[candidates.source[row]].lines:
            if stated and line.per != "year":
                continue
            discounted = bool(shared[place] if line.per == "year" else later[place])
            found.append(_line(line, place, float(candidates.duct[row]), discounted, rates, units))
    return found


def _stated_line(place: int, name: str, amount: float) -> BillLine:
    amount = round(amount, 2)
    return BillLine(place, f"stated.{name}", name, "项", 1.0, amount, amount, yearly=False)


def _line(
    line: CostLine, place: int, duct: float, discounted: bool, rates: Mapping[str, float], units: Mapping[str, str]
) -> BillLine:
    quantity = rates[line.quantity] if line.quantity else 1.0
    if line.per == "duct_metre":
        quantity *= duct if np.isfinite(duct) else 0.0
    price = rates[line.rate]
    if discounted and line.share:
        price *= rates[line.share]
    unit = units[line.rate].removeprefix("元/")
    # Rounded before they are multiplied, so that whoever multiplies what the bill shows gets the amount it shows.
    quantity, price = round(quantity, 2), round(price, 4)
    amount = round(quantity * price, 2)
    return BillLine(place, line.key, line.name.zh, unit, quantity, price, amount, line.per == "year")


def totals_of(lines: list[BillLine], count: int) -> tuple[Doubles, Doubles]:
    """Return capital and yearly cost in yuan of each site, both (count,)."""
    capital, yearly = np.zeros(count), np.zeros(count)
    for line in lines:
        (yearly if line.yearly else capital)[line.row] += line.amount
    return np.round(capital, 2), np.round(yearly, 2)


def by_line(lines: list[BillLine]) -> Iterator[dict[str, object]]:
    """Yield each line's key, name and sum over all sites, capital before yearly."""
    sums: dict[tuple[bool, str], float] = {}
    names = {(line.yearly, line.key): line.name for line in lines}
    for line in lines:
        sums[line.yearly, line.key] = sums.get((line.yearly, line.key), 0.0) + line.amount
    for (yearly, key), amount in sorted(sums.items()):
        yield {"key": key, "name": names[yearly, key], "yearly": yearly, "amount": round(amount, 2)}
