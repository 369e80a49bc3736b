"""The stated problem of a plan: what the engine must respect, and how a clash of conditions is told with names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.core.errors import FieldProblem
from qipan.core.placing.candidates import Candidates
from qipan.core.placing.errors import ConditionsClash, NothingToPlace
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.rules import spacing_pairs
from qipan.engines.siting import Conditions, Infeasible, Layer, MaximumCoverage, Reach

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Stated:
    """A plan's problem: candidates, the last row of ``reach`` being what stands already, demand weights and conditions.

    ``weights`` float64 (layers, demands) with ``importance`` (layers,); ``site_part`` of each candidate and
    ``least_sites`` of each part, with their names; ``demand_part`` and ``least_covered`` (in weight) likewise, -1 for
    no part; ``mandatory`` and ``forbidden`` rows; ``conflicts`` pairs of rows (k, 2) nearer than ``spacing`` m.
    """

    candidates: Candidates
    reach: Reach
    weights: Doubles
    importance: Doubles
    layer_names: tuple[str, ...]
    site_part: Ints
    least_sites: Longs
    site_names: tuple[str, ...]
    demand_part: Ints
    least_covered: Doubles
    demand_names: tuple[str, ...]
    mandatory: Longs
    forbidden: Longs
    spacing: float
    conflicts: Ints

    @property
    def weight(self) -> Doubles:
        """Importance times weight of every layer, (demands,)."""
        return np.asarray(self.importance @ self.weights)

    @property
    def costs(self) -> Doubles:
        """Yuan of each candidate alone and, last, 0 for what stands already."""
        return np.append(self.candidates.own, 0.0)

    def conditions(self) -> Conditions:
        """Return the conditions as the engine takes them."""
        one, count = self.candidates, len(self.candidates)
        groups = np.append(one.group, -1).astype(np.int32)
        return Conditions(
            fixed=np.array([count], np.int32),
            mandatory=self.mandatory.astype(np.int32),
            forbidden=self.forbidden.astype(np.int32),
            conflicts=self.conflicts,
            group=groups,
            group_cost=one.group_cost,
            demand_area=self.demand_part if self.least_covered.size else np.zeros(0, np.int32),
            area_least=self.least_covered,
            candidate_area=np.append(self.site_part, -1).astype(np.int32) if self.least_sites.any() else _none,
            area_sites=self.least_sites.astype(np.float64) if self.least_sites.any() else np.zeros(0),
        )

    def problem(self, budget: float) -> MaximumCoverage:
        """Return the problem of one budget in yuan."""
        layers = [
            Layer(name, weight, importance)
            for name, weight, importance in zip(self.layer_names, self.weights, self.importance.tolist(), strict=True)
        ]
        return MaximumCoverage.of_layers(self.reach, layers, budget, self.costs, self.conditions())


_none = np.zeros(0, np.int32)


def too_near(candidates: Candidates, spaced: NDArray[np.bool_], metres: float) -> Ints:
    """Return the pairs (k, 2) of the ``spaced`` candidates of one operator that stand nearer than ``metres``."""
    rows = np.flatnonzero(spaced)
    pairs = spacing_pairs(candidates.x[rows], candidates.y[rows], candidates.owner_id[rows], metres)
    return rows[pairs].astype(np.int32)


def pinned_rows(candidates: Candidates, pins: Mapping[str, str]) -> tuple[Longs, Longs]:
    """Return the rows of mandatory and of forbidden candidates; ConditionsClash names pins of no candidate."""
    keys = list(pins)
    rows = candidates.places(keys)
    unknown = [key for key, row in zip(keys, rows, strict=True) if row < 0]
    if unknown:
        problems = [FieldProblem(None, "pins", key[:80], "没有这个候选点，或它已被使用") for key in unknown]
        message = f"指定的 {len(unknown)} 个点不在候选点中：{'、'.join(unknown[:5])}；请刷新候选点后重新指定"
        raise ConditionsClash(message, problems)
    chosen = {
        pin: np.array([row for key, row in zip(keys, rows, strict=True) if pins[key] == pin], dtype=np.int64)
        for pin in ("mandatory", "forbidden")
    }
    return chosen["mandatory"], chosen["forbidden"]


def require_something(candidates: Candidates, reach: Reach, name: str) -> None:
    """Raise NothingToPlace where there is no candidate, or none that reaches any demand."""
    if not len(candidates):
        message = f"{name}没有候选点：请导入杆塔、建筑、机房或道路，或放宽候选来源与所选区域"
        raise NothingToPlace(message)
    if reach.demands == 0:
        message = f"{name}没有待服务的需求：所选区域与图层都已满足，请核对图层权重与目标"
        raise NothingToPlace(message)


def told_clash(stated: Stated, clash: Infeasible) -> ConditionsClash:
    """Return the clash in the words of the plan: candidates, districts and money by name."""
    sentences = [_in_words(stated, one) for one in clash.clash]
    kind = "以下条件不能同时满足（最小冲突集）" if clash.smallest else "没有找到同时满足以下条件的方案"
    listed = "；".join(sentences[:12]) + ("；…" if len(sentences) > 12 else "")
    message = f"{kind}：{listed}。请放宽或取消其中一条" if sentences else f"{kind}，请放宽预算或最低要求"
    return ConditionsClash(message, [FieldProblem(None, "条件", one[:80], "与其余条件冲突") for one in sentences])


def _in_words(stated: Stated, sentence: str) -> str:
    for pattern, words in _words:
        if found := re.fullmatch(pattern, sentence):
            return words(stated, found.groups())
    return sentence


def _site(stated: Stated, number: str) -> str:
    row = int(number)
    if row >= len(stated.candidates):
        return "已有设施"
    return f"“{stated.candidates.name[row]}”（{stated.candidates.key[row]}）"


def _part(names: Sequence[str], number: str) -> str:
    place = int(number)
    return names[place] if place < len(names) else f"分区 {place}"


_number = r"([-+.\de]+)"
_words: tuple[tuple[str, Callable[[Stated, Sequence[str]], str]], ...] = (
    (r"site (\d+) is mandatory", lambda one, at: f"{_site(one, at[0])}必选"),
    (r"site (\d+) is forbidden", lambda one, at: f"{_site(one, at[0])}禁选"),
    (
        r"sites (\d+) and (\d+) conflict",
        lambda one, at: f"{_site(one, at[0])}与{_site(one, at[1])}间距不足 {one.spacing:g} 米",
    ),
    (rf"area (\d+) needs {_number} covered", lambda one, at: f"{_part(one.demand_names, at[0])}"),
    (
        rf"area (\d+) needs {_number} sites",
        lambda one, at: f"{_part(one.site_names, at[0])}至少新建 {float(at[1]):g} 个",
    ),
    (r"spacing", lambda one, _: f"同一运营商的新站间距不少于 {one.spacing:g} 米"),
    (rf"budget {_number}", lambda _, at: f"预算合计 {float(at[0]) / 1e4:,.2f} 万元"),
)
