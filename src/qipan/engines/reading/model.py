"""What a reading is made of; every part knows its place in the document's text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Basis", "Coverage", "Heading", "Kind", "Level", "Link", "Reading", "Role", "Target", "Task"]


class Role(StrEnum):
    """What a section of a plan is there for."""

    GOAL = "goal"
    STATUS = "status"
    GUIDANCE = "guidance"
    TASK = "task"
    FIELD = "field"
    SPACE = "space"
    SAFEGUARD = "safeguard"
    OTHER = "other"


class Kind(StrEnum):
    """What a number states: what will be reached, what has been, or what is paid for it."""

    TARGET = "target"
    BASELINE = "baseline"
    MEASURE = "measure"


class Level(StrEnum):
    """Of a pair 确保/力争: what must be reached, and what is hoped for; a plain target is an aim."""

    FLOOR = "floor"
    AIM = "aim"
    STRETCH = "stretch"


class Basis(StrEnum):
    """Whether a number counts all there is (累计, 达到) or what the period adds (新增, 新建)."""

    CUMULATIVE = "cumulative"
    IN_PERIOD = "in_period"


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading; its section runs to the next heading that is not below it."""

    number: str
    """As written, without the stop behind it: 二, （四）, 1, 第三章; empty for a heading that a format marks."""
    path: str
    """Numbers from the top: 二/（四）/1."""
    title: str
    level: int
    """Depth, from 1."""
    role: Role
    start: int
    end: int
    """Span of number and title in the document's text."""
    page: int | None
    parent: int | None = None
    """Index of the heading above."""


@dataclass(frozen=True, slots=True)
class Target:
    """A number the plan will reach or has reached (an indicator in the labels' language)."""

    quote: str
    start: int
    end: int
    page: int | None
    name: str
    values: tuple[float, ...]
    """One value, or the two ends of a range, in `unit`."""
    unit: str
    comparator: str
    """>=, >, <=, = or range."""
    year: int | None
    kind: Kind
    scope: str
    section: str
    level: Level = Level.AIM
    basis: Basis | None = None
    parent: int | None = None
    """Index of the target of which this is a part (其中…)."""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """A target of 100 % in words: 全覆盖, 应接尽接."""

    quote: str
    start: int
    end: int
    page: int | None
    name: str
    year: int | None
    kind: Kind
    section: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Task:
    """An item that the plan assigns to someone."""

    section: str
    heading: str
    units: tuple[str, ...]
    """All responsible units, in the order named, each with its full name."""
    lead: tuple[str, ...]
    support: tuple[str, ...]
    deadline: str | None
    """Last day, as YYYY-MM-DD, where the item or its bracket gives one."""
    quote: str
    """Number and heading as the document has them."""
    start: int
    end: int
    page: int | None
    text: str
    """The whole item as the document has it."""
    text_start: int
    text_end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """A target and a task that speak of the same thing; `weight` is between 0 and 1."""

    target: int
    task: int
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read in one document."""

    title: str = ""
    issuers: tuple[str, ...] = ()
    period: tuple[int, int] | None = None
    headings: tuple[Heading, ...] = ()
    targets: tuple[Target, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    tasks: tuple[Task, ...] = ()
    links: tuple[Link, ...] = field(default=())
