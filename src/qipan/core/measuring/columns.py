"""Which columns of each kind the snapshot holds: what the indicators' formulas read, and nothing else.

A resource is there by its area, its owner and, for each state that a formula counts, the first day it was in that state
and the first day it no longer was. Choices are small integers, their place in the catalogue from 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from qipan.core.catalogue import Attribute, Catalogue, Kind
from qipan.core.measuring.formula import RegisterPart, StatisticPart, attributes_of, parts_of
from qipan.core.measuring.parsing import STATISTICS, parse_formula

EARLIEST, LATEST = "1900-01-01", "2099-12-31"
"""Days outside are moved to the nearer of the two; ``EARLIEST`` also stands for "always", where no day is known."""


@dataclass(frozen=True, slots=True)
class KindColumns:
    """The attributes and states of one kind that formulas read."""

    kind: Kind
    attributes: tuple[Attribute, ...]
    states: tuple[str, ...]

    @property
    def signature(self) -> str:
        """A text that changes whenever the columns or their meaning do."""
        attributes = [[one.key, one.type, [choice.key for choice in one.choices]] for one in self.attributes]
        return json.dumps([attributes, self.states])


def needed_columns(catalogue: Catalogue) -> dict[str, KindColumns]:
    """Return what the formulas of the whole catalogue need, by the code of the kind."""
    attributes: dict[str, set[str]] = {}
    states: dict[str, set[str]] = {}
    for indicator in catalogue.indicators.values():
        for part in parts_of(parse_formula(catalogue, indicator)):
            if isinstance(part, RegisterPart):
                attributes.setdefault(part.kind, set()).update(attributes_of(part))
                states.setdefault(part.kind, set()).add(part.state)
            elif isinstance(part, StatisticPart):
                attributes.setdefault(STATISTICS, {"year"}).add(part.attribute)
                states.setdefault(STATISTICS, set()).add("in_service")
    return {
        (kind := catalogue.kinds[key]).code: KindColumns(
            kind,
            tuple(one for one in kind.attributes if one.key in attributes[key]),
            tuple(state.key for state in catalogue.states if state.key in states[key]),
        )
        for key in attributes
    }


def select_sql(catalogue: Catalogue, columns: KindColumns) -> str:
    """Return the SQL that turns rows of ``batch`` (as extracted from the register) into rows of the snapshot.

    ``batch`` holds id, kind, area_id, owner_id, state, the five days and the attributes as JSON text; ``district`` the
    district of each area.
    """
    shown = ["district_id", "id", "batch.area_id::integer as area_id", "owner_id::integer as owner_id"]
    shown += [expression for state in columns.states for expression in _state_sql(catalogue, state)]
    paths = ", ".join(f"'$.{one.key}'" for one in columns.attributes)
    extracted = f", json_extract_string(attributes, [{paths}]) as texts" if paths else ""
    shown += [_attribute_sql(one, f"texts[{place}]") for place, one in enumerate(columns.attributes, start=1)]
    source = f"(select *{extracted} from batch where kind = '{columns.kind.code}') as batch"
    return f"select {', '.join(shown)} from {source} join district using (area_id)"


def _state_sql(catalogue: Catalogue, state: str) -> tuple[str, str]:
    """Return the first day in a state and the first day after it, each as a column.

    A resource that has not come so far has no first day, whatever date is planned; one that is in the state with no
    date was always in it; one that left it on an unknown day is never counted.
    """
    keys = [one.key for one in catalogue.states]
    place = keys.index(state) + 1
    begin = f"case when state >= {place} then coalesce({_day(state)}, if(state = {place}, date '{EARLIEST}', null)) end"
    later = [_day(key) for key in keys[place:]]
    end = ", ".join([*later, f"if(state > {place}, date '{EARLIEST}', null)"])
    return f"{begin} as begin_{state}", f"coalesce({end}) as end_{state}"


def _day(state: str) -> str:
    day = f"{state}_on::date"
    # Without the case a missing day would become a bound: greatest and least pass over nulls.
    return f"case when {day} is not null then least(greatest({day}, date '{EARLIEST}'), date '{LATEST}') end"


def _attribute_sql(attribute: Attribute, text: str) -> str:
    if attribute.type == "choice":
        keys = ", ".join(f"'{choice.key}'" for choice in attribute.choices)
        value = f"nullif(list_position([{keys}], {text}), 0)::utinyint"
    elif attribute.type == "boolean":
        value = f"({text} = 'true')"
    else:
        value = f"try_cast({text} as {'bigint' if attribute.type == 'integer' else 'double'})"
    return f'{value} as "{attribute.key}"'


def signatures(columns: Mapping[str, KindColumns]) -> dict[str, str]:
    """Return the signature of each kind's columns by the kind's code."""
    return {code: one.signature for code, one in columns.items()}
