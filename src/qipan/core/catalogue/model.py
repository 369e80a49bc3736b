"""The forms that the catalogue's rows take once read: texts, attributes, kinds, links, indicators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

type_names = ("text", "integer", "number", "boolean", "date", "choice", "unit", "area", "resource")
FieldType = Literal["text", "integer", "number", "boolean", "date", "choice", "unit", "area", "resource"]
Geometry = Literal["point", "line", "polygon", "none"]
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English text for ``en`` and the Chinese one for anything else."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value: its stored key and its name."""

    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class Attribute:
    """One field of a resource: what may stand in it, in which unit, and how it is called."""

    key: str
    type: FieldType
    name: Text
    description: Text
    unit: str = ""
    default: Value = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    choices: tuple[Choice, ...] = ()
    kind: str | None = None
    """For type ``resource``: the key of the kind that the code must be of."""
    link: str | None = None
    """For type ``resource``: the key of the link that the value makes."""

    def choice_named(self, text: str) -> Choice | None:
        """Return the choice whose key, Chinese or English name is ``text``, else None."""
        wanted = text.strip().casefold()
        for choice in self.choices:
            if wanted in (choice.key.casefold(), choice.name.zh.casefold(), choice.name.en.casefold()):
                return choice
        return None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: its code in the register, its geometry and its own attributes."""

    key: str
    code: str
    domain: str
    name: Text
    description: Text
    geometry: Geometry
    colour: str
    searchable: bool
    attributes: tuple[Attribute, ...]
    carried_by: str | None = None

    def attribute(self, key: str) -> Attribute | None:
        """Return the kind's own attribute of that key, else None."""
        return next((one for one in self.attributes if one.key == key), None)


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A way in which two resources belong together.

    What it ``holds`` cannot be deleted while it stands; one that does not hold ends with either of its resources.
    """

    key: str
    name: Text
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a plan measures: its formula over the register and how it adds up over areas and time."""

    key: str
    domain: str
    name: Text
    description: Text
    unit: str
    direction: Literal["rising", "falling"]
    kind: Literal["stock", "flow", "ratio", "yes_no"]
    formula: str
    aliases: tuple[str, ...] = ()
    """Other names by which plans call it; one that means something else must not stand here."""
    by_operator: bool = False
    """Whether it makes sense for one operator alone."""
    area_rule: Literal["sum", "recompute", "none"] = "recompute"
    """How figures that people report make the figure of a larger area: added, recomputed from the formula's parts, or
    reported for each area by itself."""
    time_rule: Literal["last", "sum", "mean"] = "last"
    """How reported figures of one year make the year's: the last one, their sum, or their mean."""
    precision: int = 0
    """Decimals printed."""
    scale: dict[str, float] = field(default_factory=dict)
    """Other units that readings use, with the factor that turns them into ``unit``."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a target stands: its name, the colour it is shown in, and the rule, with thresholds in braces."""

    key: str
    name: Text
    colour: str
    rule: Text


@dataclass(frozen=True, slots=True)
class MetricClass:
    """One step of a metric's legend: values from ``least`` up to the next step are drawn in ``colour``."""

    least: float
    colour: str
    name: Text | None = None
    """What the step is called; None where its figures say it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a map draws for each of its cells, and in which colours; values below the first step are not drawn."""

    key: str
    domain: str
    name: Text
    description: Text
    unit: str
    classes: tuple[MetricClass, ...]
    precision: int = 0
    """Decimals printed."""
    in_turn: bool = False
    """Whether values are numbers of things, which take the colours in turn, instead of a quantity."""
