"""Map sheets (图册): one page for each district with its map, legend, title block and table of sites, as PDF."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
import typst
from pyproj import CRS

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.reports.drawing import Frame, Mark, draw_map, existing_colour, year_colours
from qipan.reports.errors import NoChineseFont, SheetsNotDrawn
from qipan.reports.planned import PlannedSites
from qipan.reports.surroundings import Surroundings, Underlay, Underlays, read_surroundings

Paper = Literal["A3", "A4"]
_papers: dict[Paper, tuple[float, float]] = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
"""Millimetres, landscape."""
_side = {"A3": 92.0, "A4": 78.0}
"""Width of the column beside the map, mm."""
_head = 14.0
"""Height that the title takes, mm."""
_row = 3.05
"""Height of a row of the table of sites, mm."""
_letter = 2.45
"""Width of a Chinese character in the table of sites, mm."""
_least = 200.0
"""Metres about a lone site that its map shows."""
_families = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "SimSun",
    "Source Han Serif SC", "FangSong", "KaiTi", "Droid Sans Fallback", "AR PL UMing CN",
)  # fmt: skip


def map_sheets(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    planned: PlannedSites,
    *,
    paper: Paper = "A3",
    underlay: Underlays | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Return the sheets of every district that has sites as one PDF.

    Under each map lies what ``underlay`` draws for it, where one is given. Raises NoChineseFont with what to install,
    SheetsNotDrawn, JobCancelled.
    """
    tell = progress or Progress()
    fonts = chinese_fonts()
    tell.report(0.0, "读取底图")
    sites = planned.sites
    place = float(np.mean(sites["longitude"].to_numpy())), float(np.mean(sites["latitude"].to_numpy()))
    around = read_surroundings(database, catalogue, principal, place, sites["kind"].to_pylist())
    with tempfile.TemporaryDirectory(prefix="qipan-") as name:
        folder = Path(name)
        sheets = list(_sheets(folder, planned, around, paper, underlay, tell.part(0.2, 0.7)))
        tell.report(0.7, "排版")
        data = _facts(planned, around, paper) | {"fonts": list(fonts), "sheets": sheets}
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (folder / "sheets.typ").write_bytes((files("qipan.reports") / "sheets.typ").read_bytes())
        try:
            source, fonts_at = folder / "sheets.typ", [Path(one) for one in _font_folders()]
            return typst.compile(source, root=folder, format="pdf", font_paths=fonts_at)
        except typst.TypstError as error:
            message = f"图册排版失败：{error.message}；请重试，仍不行时请把这句话告知开发者"
            raise SheetsNotDrawn(message) from error


def chinese_fonts() -> tuple[str, ...]:
    """Return the families with Chinese characters that there are, the fittest first; NoChineseFont where none is.

    Beside the system's fonts those in the folder that the variable ``QIPAN_FONTS`` names count.
    """
    return _chosen_fonts(tuple(_font_folders()))


@cache
def _chosen_fonts(folders: tuple[str, ...]) -> tuple[str, ...]:
    there = set(typst.Fonts(font_paths=list(folders)).families())
    found = tuple(one for one in _families if one in there)
    if not found:
        message = (
            "本机没有中文字体，无法排版图册：请安装思源黑体（Debian、Ubuntu：apt install fonts-noto-cjk；"
            "CentOS、openEuler：dnf install google-noto-sans-cjk-fonts），或把字体文件放入一个文件夹并用环境变量 "
            "QIPAN_FONTS 指明"
        )
        raise NoChineseFont(message)
    return found[:2]


def _font_folders() -> list[str]:
    folder = os.environ.get("QIPAN_FONTS")
    return [folder] if folder else []


def _facts(planned: PlannedSites, around: Surroundings, paper: Paper) -> dict[str, Any]:
    heading = planned.heading
    return {
        "paper": _papers[paper],
        "side": _side[paper],
        "title": heading.title,
        "organisation": heading.organisation,
        "number": heading.number,
        "day": "" if heading.day is None else heading.day.isoformat(),
        "plane": f"{CRS.from_epsg(around.plane.epsg).name}（EPSG:{around.plane.epsg}）",
        "existing": [name for name, places in around.existing.items() if len(places)],
        "existing_colour": existing_colour,
        "streets": bool(around.streets.size),
    }


