"""What a build plan is made of, as data: rates, steps of approval, and what is placed where, for whom, at what cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from qipan.core.catalogue.model import Text, Value

ReachRule = Literal["radio", "within", "along_street"]
Counting = Literal["site", "duct_metre", "year"]
LayerOf = Literal["residents", "roads", "junctions", "resources"]

_reaches = ("radio", "within", "along_street")
_countings = ("site", "duct_metre", "year")
_layers = ("residents", "roads", "junctions", "resources")


@dataclass(frozen=True, slots=True)
class Rate:
    """One figure of the office's cost table: a price, a fee, a share, a quantity."""

    key: str
    domain: str
    name: Text
    description: Text
    unit: str
    default: float
    minimum: float = 0.0
    maximum: float = 1e12


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One step that a planned resource passes before it is approved, with the working days allowed for it."""

    key: str
    name: Text
    days: int


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday of one year: the first and the last day ``off``, and the days ``worked`` in its place."""

    name: Text
    off: tuple[date, date]
    worked: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of what a candidate costs: a rate by what it is counted."""

    key: str
    name: Text
    rate: str
    """Price of one unit, by its key in the rates."""
    per: Counting = "site"
    """``site`` once, ``duct_metre`` once for each metre to the nearest duct with space, ``year`` every year."""
    quantity: str | None = None
    """How many units a site takes, by its key in the rates; one where not told."""
    share: str | None = None
    """Share that a second or later operator on the same host pays, by its key in the rates; all of it if not told."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where candidates come from, how they are hosted there and what each costs."""

    key: str
    name: Text
    lines: tuple[CostLine, ...]
    kind: str | None = None
    """Kind of the resources that host candidates; None for points along streets."""
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Values that an attribute of the host must have, by its key."""
    listed: str | None = None
    """A yes-or-no attribute of the host that stands in place of ``where`` as soon as any resource has it."""
    least: Mapping[str, float] = field(default_factory=dict)
    """Least value of an attribute of the host, by its key."""
    covers: Literal["around", "host"] = "around"
    """Whether it serves what lies around or, as an indoor system, its host alone."""
    attribute: str | None = None
    """Attribute of what is placed that names the host."""
    link: str | None = None
    """Link from what is placed to its host where no attribute names it."""
    builds: str | None = None
    """Kind of the structure that is built first to carry it, on the host where there is one."""
    builds_values: Mapping[str, Value] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    """Attributes of what is placed."""
    height: float | str = 0.0
    """Metres above ground, or the host's attribute that holds them."""
    above: float = 0.0
    """Metres added to the host's height, negative for below its top."""
    radio: Mapping[str, float | str] = field(default_factory=dict)
    """Sectors, watts, tilts and antenna of a radio placement."""


@dataclass(frozen=True, slots=True)
class DemandLayer:
    """One kind of what is to be served."""

    key: str
    name: Text
    unit: str
    importance: float
    """What one unit is worth beside the units of other layers."""
    of: LayerOf
    """Residents of map cells, metres of street, junctions of streets, or resources of a kind."""
    kind: str | None = None
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    unserved: str | None = None
    """A yes-or-no attribute of the resources that says which are served already."""
    weight: str | None = None
    """Attribute that is the weight of a resource; each counts one where not told."""
    ranks: Mapping[str, float] = field(default_factory=dict)
    """Weight of a metre or a junction by the street's class; 1 for a class that is not named."""


@dataclass(frozen=True, slots=True)
class Goal:
    """An indicator whose targets say how much is to be placed."""

    indicator: str
    counts: Literal["sites", "resources"] = "sites"
    """New sites, or resources of the demand layer that become served."""
    statistic: str | None = None
    """Yearly figure of an area to which the target's value refers, such as ``residents``."""
    per: float = 1.0
    """How much of the statistic the target's value is for."""
    sources: tuple[str, ...] = ()
    """Sources whose sites alone count; all where none is named."""
    classes: tuple[str, ...] = ()
    """Classes of the resources that count; all where none is named."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What is placed, where it may stand, what it serves and by which rule it reaches it."""

    key: str
    domain: str
    name: Text
    description: Text
    kind: str
    reach: ReachRule
    sources: tuple[Source, ...]
    layers: tuple[DemandLayer, ...]
    goals: tuple[Goal, ...] = ()
    metres: float = 0.0
    """Reach of a rule by distance; greatest range of a radio placement."""
    by_operator: bool = False
    spacing: float = 0.0
    """Least distance in metres between two new sites of one operator."""
    street_step: float = 0.0
    """Distance in metres between candidate points along a street."""
    demand_step: float = 50.0
    """Distance in metres between points of demand along a street."""

    def source(self, key: str) -> Source:
        """Return the source of that key; KeyError where there is none."""
        return next(one for one in self.sources if one.key == key)


