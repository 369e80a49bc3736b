"""What a plan says about its own judging: thresholds of the statuses and the rule of the path between its figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.history import open_change_set, write_change
from qipan.engines.scoring import Rule, ScoringError, Thresholds, rules

_setting = tables.setting.c


@dataclass(frozen=True, slots=True)
class PlanRules:
    """The thresholds and the path rule by which a plan's targets are judged."""

    thresholds: Thresholds
    path: Rule = "linear"


def plan_rules(connection: Connection, catalogue: Catalogue, plan_id: int) -> PlanRules:
    """Return a plan's rules: its own where it set some, the catalogue's for the rest."""
    text = connection.execute(select(_setting.value).where(_setting.key == _key(plan_id))).scalar_one_or_none()
    return _rules(catalogue, json.loads(text) if text else {})


def set_plan_rules(
    connection: Connection, catalogue: Catalogue, principal: Principal, plan_id: int, values: Mapping[str, Any]
) -> PlanRules:
    """Set a plan's own thresholds (``ahead``, ``on_schedule``, ``lagging``, ``started``, ``stale_days``) and ``path``.

    What ``values`` leaves out falls back to the catalogue. Raises InvalidRecord for a name that is none of these or
    thresholds that do not descend, AccessDenied for anyone but the city.
    """
    principal.require_city()
    known = {*catalogue.thresholds, "path"}
    problems = [
        FieldProblem(None, key, str(values[key])[:80], f"只能是 {'、'.join(sorted(known))}")
        for key in values
        if key not in known
    ]
    if problems:
        raise InvalidRecord(problems)
    found = _rules(catalogue, values)
    change_set = open_change_set(connection, principal, "update", "修改计划的判定规则")
    write_change(connection, change_set, "plan", plan_id, None, {"rules": dict(values)})
    connection.execute(delete(tables.setting).where(_setting.key == _key(plan_id)))
    connection.execute(insert(tables.setting).values(key=_key(plan_id), value=json.dumps(dict(values))))
    return found


def _key(plan_id: int) -> str:
    return f"plan.{plan_id}.rules"


def _rules(catalogue: Catalogue, values: Mapping[str, Any]) -> PlanRules:
    own = dict(values)
    path = own.pop("path", "linear")
    if path not in rules:
        raise InvalidRecord([FieldProblem(None, "path", str(path)[:80], f"只能是 {'、'.join(rules)}")])
    merged: dict[str, Any] = {**catalogue.thresholds, **own}
    try:
        thresholds = Thresholds(**{**merged, "stale_days": int(merged["stale_days"])})
    except (ScoringError, TypeError, ValueError) as error:
        reason = "应满足 超前 > 序时 > 滞后 > 0，未启动界限在 0 与 1 之间，天数不少于 1"
        raise InvalidRecord([FieldProblem(None, "thresholds", json.dumps(own)[:80], reason)]) from error
    return PlanRules(thresholds, path)
