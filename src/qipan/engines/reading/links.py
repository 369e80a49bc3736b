"""Links between targets and the tasks that serve them: the words they share, and the section where they share one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from qipan.engines.reading.model import Kind, Link, Target, Task

__all__ = ["link_targets"]

_LEAST = 0.35
_MOST_PER_TARGET = 3
_READ = 600
"""Characters of a task that are compared; its heading counts most."""


def link_targets(targets: Sequence[Target], tasks: Sequence[Task]) -> list[Link]:
    """Link each target to at most three tasks: its own item, or those in whose words its name's rare pairs recur.

    The weight is the share of the name's character pairs, weighed by their rarity among the tasks, that a task holds.
    """
    held = [_pairs(task.heading) | _pairs(task.text[:_READ]) for task in tasks]
    common = Counter(pair for pairs in held for pair in pairs)
    sections = {task.section: index for index, task in enumerate(tasks)}
    links: list[Link] = []
    for index, target in enumerate(targets):
        if target.kind is Kind.MEASURE or not tasks:
            continue
        own = sections.get(target.section)
        if own is not None:
            links.append(Link(index, own, 1.0))
            continue
        links.extend(Link(index, task, weight) for weight, task in _nearest(_pairs(target.name), held, common))
    return links


def _pairs(text: str) -> set[str]:
    text = "".join(text.split())
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _nearest(pairs: set[str], held: Sequence[set[str]], common: Counter[str]) -> list[tuple[float, int]]:
    rarity = {pair: math.log((1 + len(held)) / (1 + common[pair])) + 0.1 for pair in pairs}
    whole = sum(rarity.values())
    if not whole:
        return []
    scored = [(round(sum(rarity[pair] for pair in pairs & own) / whole, 3), task) for task, own in enumerate(held)]
    best = sorted((item for item in scored if item[0] >= _LEAST), key=lambda item: (-item[0], item[1]))
    return best[:_MOST_PER_TARGET]
