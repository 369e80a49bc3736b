"""Published figures that the generated city reproduces, and the day it is seen from.

Land areas and residents are those of Shenzhen's 2020 census and yearbook, households those of census bulletin No. 1.
The city itself is fictional: it borrows names, codes and figures of districts, and no shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

city_name = "鹏湾市"
"""The fictional city; its code is the one that GB/T 2260 gives the city whose figures it borrows."""
city_code = "440300"

as_of = np.datetime64("2023-06-30")
"""The day from which the city is seen: nothing is in service later, what is planned lies behind it."""


@dataclass(frozen=True, slots=True)
class District:
    """A district: its figures, and where and how the generator lays it out on its own plane (km, before warping)."""

    code: str
    name: str
    land_area: float
    """km²"""
    residents: int
    """Census of 1 November 2020."""
    centre: tuple[float, float]
    relief: float
    """Share of the land that hills keep from being built on."""
    peak: float
    """Height of the hills in m at scale 1."""
    subdistricts: tuple[str, ...]


# GB/T 2260 has codes for nine districts. Dapeng and Shenshan are functional areas without one: 440323 and 440392 are
# this city's own, chosen in the range that such areas use; a real city brings the codes its statistics use.
districts = (
    District(
        "440303", "罗湖区", 78.75, 1_143_801, (9.5, 3.5), 0.40, 560.0,
        ("桂园街道", "黄贝街道", "东门街道", "翠竹街道", "东晓街道", "南湖街道", "笋岗街道", "东湖街道", "莲塘街道",
         "清水河街道"),
    ),
    District(
        "440304", "福田区", 78.66, 1_553_225, (0.5, 1.5), 0.15, 260.0,
        ("园岭街道", "南园街道", "福田街道", "沙头街道", "香蜜湖街道", "梅林街道", "莲花街道", "福保街道", "华强北街道",
         "华富街道"),
    ),
    District(
        "440305", "南山区", 187.53, 1_795_826, (-11.5, 2.5), 0.28, 320.0,
        ("南头街道", "南山街道", "沙河街道", "西丽街道", "蛇口街道", "招商街道", "粤海街道", "桃源街道"),
    ),
    District(
        "440306", "宝安区", 396.61, 4_476_554, (-20.5, 14.5), 0.20, 300.0,
        ("新安街道", "西乡街道", "航城街道", "福永街道", "福海街道", "沙井街道", "新桥街道", "松岗街道", "燕罗街道",
         "石岩街道"),
    ),
    District(
        "440307", "龙岗区", 388.22, 3_979_037, (16.5, 15.0), 0.28, 330.0,
        ("平湖街道", "坂田街道", "布吉街道", "南湾街道", "横岗街道", "龙城街道", "龙岗街道", "坪地街道", "园山街道",
         "宝龙街道", "吉华街道"),
    ),
    District(
        "440308", "盐田区", 74.99, 214_225, (20.0, 4.5), 0.62, 720.0,
        ("梅沙街道", "盐田街道", "沙头角街道", "海山街道"),
    ),
    District(
        "440309", "龙华区", 175.58, 2_528_872, (-2.0, 12.5), 0.20, 300.0,
        ("观湖街道", "民治街道", "龙华街道", "大浪街道", "福城街道", "观澜街道"),
    ),
    District(
        "440310", "坪山区", 166.31, 551_333, (32.0, 12.5), 0.42, 480.0,
        ("坪山街道", "马峦街道", "碧岭街道", "石井街道", "坑梓街道", "龙田街道"),
    ),
    District(
        "440311", "光明区", 155.44, 1_095_289, (-11.0, 21.5), 0.30, 300.0,
        ("公明街道", "光明街道", "新湖街道", "凤凰街道", "玉塘街道", "马田街道"),
    ),
    District(
        "440323", "大鹏新区", 295.38, 156_236, (43.0, 0.0), 0.72, 700.0,
        ("大鹏街道", "葵涌街道", "南澳街道"),
    ),
    District(
        "440392", "深汕特别合作区", 460.41, 65_663, (104.0, 22.0), 0.70, 520.0,
        ("鹅埠镇", "小漠镇", "鲘门镇", "赤石镇"),
    ),
)  # fmt: skip
"""Eleven districts in the order of their codes; a district is known elsewhere by its place here."""

detached = (10,)
"""Places of the districts that lie apart from the rest of the city."""

households = 6_424_556
"""Family households of the census, eleven districts together."""

years = (2019, 2020, 2021, 2022, 2023)
resident_growth = (0.974, 1.0, 1.0069, 1.0058, 1.0095)
"""Residents at the end of each of ``years`` over the census."""

station_milestones = (
    ("2018-12-31", 0),
    ("2019-12-31", 15_000),
    ("2020-08-14", 46_480),
    ("2020-12-31", 47_600),
    ("2021-12-31", 51_000),
    ("2022-12-31", 54_200),
    ("2023-06-30", 55_500),
)
"""5G stations in service by day, at scale 1: 46,480 on 14 August 2020 and 51,000 at the end of 2021 are published."""

homes_passed_milestones = (
    ("2015-12-31", 0.0),
    ("2018-12-31", 0.62),
    ("2019-12-31", 0.78),
    ("2020-12-31", 0.87),
    ("2021-12-31", 0.93),
    ("2022-12-31", 0.962),
    ("2023-06-30", 0.975),
)
"""Share of census households that gigabit fibre passes, by day; the generator's own, in line with published shares."""


def apportion(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Share ``total`` whole units out by ``weights`` (n,), none below 0; the parts sum to ``total``.

    Running totals are rounded, so that each part and each run of parts is within one unit of its share.
    """
    limits = np.cumsum(weights if weights.max() > 0 else np.ones(len(weights)))
    running = np.rint(total * (limits / limits[-1])).astype(np.int64)
    return np.asarray(np.diff(running, prepend=0))


def residents_of(scale: float, year: int) -> NDArray[np.int64]:
    """Return the residents of every district at the end of ``year``, shape (11,)."""
    census = np.array([one.residents for one in districts], dtype=np.float64)
    factor = resident_growth[years.index(year)]
    return apportion(round(census.sum() * scale * factor), census)


def households_of(scale: float, year: int = 2020) -> NDArray[np.int64]:
    """Return the households of every district at the end of ``year``, shape (11,)."""
    census = np.array([one.residents for one in districts], dtype=np.float64)
    factor = resident_growth[years.index(year)]
    return apportion(round(households * scale * factor), census)