def _sheets(
    folder: Path,
    planned: PlannedSites,
    around: Surroundings,
    paper: Paper,
    underlay: Underlays | None,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    """Draw the map of each district into the folder and yield what its page says."""
    years = sorted(set(planned.sites["year"].to_pylist()))
    colours = {year: year_colours[place % len(year_colours)] for place, year in enumerate(years)}
    by_district: dict[int, list[dict[str, Any]]] = {}
    for site in planned.sites.sort_by("site").to_pylist():
        by_district.setdefault(site["district_id"], []).append(site)
    for place, (number, sites) in enumerate(sorted(by_district.items())):
        progress.report(place / len(by_district), f"绘制{sites[0]['district']}")
        marks = _marks(sites, around, colours)
        frame = _frame(around, number, marks, paper)
        picture = None if underlay is None else underlay(around.plane.epsg, frame.box)
        drawing = draw_map(frame, around, number, marks, picture)
        name = f"map-{number}.svg"
        (folder / name).write_text(drawing.svg, encoding="utf-8")
        counts = Counter(site["year"] for site in sites)
        rows = [_listed(site, _side[paper]) for site in sites]
        classes = _classes(picture)
        room = _rows_beside(frame, len(counts) + len(around.existing) + 2 + len(classes))
        yield {
            "district": sites[0]["district"],
            "map": name,
            "width": frame.width,
            "height": frame.height,
            "scale": f"{frame.scale:,}",
            "bar": frame.bar,
            "unnamed": drawing.unnamed,
            "underlay": classes,
            "years": [{"year": year, "colour": colours[year], "count": counts[year]} for year in sorted(counts)],
            "total": len(rows),
            "sites": rows[:room],
            "more": rows[room:],
        }


def _marks(sites: Sequence[dict[str, Any]], around: Surroundings, colours: dict[int, str]) -> list[Mark]:
    x, y = around.plane.to_plane([site["longitude"] for site in sites], [site["latitude"] for site in sites])
    return [
        Mark(float(east), float(north), str(site["site"]), colours[site["year"]])
        for site, east, north in zip(sites, x, y, strict=True)
    ]


def _frame(around: Surroundings, district_id: int, marks: Sequence[Mark], paper: Paper) -> Frame:
    """Return the frame about a district, about its sites alone where its outline is not known."""
    points = shapely.multipoints([(mark.x, mark.y) for mark in marks])
    outline = around.outlines.get(district_id)
    shown = points.buffer(_least) if outline is None else shapely.union(shapely.envelope(outline), points.buffer(1.0))
    width, height = _papers[paper]
    return Frame.around(shown.bounds, width - 20.0 - 3.0 - _side[paper], height - 20.0 - _head)


def _classes(picture: Underlay | None) -> list[dict[str, str]]:
    """Return colour and text of each class of a picture for the legend."""
    if picture is None:
        return []
    return [{"colour": colour, "name": f"{picture.name} {text}"} for colour, text in picture.classes]


def _rows_beside(frame: Frame, entries: int) -> int:
    """Return how many rows of the table have room beside the map, under the legend and above the title block."""
    return max(int((frame.height - 54.0 - 4.2 * entries) / _row), 1)


def _listed(site: dict[str, Any], side: float) -> dict[str, str]:
    return {
        "site": str(site["site"]),
        "name": _short(site["name"], (side - 37.0) / _letter),
        "source": _short(site["source_name"], 7),
        "year": str(site["year"]),
    }


def _short(text: str | None, most: float) -> str:
    """Return a text that stays within ``most`` Chinese characters, two other ones counting as one."""
    width, kept = 0.0, ""
    for letter in text or "":
        width += 1.0 if ord(letter) > 0x2E7F else 0.55
        if width > most:
            return kept[:-1] + "…"
        kept += letter
    return kept
