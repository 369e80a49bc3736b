"""Reading the catalogue's TOML files and checking that they agree with each other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from qipan.core.catalogue.model import (
    Attribute,
    Choice,
    Indicator,
    Kind,
    LinkKind,
    Metric,
    MetricClass,
    Status,
    Text,
    type_names,
)
from qipan.core.catalogue.placements import (
    ApprovalStep,
    Holiday,
    Placement,
    Rate,
    broken_references,
    read_holiday,
    read_placement,
    read_rate,
    read_step,
)
from qipan.core.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole vocabulary, each part by its key in the order of the files."""

    fields: Mapping[str, Attribute]
    kinds: Mapping[str, Kind]
    links: Mapping[str, LinkKind]
    indicators: Mapping[str, Indicator]
    domains: Mapping[str, Text]
    """Names of the systems that the plans name, by their folder."""
    statuses: Mapping[str, Status]
    thresholds: Mapping[str, float]
    """Where one status ends and the next begins, for plans that set none of their own."""
    metrics: Mapping[str, Metric]
    """What maps of cells draw, with their legends."""
    rates: Mapping[str, Rate] = field(default_factory=dict)
    """Costs, fees and rewards, which the office may set otherwise."""
    placements: Mapping[str, Placement] = field(default_factory=dict)
    """What a build plan can place."""
    approval_steps: Mapping[str, ApprovalStep] = field(default_factory=dict)
    """Steps that a planned resource passes, in order."""
    holidays: tuple[Holiday, ...] = ()
    """Public holidays, which the office may replace by a table of its own."""

    def kind_of_code(self, code: str) -> Kind:
        """Return the kind whose four-character register code is ``code``; KeyError where there is none."""
        for kind in self.kinds.values():
            if kind.code == code:
                return kind
        raise KeyError(code)

    def columns(self, kind: Kind) -> tuple[Attribute, ...]:
        """Return every field of a resource of ``kind``: the common ones that its geometry allows, then its own."""
        without_place = {"longitude", "latitude"} if kind.geometry == "none" else set()
        return tuple(one for one in self.fields.values() if one.key not in without_place) + kind.attributes

    @property
    def states(self) -> tuple[Choice, ...]:
        """Lifecycle states in order; a resource's state is stored as its place in this order, from 1."""
        return self.fields["state"].choices


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue of the installed package; read once for each process."""
    return read_catalogue(_catalogue_files())


def _catalogue_files() -> list[Path]:
    package = Path(str(files("qipan")))
    domains = sorted((package / "domains").glob("*/catalogue/*.toml"))
    return [*sorted((package / "core" / "catalogue").glob("*.toml")), *domains]


def read_catalogue(paths: Iterable[Path]) -> Catalogue:
    """Read catalogue files; CatalogueError names the file, the table and the key that will not do."""
    fields: dict[str, Attribute] = {}
    kinds: dict[str, Kind] = {}
    links: dict[str, LinkKind] = {}
    indicators: dict[str, Indicator] = {}
    domains: dict[str, Text] = {}
    statuses: dict[str, Status] = {}
    thresholds: dict[str, float] = {}
    metrics: dict[str, Metric] = {}
    rates: dict[str, Rate] = {}
    placements: dict[str, Placement] = {}
    steps: dict[str, ApprovalStep] = {}
    holidays: list[Holiday] = []
    for path in paths:
        domain = path.parent.parent.name
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            if "domain" in content:
                domains[domain] = _text(content["domain"]["name"])
            for row in content.get("field", []):
                _add(fields, _attribute(row))
            for key, row in content.get("kind", {}).items():
                _add(kinds, _kind(key, domain, row))
            for key, row in content.get("link", {}).items():
                _add(links, LinkKind(key, _text(row["name"]), row.get("holds", True)))
            for key, row in content.get("indicator", {}).items():
                _add(indicators, _indicator(key, domain, row))
            for key, row in content.get("status", {}).items():
                _add(statuses, Status(key, _text(row["name"]), row["colour"], _text(row["rule"])))
            thresholds |= content.get("thresholds", {})
            for key, row in content.get("metric", {}).items():
                _add(metrics, _metric(key, domain, row))
            for key, row in content.get("rate", {}).items():
                _add(rates, read_rate(key, domain, row))
            for key, row in content.get("placement", {}).items():
                _add(placements, read_placement(key, domain, row))
            for key, row in content.get("approval_step", {}).items():
                _add(steps, read_step(key, row))
            holidays += map(read_holiday, content.get("holiday", []))
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            message = f"catalogue file {path}: {error!r}; see docs/catalogue.md for what a table holds"
            raise CatalogueError(message) from error
    catalogue = Catalogue(
        fields, kinds, links, indicators, domains, statuses, thresholds, metrics, rates, placements, steps,
        tuple(holidays),
    )  # fmt: skip
    _check(catalogue)
    return catalogue


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


def _add(known: dict[str, Any], row: _Keyed) -> None:
    if row.key in known:
        message = f"{row.key} is defined twice"
        raise ValueError(message)
    known[row.key] = row


def _text(row: Mapping[str, str]) -> Text:
    return Text(zh=row["zh"], en=row["en"])


def _attribute(row: Mapping[str, Any]) -> Attribute:
    if row["type"] not in type_names:
        message = f"type of {row['key']} is {row['type']}, not one of {', '.join(type_names)}"
        raise ValueError(message)
    texts = {"name": _text(row["name"]), "description": _text(row["description"])}
    choices = tuple(Choice(one["key"], _text(one)) for one in row.get("choices", ()))
    return Attribute(**{**row, **texts, "choices": choices})


def _kind(key: str, domain: str, row: Mapping[str, Any]) -> Kind:
    own = {name: value for name, value in row.items() if name != "attribute"}
    texts = {"name": _text(row["name"]), "description": _text(row["description"])}
    attributes = tuple(_attribute(one) for one in row.get("attribute", ()))
    return Kind(**{**own, **texts, "key": key, "domain": domain, "attributes": attributes})


def _indicator(key: str, domain: str, row: Mapping[str, Any]) -> Indicator:
    texts = {"name": _text(row["name"]), "description": _text(row["description"])}
    return Indicator(**{**row, **texts, "key": key, "domain": domain, "aliases": tuple(row.get("aliases", ()))})


def _metric(key: str, domain: str, row: Mapping[str, Any]) -> Metric:
    texts = {"name": _text(row["name"]), "description": _text(row["description"])}
    classes = tuple(
        MetricClass(float(one["least"]), one["colour"], _text(one["name"]) if "name" in one else None)
        for one in row["classes"]
    )
    return Metric(**{**row, **texts, "key": key, "domain": domain, "classes": classes})


def _check(catalogue: Catalogue) -> None:
    codes: dict[str, str] = {}
    for kind in catalogue.kinds.values():
        if len(kind.code) != 4 or not kind.code.isalnum() or kind.code != kind.code.upper():
            message = f"kind {kind.key}: code {kind.code!r} is not four capital letters or digits"
            raise CatalogueError(message)
        if other := codes.get(kind.code):
            message = f"kinds {other} and {kind.key} share the code {kind.code}"
            raise CatalogueError(message)
        codes[kind.code] = kind.key
        for attribute in kind.attributes:
            _check_attribute(catalogue, kind, attribute)
    for metric in catalogue.metrics.values():
        _check_metric(metric)
    for placement in catalogue.placements.values():
        for missing in broken_references(placement, catalogue.rates, catalogue.kinds, catalogue.indicators):
            message = f"placement {placement.key}: {missing} is not in the catalogue"
            raise CatalogueError(message)


def _check_attribute(catalogue: Catalogue, kind: Kind, attribute: Attribute) -> None:
    where = f"kind {kind.key}, attribute {attribute.key}"
    if attribute.key in catalogue.fields:
        message = f"{where}: the key is taken by a common field"
        raise CatalogueError(message)
    if attribute.type == "choice" and not attribute.choices:
        message = f"{where}: a choice needs its choices"
        raise CatalogueError(message)
    if attribute.type == "resource" and attribute.kind not in catalogue.kinds:
        message = f"{where}: kind {attribute.kind!r} is not in the catalogue"
        raise CatalogueError(message)
    if attribute.link is not None and attribute.link not in catalogue.links:
        message = f"{where}: link {attribute.link!r} is not in the catalogue"
        raise CatalogueError(message)


def _check_metric(metric: Metric) -> None:
    where = f"metric {metric.key}"
    # A tile of a map spends four bits on a cell, one value of which stands for nothing.
    if not 1 <= len(metric.classes) <= 15:
        message = f"{where}: {len(metric.classes)} classes, not 1 to 15"
        raise CatalogueError(message)
    steps = [one.least for one in metric.classes]
    if any(next_one <= one for one, next_one in pairwise(steps)):
        message = f"{where}: the classes do not rise: {steps}"
        raise CatalogueError(message)
    for one in metric.classes:
        if not re.fullmatch("#[0-9a-f]{6}", one.colour):
            message = f"{where}: colour {one.colour!r} is not of the form #1f4e79"
            raise CatalogueError(message)
