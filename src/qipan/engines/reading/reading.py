"""From a document to its reading."""

from __future__ import annotations

import re
from typing import Any

from qipan.engines.reading.coverage import read_coverage
from qipan.engines.reading.document import Document
from qipan.engines.reading.links import link_targets
from qipan.engines.reading.model import Reading, Target
from qipan.engines.reading.outline import outline
from qipan.engines.reading.passages import passages
from qipan.engines.reading.preface import read_preface
from qipan.engines.reading.tables import read_table_targets, read_table_tasks
from qipan.engines.reading.targets import read_targets
from qipan.engines.reading.tasks import read_tasks

__all__ = ["read_plan", "reading_to_schema"]

_CITY = re.compile(r"(?P<city>[\u4e00-\u9fff]{2,4}?)(?:市|省|自治区|州|县|区)")


def read_plan(document: Document) -> Reading:
    """Read a plan: its title, issuers, period, headings, targets, coverage targets, tasks and the links between them.

    Never raises: a document in which nothing is recognised gives an empty reading.
    """
    preface = read_preface(document)
    sections = outline(document, preface.title)
    found = _CITY.search(preface.title)
    city = found["city"] if found else ""
    prepared = passages(sections, preface)
    targets = read_targets(document, prepared) + read_table_targets(document, sections, preface)
    tasks = read_tasks(document, sections, city) + read_table_tasks(document, sections, city)
    return Reading(
        title=preface.title,
        issuers=preface.issuers,
        period=preface.period,
        headings=tuple(section.heading for section in sections if section.heading is not None),
        targets=tuple(targets),
        coverage=tuple(read_coverage(document, prepared)),
        tasks=tuple(tasks),
        links=tuple(link_targets(targets, tasks)),
    )


def reading_to_schema(reading: Reading, name: str) -> dict[str, Any]:
    """Give the object that the labels' schema describes; `name` is the document's name in it."""
    return {
        "doc": name,
        "title": reading.title,
        "period": list(reading.period) if reading.period else None,
        "indicators": [_indicator(target) for target in reading.targets],
        "tasks": [
            {"section": task.section, "heading": task.heading, "units": list(task.units), "lead": list(task.lead)}
            for task in reading.tasks
        ],
    }


def _indicator(target: Target) -> dict[str, Any]:
    values = [int(value) if value == int(value) else value for value in target.values]
    return {
        "quote": target.quote,
        "name": target.name,
        "value": values if len(values) > 1 else values[0],
        "unit": target.unit,
        "cmp": target.comparator,
        "year": target.year,
        "kind": str(target.kind),
        "scope": target.scope,
        "section": target.section,
    }
