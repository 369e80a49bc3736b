"""Links between targets and the tasks that serve them: the words they share, and the section where they share one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from qipan.engines.reading.model import Kind, Link, Target, Task

__all__ = ["link_targets"]

_LEAST = 0.35
_MOST_PER_TARGET = 3
_COMMON = 40
"""A pair in more tasks than this and in half of them says nothing of any one."""
_READ = 600
"""Characters of a task that are compared; its heading counts most."""


def link_targets(targets: Sequence[Target], tasks: Sequence[Task]) -> list[Link]:
    """Link each target to at most three tasks: its own item, or those in whose words its name's rare pairs recur.

    The weight is the share of the name's character pairs, weighed by their rarity among the tasks, that a task holds.
    """
    postings: dict[str, list[int]] = defaultdict(list)
    for index, task in enumerate(tasks):
        for pair in _pairs(task.heading) | _pairs(task.text[:_READ]):
            postings[pair].append(index)
    sections = {task.section: index for index, task in enumerate(tasks)}
    links: list[Link] = []
    for index, target in enumerate(targets):
        if target.kind is Kind.MEASURE or not tasks:
            continue
        own = sections.get(target.section)
        if own is not None:
            links.append(Link(index, own, 1.0))
            continue
        links.extend(Link(index, task, weight) for weight, task in _nearest(_pairs(target.name), postings, len(tasks)))
    return links


def _pairs(text: str) -> set[str]:
    text = "".join(text.split())
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _nearest(pairs: set[str], postings: Mapping[str, list[int]], tasks: int) -> list[tuple[float, int]]:
    scores: dict[int, float] = defaultdict(float)
    whole = 0.0
    for pair in sorted(pairs):
        held = postings.get(pair, [])
        # A pair that no task holds (…占比, …规模) is mostly the form of a measure, so it counts half.
        rarity = (math.log((1 + tasks) / (1 + len(held))) + 0.1) * (1.0 if held else 0.5)
        whole += rarity
        if len(held) > _COMMON and len(held) > tasks / 2:
            continue
        for task in held:
            scores[task] += rarity
    best = sorted((-score, task) for task, score in scores.items() if score >= _LEAST * whole)
    return [(round(-score / whole, 3), task) for score, task in best[:_MOST_PER_TARGET]]