def read_rate(key: str, domain: str, row: Mapping[str, Any]) -> Rate:
    """Return a rate from its table."""
    rate = Rate(**{**row, **_texts(row), "key": key, "domain": domain})
    if not rate.minimum <= rate.default <= rate.maximum:
        message = f"default {rate.default:g} of {key} is outside {rate.minimum:g} to {rate.maximum:g}"
        raise ValueError(message)
    return rate


def read_step(key: str, row: Mapping[str, Any]) -> ApprovalStep:
    """Return a step of approval from its table."""
    return ApprovalStep(key, _text(row["name"]), int(row["days"]))


def read_holiday(row: Mapping[str, Any]) -> Holiday:
    """Return a holiday from its table."""
    first, last = row["off"]
    if last < first:
        message = f"holiday of {first} ends on {last}"
        raise ValueError(message)
    return Holiday(_text(row["name"]), (first, last), tuple(row.get("worked", ())))


def read_placement(key: str, domain: str, row: Mapping[str, Any]) -> Placement:
    """Return a placement from its table."""
    parts = {
        "sources": tuple(_source(one) for one in row["source"]),
        "layers": tuple(_layer(one) for one in row["layer"]),
        "goals": tuple(_goal(one) for one in row.get("goal", ())),
    }
    own = {name: value for name, value in row.items() if name not in ("source", "layer", "goal")}
    _require(row["reach"], _reaches, f"reach of {key}")
    return Placement(**{**own, **_texts(row), **parts, "key": key, "domain": domain})


def broken_references(
    placement: Placement, rates: Mapping[str, Rate], kinds: Mapping[str, Any], indicators: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what a placement names that is not in the catalogue."""
    hosts = [source.kind for source in placement.sources] + [source.builds for source in placement.sources]
    for kind in (placement.kind, *hosts, *(layer.kind for layer in placement.layers)):
        if kind is not None and kind not in kinds:
            yield f"kind {kind!r}"
    for line in (line for source in placement.sources for line in source.lines):
        yield from (f"rate {one!r}" for one in (line.rate, line.quantity, line.share) if one and one not in rates)
    yield from (f"indicator {one.indicator!r}" for one in placement.goals if one.indicator not in indicators)
    keys = {source.key for source in placement.sources}
    yield from (f"source {one!r}" for goal in placement.goals for one in goal.sources if one not in keys)


def _source(row: Mapping[str, Any]) -> Source:
    lines = tuple(_line(one) for one in row["line"])
    own = {name: value for name, value in row.items() if name != "line"}
    return Source(**{**own, "name": _text(row["name"]), "lines": lines, "where": _choices(row)})


def _line(row: Mapping[str, Any]) -> CostLine:
    _require(row.get("per", "site"), _countings, f"per of line {row['key']}")
    return CostLine(**{**row, "name": _text(row["name"])})


def _layer(row: Mapping[str, Any]) -> DemandLayer:
    _require(row["of"], _layers, f"of of layer {row['key']}")
    return DemandLayer(**{**row, "name": _text(row["name"]), "where": _choices(row)})


def _goal(row: Mapping[str, Any]) -> Goal:
    return Goal(**{**row, "sources": tuple(row.get("sources", ())), "classes": tuple(row.get("classes", ()))})


def _choices(row: Mapping[str, Any]) -> dict[str, tuple[Value, ...]]:
    return {name: tuple(values) for name, values in row.get("where", {}).items()}


def _texts(row: Mapping[str, Any]) -> dict[str, Text]:
    return {"name": _text(row["name"]), "description": _text(row["description"])}


def _text(row: Mapping[str, str]) -> Text:
    return Text(zh=row["zh"], en=row["en"])


def _require(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        message = f"{what} is {value!r}, not one of {', '.join(allowed)}"
        raise ValueError(message)
