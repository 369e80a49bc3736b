"""What a merging plan says to people: each pole's state and why, each move, each street, and the sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qipan.domains.poles.merging.inventory import Inventory, Longs
from qipan.domains.poles.merging.parameters import MergingParameters
from qipan.domains.poles.merging.problems import StreetProblem, limits
from qipan.engines.siting import relative_gap
from qipan.engines.siting.merging import Demand, Merging, NoMerging, Reason, State

states = {State.REMOVED: "removed", State.KEPT: "kept", State.REPLACED: "replaced"}
"""How the state of a pole is written."""
state_names = {"removed": "拆除", "kept": "保留", "replaced": "改建智能杆"}
"""What people read instead."""


@dataclass(frozen=True)
class Plan:
    """The tables of a plan and its summary."""

    poles: pa.Table
    moves: pa.Table
    streets: pa.Table
    summary: dict[str, Any]


def tell_plan(
    inventory: Inventory,
    problems: Sequence[StreetProblem],
    plans: Sequence[Merging | Exception],
    areas: Mapping[int, str],
    parameters: MergingParameters,
) -> Plan:
    """Return the tables of all streets; one without a plan stays as it is and says which conditions clash."""
    streets = [
        _Told(inventory, number, problem, plan, parameters)
        for number, (problem, plan) in enumerate(zip(problems, plans, strict=True))
    ]
    poles = pa.Table.from_pylist([row for one in streets for row in one.poles(areas)], _pole_schema)
    moves = pa.Table.from_pylist([row for one in streets for row in one.moves()], _move_schema)
    table = pa.Table.from_pylist([one.street(areas) for one in streets], _street_schema)
    return Plan(poles, moves, table, _summary(table))


class _Told:
    """One street of a plan."""

    def __init__(
        self,
        inventory: Inventory,
        number: int,
        problem: StreetProblem,
        plan: Merging | Exception,
        parameters: MergingParameters,
    ) -> None:
        self.inventory, self.number, self.problem, self.parameters = inventory, number, problem, parameters
        self.plan = plan if isinstance(plan, Merging) else None
        self.clash = plan.demands if isinstance(plan, NoMerging) else ()
        count, street = problem.poles.size, problem.street
        self.state = np.full(count, State.KEPT, np.int64) if self.plan is None else self.plan.state
        self.home: Longs = street.devices.pole if self.plan is None else self.plan.pole

    def poles(self, areas: Mapping[int, str]) -> Iterator[dict[str, Any]]:
        street, columns = self.problem.street, self.inventory.poles
        before = np.bincount(street.devices.pole, minlength=self.state.size)
        after = np.bincount(self.home[self.home >= 0], minlength=self.state.size)
        costs = np.choose(self.state, (street.poles.remove_cost, street.poles.keep_cost, street.poles.replace_cost))
        for place, row in enumerate(self.problem.poles):
            yield {
                "street": self.number,
                "code": columns.code[row],
                "name": columns.name[row],
                "kind": columns.kind[row],
                "class": columns.what[row],
                "road": columns.road[row],
                "district_id": int(columns.district_id[row]),
                "district": areas.get(int(columns.district_id[row]), ""),
                "longitude": columns.longitude[row],
                "latitude": columns.latitude[row],
                "position": round(float(street.poles.position[place]), 1),
                "side": "右侧" if street.poles.side[place] else "左侧",
                "height": float(columns.height[row]),
                "state": states[State(int(self.state[place]))],
                "devices_before": int(before[place]),
                "devices_after": int(after[place]),
                "cost": float(costs[place]),
                "reason": self._reason(place, int(after[place])),
            }

    def _reason(self, place: int, carried: int) -> str:
        """Return in a sentence why a pole stays or goes."""
        if self.plan is None:
            return "本路无可行方案，维持现状"
        row, reason = self.problem.poles[place], Reason(int(self.plan.reason[place]))
        if reason == Reason.GONE:
            moved = int((self.problem.street.devices.pole == place).sum())
            return f"所挂 {moved} 台设备迁至邻近杆" if moved else "无设备挂载"
        if reason == Reason.MUST_STAY:
            return "既有智能杆，承接设备" if self.inventory.poles.kind[row] == "smart_pole" else "列为须保留"
        text = _reasons[reason].format(
            spacing=self.parameters.lamp_spacing, device=self._device(int(self.plan.because[place])), carried=carried
        )
        return f"改建为智能杆：{text}" if self.state[place] == State.REPLACED else text

    def _device(self, place: int) -> str:
        return "" if place < 0 else str(self.inventory.devices.name[self.problem.devices[place]])

    def moves(self) -> Iterator[dict[str, Any]]:
        street, poles = self.problem.street, self.inventory.poles
        for device in np.flatnonzero(self.home != street.devices.pole):
            row, there, home = self.problem.devices[device], self.home[device], street.devices.pole[device]
            ends = [None if one < 0 else poles.code[self.problem.poles[one]] for one in (home, there)]
            away = 0.0 if there < 0 else abs(street.poles.position[there] - street.poles.position[home])
            cost = street.devices.drop_cost[device] if there < 0 else street.devices.move_cost[device]
            yield {
                "street": self.number,
                "code": self.inventory.devices.code[row],
                "name": self.inventory.devices.name[row],
                "class": self.inventory.devices.what[row],
                "from_pole": ends[0],
                "to_pole": ends[1],
                "distance": round(float(away), 1),
                "cost": float(cost),
            }

    def street(self, areas: Mapping[int, str]) -> dict[str, Any]:
        columns, first, plan = self.inventory.poles, self.problem.poles[0], self.plan
        district = int(columns.district_id[first])
        before = int(self.state.size)
        return {
            "street": self.number,
            "road": columns.road[first],
            "district_id": district,
            "district": areas.get(district, ""),
            "devices": int(self.home.size),
            "poles_before": before,
            "poles_after": before if plan is None else plan.poles,
            "pole_bound": before if plan is None else plan.pole_bound,
            "replaced": int((self.state == State.REPLACED).sum()),
            "moves": int((self.home != self.problem.street.devices.pole).sum()),
            "cost": 0.0 if plan is None else plan.cost,
            "cost_bound": 0.0 if plan is None else plan.cost_bound,
            "optimal": plan is not None and plan.optimal,
            "problem": self._clash(),
        }

    def _clash(self) -> str:
        if self.plan is not None:
            return ""
        told = (
            "；".join(self._demand(one) for one in self.clash) or "一处杆件过密，未能在限定时间内求解，请加大求解时间"
        )
        return f"以下条件不能同时满足，请放宽其一：{told}"

    def _demand(self, demand: Demand) -> str:
        poles = [str(self.inventory.poles.code[self.problem.poles[one]]) for one in _poles_of(demand)]
        if demand.kind == "placed":
            device = demand.numbers[0]
            street = self.problem.street.devices
            shift, low = street.shift[device], street.lowest[device]
            return f"{self._device(device)}须挂在 {shift:g} 米以内、高 {low:g} 米以上的杆上"
        if demand.kind == "apart":
            return f"{self._device(demand.numbers[0])}与{self._device(demand.numbers[1])}不得同杆"
        if demand.kind == "bears":
            return f"{'、'.join(poles)} 的{limits[demand.numbers[0]]}不得超限"
        if demand.kind == "gone":
            return f"{poles[0]} 须拆除"
        return "同一排路灯不得同杆" if demand.kind == "one_lamp" else "路灯间距不得超限"


_reasons = {
    Reason.ONLY_HOME: "{device}在允许移位范围内没有其他可用杆",
    Reason.LIGHT: "撤去后路灯间距将超过 {spacing:g} 米（{device}）",
    Reason.GATHERED: "承接 {carried} 台设备，邻近杆的承重、供电或移位范围容不下全部",
}


def _poles_of(demand: Demand) -> tuple[int, ...]:
    if demand.kind == "bears":
        return demand.numbers[1:]
    return demand.numbers if demand.kind == "gone" else ()


def _summary(streets: pa.Table) -> dict[str, Any]:
    total = _sums(streets)
    districts = []
    for number in sorted(set(streets["district_id"].to_pylist())):
        own = streets.filter(pc.equal(streets["district_id"], number))
        districts.append({"area_id": number, "name": own["district"][0].as_py(), **_sums(own)})
    problems = streets.filter(pc.not_equal(streets["problem"], ""))
    told = [f"{one['district']}{one['road']}：{one['problem']}" for one in problems.to_pylist()]
    return total | {"by_district": districts, "errors": told[:200], "error_count": len(told)}


def _sums(streets: pa.Table) -> dict[str, Any]:
    summed = ("devices", "poles_before", "poles_after", "pole_bound", "replaced", "moves", "cost", "cost_bound")
    sums = {key: pc.sum(streets[key]).as_py() for key in summed}
    gap = max(relative_gap(sums["poles_after"], sums["pole_bound"]), relative_gap(sums["cost"], sums["cost_bound"]))
    proved = pc.sum(streets["optimal"].cast(pa.int64())).as_py()
    return {"streets": streets.num_rows, "proved": proved, **sums, "gap": gap}


_pole_schema = pa.schema(
    [
        ("street", pa.int32()),
        *((key, pa.string()) for key in ("code", "name", "kind", "class", "road")),
        ("district_id", pa.int64()),
        ("district", pa.string()),
        *((key, pa.float64()) for key in ("longitude", "latitude", "position")),
        ("side", pa.string()),
        ("height", pa.float64()),
        ("state", pa.string()),
        ("devices_before", pa.int32()),
        ("devices_after", pa.int32()),
        ("cost", pa.float64()),
        ("reason", pa.string()),
    ]
)
_move_schema = pa.schema(
    [
        ("street", pa.int32()),
        *((key, pa.string()) for key in ("code", "name", "class", "from_pole", "to_pole")),
        ("distance", pa.float64()),
        ("cost", pa.float64()),
    ]
)
_street_schema = pa.schema(
    [
        ("street", pa.int32()),
        ("road", pa.string()),
        ("district_id", pa.int64()),
        ("district", pa.string()),
        *((key, pa.int32()) for key in ("devices", "poles_before", "poles_after", "pole_bound", "replaced", "moves")),
        ("cost", pa.float64()),
        ("cost_bound", pa.float64()),
        ("optimal", pa.bool_()),
        ("problem", pa.string()),
    ]
)
