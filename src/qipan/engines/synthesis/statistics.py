"""Yearly figures of districts: residents and households as published, subscribers as the generator grows them."""

from __future__ import annotations

import numpy as np

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import common_columns, lived
from qipan.engines.synthesis.figures import as_of, districts, households_of, residents_of, years
from qipan.engines.synthesis.tables import Coded, Label, Table

_broadband = (0.86, 0.89, 0.92, 0.945, 0.955)
"""Households with fixed broadband, share of all, by year."""
_gigabit = (0.010, 0.035, 0.11, 0.21, 0.27)
"""Subscribers at 1000 Mbps and above, share of broadband households."""
_mobile = (1.66, 1.67, 1.69, 1.72, 1.74)
"""Mobile subscribers for each resident."""
_mobile_5g = (0.006, 0.19, 0.36, 0.48, 0.54)
"""5G subscribers, share of mobile subscribers."""


def count_people(scale: float, random: np.random.Generator) -> Table:
    """Return one row for each district and year; those of the running year are figures so far."""
    district = np.tile(np.arange(len(districts), dtype=np.int8), len(years))
    year = np.repeat(np.array(years), len(districts))
    which = np.repeat(np.arange(len(years)), len(districts))
    residents = np.concatenate([residents_of(scale, one) for one in years])
    households = np.concatenate([households_of(scale, one) for one in years])
    lead = np.tile(random.uniform(0.94, 1.05, len(districts)), len(years))
    broadband = np.round(households * np.minimum(np.array(_broadband)[which] * lead, 0.99)).astype(np.int64)
    mobile = np.round(residents * np.array(_mobile)[which] * lead).astype(np.int64)
    day = np.minimum(np.array([f"{one}-12-31" for one in year], dtype="datetime64[D]"), as_of)
    common = common_columns(
        district,
        Label((Coded(district, tuple(one.name for one in districts)), year, "年统计")),
        Coded(district, tuple(units.district_government(place) for place in range(len(districts)))),
        lived(day, random),
    )
    nothing = np.full(len(day), np.datetime64("NaT", "D"))
    common |= {"planned_on": nothing, "approved_on": nothing, "building_on": nothing}
    attributes = {
        "year": year,
        "residents": residents,
        "households": households,
        "land_area": np.round(np.array([one.land_area for one in districts])[district] * scale, 4),
        "broadband_households": broadband,
        "gigabit_subscribers": np.round(broadband * np.array(_gigabit)[which] * lead).astype(np.int64),
        "mobile_subscribers_5g": np.round(mobile * np.array(_mobile_5g)[which] * lead).astype(np.int64),
        "mobile_subscribers": mobile,
    }
    return Table("district_statistics", district, {**common, **attributes})
