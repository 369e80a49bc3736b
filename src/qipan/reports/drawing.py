"""Drawing one map as SVG in millimetres of paper: outline, streets, what stands, planned sites with their numbers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import shapely
from numpy.typing import NDArray

from qipan.reports.surroundings import Box, Surroundings, Underlay

Floats = NDArray[np.float64]

_scales = tuple(int(one * 10**power) for power in range(3, 7) for one in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8))
_street_widths = (0.45, 0.3, 0.2, 0.12)
"""Millimetres by rank."""
year_colours = ("#d62828", "#1d6fb8", "#2a9d4a", "#8e44ad", "#e67e22", "#00838f", "#6d4c41", "#c2185b")
existing_colour = "#5c6770"
_font = 'font-family="Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"'
_digit, _line = 1.25, 2.2
"""Width and height of a digit of a number beside a site, mm."""


@dataclass(frozen=True)
class Frame:
    """The window of paper that a map fills: millimetres wide and high, at 1 : ``scale`` about a middle in the plane."""

    width: float
    height: float
    scale: int
    middle: tuple[float, float]

    @classmethod
    def around(cls, box: Box, width: float, height: float) -> Frame:
        """Return the frame of the largest usual scale at which a box of metres fits."""
        west, south, east, north = box
        needed = max((east - west) / width, (north - south) / height, 0.01) * 1_000.0 * 1.03
        scale = next((one for one in _scales if one >= needed), int(needed))
        return cls(width, height, scale, ((west + east) / 2, (south + north) / 2))

    @property
    def box(self) -> Box:
        """West, south, east, north of the paper in the plane, m."""
        half = self.width * self.scale / 2_000.0, self.height * self.scale / 2_000.0
        x, y = self.middle
        return x - half[0], y - half[1], x + half[0], y + half[1]

    def to_paper(self, points: Floats) -> Floats:
        """Return millimetres right of and below the upper left corner of points in metres, both (n, 2)."""
        west, _, _, north = self.box
        moved = (points - (west, north)) * (1_000.0 / self.scale)
        return np.column_stack([moved[:, 0], -moved[:, 1]])

    @property
    def bar(self) -> tuple[int, float]:
        """Metres of a scale bar of about 40 mm and its length in millimetres."""
        wanted = 40.0 * self.scale / 1_000.0
        power = 10 ** int(np.floor(np.log10(wanted)))
        metres = int(max(one * power for one in (1, 2, 5) if one * power <= wanted))
        return metres, metres * 1_000.0 / self.scale


@dataclass(frozen=True)
class Mark:
    """A planned site on the map: where it stands in the plane, its number and its colour."""

    x: float
    y: float
    number: str
    colour: str


@dataclass(frozen=True)
class Drawing:
    """An SVG of a map, and how many sites had no room for their number."""

    svg: str
    unnamed: int


def draw_map(
    frame: Frame, around: Surroundings, district_id: int, marks: Sequence[Mark], underlay: Underlay | None = None
) -> Drawing:
    """Return the map of a district as SVG, one unit a millimetre."""
    labels, unnamed = _labels(frame, marks)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {frame.width:g} {frame.height:g}" width="{frame.width:g}mm" height="{frame.height:g}mm">',
        f'<rect width="{frame.width:g}" height="{frame.height:g}" fill="#f3f3f0"/>',
        *_areas(frame, around, district_id),
        *([] if underlay is None else [_picture(frame, underlay)]),
        *_streets(frame, around),
        *_border(frame, around, district_id),
        *_existing(frame, around),
        *_names(frame, around, district_id),
        *_sites(frame, marks),
        *labels,
        "</svg>",
    ]
    return Drawing("\n".join(parts), unnamed)


def _areas(frame: Frame, around: Surroundings, district_id: int) -> Iterator[str]:
    for number, outline in around.outlines.items():
        colour = "#ffffff" if number == district_id else "#e9e9e4"
        path = _path(frame, _rings(_shown(frame, outline)), closed=True)
        yield f'<path d="{path}" fill="{colour}" stroke="#b8b8b0" stroke-width="0.15" fill-rule="evenodd"/>'


def _border(frame: Frame, around: Surroundings, district_id: int) -> Iterator[str]:
    if district_id in around.outlines:
        path = _path(frame, _rings(_shown(frame, around.outlines[district_id])), closed=True)
        yield f'<path d="{path}" fill="none" stroke="#333333" stroke-width="0.5" stroke-dasharray="3 0.8 0.6 0.8"/>'


def _names(frame: Frame, around: Surroundings, district_id: int) -> Iterator[str]:
    """Name the neighbours where they show."""
    for number, outline in around.outlines.items():
        shown = shapely.intersection(_shown(frame, outline), shapely.box(*frame.box))
        place = shapely.get_coordinates(shapely.point_on_surface(shown))
        if number != district_id and len(place):
            (x, y), name = frame.to_paper(place)[0], escape(around.names[number])
            look = f'{_font} font-size="4.5" fill="#8a8a80" text-anchor="middle"'
            yield f'<text x="{x:.1f}" y="{y:.1f}" {look}>{name}</text>'


def _shown(frame: Frame, shape: shapely.Geometry) -> shapely.Geometry:
    """Return what of an outline lies on the paper or near it, without detail finer than a tenth of a millimetre."""
    west, south, east, north = frame.box
    margin = 0.02 * (east - west)
    fine = shapely.simplify(shape, frame.scale / 10_000.0)
    return shapely.clip_by_rect(fine, west - margin, south - margin, east + margin, north + margin)


def _rings(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            yield part.exterior
            yield from part.interiors


def _streets(frame: Frame, around: Surroundings) -> Iterator[str]:
    if not around.streets.size:
        return
    near = shapely.intersects(around.streets, shapely.box(*frame.box))
    for rank, width in reversed(list(enumerate(_street_widths))):
        lines = around.streets[near & (np.minimum(around.rank, len(_street_widths) - 1) == rank)]
        path = _path(frame, shapely.get_parts(lines))
        yield f'<path d="{path}" fill="none" stroke="#c9a86a" stroke-width="{width}" stroke-linejoin="round"/>'


def _path(frame: Frame, shapes: Iterable[shapely.Geometry], *, closed: bool = False) -> str:
    pieces = []
    for shape in shapes:
        points = frame.to_paper(shapely.get_coordinates(shape))
        text = "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
        pieces.append(f"M{text}{'Z' if closed else ''}")
    return "".join(pieces)


def _existing(frame: Frame, around: Surroundings) -> Iterator[str]:
    for places in around.existing.values():
        points = frame.to_paper(places)
        inside = ((points >= 0) & (points <= (frame.width, frame.height))).all(axis=1)
        path = "".join(f"M{x:.2f} {y:.2f}h.01" for x, y in points[inside])
        yield f'<path d="{path}" stroke="{existing_colour}" stroke-width="0.7" stroke-linecap="round"/>'


def _sites(frame: Frame, marks: Sequence[Mark]) -> Iterator[str]:
    for (x, y), mark in zip(_spots(frame, marks), marks, strict=True):
        yield f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.1" fill="{mark.colour}" stroke="#ffffff" stroke-width="0.25"/>'


def _spots(frame: Frame, marks: Sequence[Mark]) -> Floats:
    return frame.to_paper(np.array([(mark.x, mark.y) for mark in marks], dtype=np.float64).reshape(-1, 2))


def _labels(frame: Frame, marks: Sequence[Mark]) -> tuple[list[str], int]:
    """Return the numbers beside the sites where there is room, and how many found none."""
    spots = _spots(frame, marks)
    taken = [(x - 1.1, y - 1.1, x + 1.1, y + 1.1) for x, y in spots]
    drawn = []
    for (x, y), mark in zip(spots, marks, strict=True):
        width = _digit * len(mark.number)
        for left, top in (
            (1.4, -1.1),
            (-1.4 - width, -1.1),
            (-width / 2, -3.5),
            (-width / 2, 1.3),
            (1.0, -3.2),
            (1.0, 1.0),
        ):
            box = (x + left, y + top, x + left + width, y + top + _line)
            if _free(box, taken, frame):
                taken.append(box)
                drawn.append(_text(box[0], box[3] - 0.5, mark))
                break
    return drawn, len(marks) - len(drawn)


def _free(box: Box, taken: Sequence[Box], frame: Frame) -> bool:
    if box[0] < 0 or box[1] < 0 or box[2] > frame.width or box[3] > frame.height:
        return False
    return not any(box[0] < one[2] and one[0] < box[2] and box[1] < one[3] and one[1] < box[3] for one in taken)


def _text(x: float, y: float, mark: Mark) -> str:
    """Return a number with a white rim, so that it can be read over anything."""
    place = f'x="{x:.2f}" y="{y:.2f}" {_font} font-size="2.1"'
    rim = 'stroke="#ffffff" stroke-width="0.8" stroke-linejoin="round"'
    return f'<text {place} {rim}>{mark.number}</text><text {place} fill="{mark.colour}">{mark.number}</text>'


def _picture(frame: Frame, underlay: Underlay) -> str:
    west, south, east, north = underlay.box
    corners = frame.to_paper(np.array([(west, north), (east, south)]))
    (left, top), (right, bottom) = corners
    data = base64.b64encode(underlay.png).decode()
    return (
        f'<image x="{left:.3f}" y="{top:.3f}" width="{right - left:.3f}" height="{bottom - top:.3f}" opacity="0.42" '
        f'preserveAspectRatio="none" xlink:href="data:image/png;base64,{data}"/>'
    )
