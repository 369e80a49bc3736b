"""The city's ground plan: coast, districts and sub-districts with given areas, at any scale.

The plan is drawn on a plane of the generator's own (metres, full size). Straight-edged land is divided into districts
of the published areas, then a chain of shears bends every border. A shear keeps areas exactly and can be undone
exactly, so areas stay as given, neighbours keep their common border, and a point's district is found by undoing them.
The real plane is the bent one shrunk by the square root of the scale: a city of scale 0.02 has a fiftieth of the land
and of the people, so every density and every ratio is that of the whole city.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from qipan.engines.synthesis.cells import divide
from qipan.engines.synthesis.figures import city_code, city_name, detached, districts
from qipan.engines.synthesis.tables import Flags, Floats

crs = 4547
"""EPSG code of the metric plane: CGCS2000, 3-degree Gauss-Krüger zone with central meridian 114° E."""
origin = (506_000.0, 2_494_000.0)
"""Easting and northing about which a scaled city shrinks, m."""

_main_land = np.array([
    (-30, 25), (-27, 17), (-24, 10), (-20.5, 5.5), (-18.5, 0.5), (-19.5, -5), (-15, -8.5), (-11, -6), (-6.5, -2.5),
    (0, -3), (6, -1.5), (11, 0), (15.5, -0.5), (20, 1), (26, 2.5), (31, 1.5), (35, -3), (38, -9), (44, -13), (50, -11),
    (49.5, -5), (45.5, -1), (48, 3), (51.5, 7.5), (46, 10), (41.5, 8.5), (40, 16), (34, 20.5), (27, 22), (22, 26),
    (14, 24), (8, 20.5), (4, 23.5), (-1, 21.5), (-4, 25), (-9, 29), (-16, 29.5), (-22, 31),
])  # fmt: skip
_detached_land = np.array(
    [(94, 16), (99, 12), (106, 11), (113, 13), (116, 19), (114, 28), (108, 34), (100, 33), (95, 27)]
)
_hinterland = np.array([
    (-60, 26), (-30, 25), (-22, 26), (0, 17), (20, 20), (40, 9), (51.5, 7.5), (60, 14), (72, 12), (82, 20), (94, 16),
    (104, 20), (113, 13), (130, 18), (180, 24), (180, 120), (-60, 120),
])  # fmt: skip
_shears = ((31_000.0, 1500.0), (13_000.0, 560.0), (5_600.0, 190.0), (2_700.0, 70.0))
"""Wavelength and amplitude of the shears, m."""
_border_step = 90.0
"""Longest straight piece of a border, m at full size."""
_decimals = 7


@dataclass(frozen=True, slots=True)
class Areas:
    """The tree of areas: city, districts, sub-districts; ``polygons`` are in longitude and latitude."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    levels: tuple[str, ...]
    """``city``, ``district`` or ``subdistrict``"""
    parents: tuple[str, ...]
    """Code of the area above; empty for the city."""
    polygons: NDArray[np.object_]


@dataclass(frozen=True)
class Geography:
    """Where the city lies at one scale and seed."""

    scale: float
    phases: Floats
    """Phase of every shear, rad; shape (4, 2)."""
    cells: tuple[shapely.Geometry, ...]
    """District cells on the straight plane, m; only for finding a point's district."""
    areas: Areas
    centres: Floats
    """Centres of sub-districts on the real plane, m; shape (n, 2)."""
    centre_district: NDArray[np.int8]
    """District of each centre; shape (n,)."""

    @property
    def shrink(self) -> float:
        """Return the ratio of real lengths to full-size ones."""
        return float(np.sqrt(self.scale))

    @cached_property
    def district_polygons(self) -> NDArray[np.object_]:
        """Return the district polygons in longitude and latitude, in the order of the figures."""
        return self.areas.polygons[[level == "district" for level in self.areas.levels]]

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of all districts on the real plane, m."""
        coordinates = shapely.get_coordinates(self.district_polygons)
        x, y = to_plane(coordinates[:, 0], coordinates[:, 1])
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def straighten(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return points of the real plane on the straight full-size plane; both (n,), m."""
        u, v = (x - origin[0]) / self.shrink, (y - origin[1]) / self.shrink
        for (wavelength, amplitude), phase in reversed(list(zip(_shears, self.phases, strict=True))):
            v = v - amplitude * np.sin(2 * np.pi / wavelength * u + phase[1])
            u = u - amplitude * np.sin(2 * np.pi / wavelength * v + phase[0])
        return u, v

    def bend(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Return points of the straight full-size plane on the real plane: the inverse of ``straighten``."""
        for (wavelength, amplitude), phase in zip(_shears, self.phases, strict=True):
            u = u + amplitude * np.sin(2 * np.pi / wavelength * v + phase[0])
            v = v + amplitude * np.sin(2 * np.pi / wavelength * u + phase[1])
        return origin[0] + u * self.shrink, origin[1] + v * self.shrink

    def district_within(self, x: Floats, y: Floats, margin: float) -> NDArray[np.int8]:
        """Return the district of each point of the real plane that lies at least ``margin`` m inside it, else -1."""
        u, v = self.straighten(x, y)
        found = np.full(len(u), -1, dtype=np.int8)
        # The shears stretch lengths by up to 1.6, and a border's chords leave its curve by up to 1 m at full size.
        inset = 1.6 * margin / self.shrink + 2.0
        for place, cell in enumerate(self.cells):
            inner = shapely.buffer(cell, -inset, join_style="mitre")
            if shapely.is_empty(inner):
                continue
            shapely.prepare(inner)
            west, south, east, north = shapely.bounds(inner)
            near = np.flatnonzero((u > west) & (u < east) & (v > south) & (v < north))
            found[near[shapely.contains_xy(inner, u[near], v[near])]] = place
        return found

    def district_of(self, x: Floats, y: Floats) -> NDArray[np.int8]:
        """Return the district whose written polygon covers each point as written, else -1 (sea, other cities)."""
        found = self.district_within(x, y, 0.0)
        open_points = np.flatnonzero(found < 0)
        longitude, latitude = to_degrees(x[open_points], y[open_points])
        points = shapely.points(longitude, latitude)
        for place, polygon in enumerate(self.district_polygons):
            shapely.prepare(polygon)
            inside = shapely.covers(polygon, points) & (found[open_points] < 0)
            found[open_points[inside]] = place
        return found

    def holds(self, district: NDArray[np.int8], x: Floats, y: Floats) -> Flags:
        """Tell whether rings of the real plane, ``x`` and ``y`` of shape (n, corners), lie in their districts."""
        longitude, latitude = to_degrees(x.ravel(), y.ravel())
        rings = shapely.polygons(np.stack([longitude, latitude], axis=-1).reshape(*x.shape, 2))
        inside = np.zeros(len(rings), dtype=bool)
        for place, polygon in enumerate(self.district_polygons):
            shapely.prepare(polygon)
            own = district == place
            inside[own] = shapely.covers(polygon, rings[own])
        return inside

    def is_land(self, x: Floats, y: Floats) -> Flags:
        """Tell which points of the real plane are land, of this city or of the country behind it."""
        u, v = self.straighten(x, y)
        lands = (_metres(_main_land), _metres(_detached_land), shapely.polygons(_hinterland * 1000.0))
        inside = np.zeros(len(u), dtype=bool)
        for land in lands:
            shapely.prepare(land)
            inside |= shapely.contains_xy(land, u, v)
        return inside


_to_degrees = Transformer.from_crs(crs, 4490, always_xy=True)
_to_plane = Transformer.from_crs(4490, crs, always_xy=True)


def to_degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude of points of the real plane, to the seven decimals that files carry.

    CGCS2000 and WGS 84 agree to centimetres, so the degrees are those of either.
    """
    longitude, latitude = _to_degrees.transform(x, y)
    return np.round(longitude, _decimals), np.round(latitude, _decimals)


def to_plane(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return points in longitude and latitude on the real plane, m."""
    x, y = _to_plane.transform(longitude, latitude)
    return np.asarray(x), np.asarray(y)


def lay_out(scale: float, random: np.random.Generator) -> Geography:
    """Lay out districts and sub-districts at ``scale``; the same generator state gives the same plan."""
    phases = random.uniform(0, 2 * np.pi, (len(_shears), 2))
    cells = _district_cells()
    parts = [
        _subdistrict_cells(cell, len(one.subdistricts), random) for cell, one in zip(cells, districts, strict=True)
    ]
    owners = np.repeat(np.arange(len(cells), dtype=np.int8), [len(part) for part in parts])
    inner = np.array([cell for part in parts for cell in part], dtype=object)
    bare = Geography(scale, phases, tuple(cells), _no_areas(), np.empty((0, 2)), owners)
    faces = _bent_faces(bare, inner)
    middle = shapely.get_coordinates(shapely.point_on_surface(faces))
    x, y = to_plane(middle[:, 0], middle[:, 1])
    return Geography(scale, phases, tuple(cells), _tree(faces, owners), np.column_stack([x, y]), owners)


def _no_areas() -> Areas:
    return Areas((), (), (), (), np.empty(0, dtype=object))


def _metres(outline: Floats) -> shapely.Geometry:
    """Return a drawn outline in m, sized so that its area is that of the districts on it."""
    apart = outline is _detached_land
    area = sum(one.land_area for place, one in enumerate(districts) if (place in detached) == apart) * 1e6
    drawn = shapely.polygons(outline * 1000.0)
    middle = shapely.get_coordinates(shapely.centroid(drawn))[0] if apart else np.zeros(2)
    return shapely.polygons((outline * 1000.0 - middle) * np.sqrt(area / drawn.area) + middle)


def _district_cells() -> list[shapely.Geometry]:
    together = [one for place, one in enumerate(districts) if place not in detached]
    centres = np.array([one.centre for one in together]) * 1000.0
    cells = divide(_metres(_main_land), centres, np.array([one.land_area for one in together]))
    return [*cells, _metres(_detached_land)]


def _subdistrict_cells(cell: shapely.Geometry, count: int, random: np.random.Generator) -> list[shapely.Geometry]:
    """Divide a district among ``count`` centres thrown well apart, with areas that differ by up to half."""
    west, south, east, north = shapely.bounds(cell)
    throws = random.uniform((west, south), (east, north), (4000, 2))
    throws = throws[shapely.contains_xy(cell, throws[:, 0], throws[:, 1])]
    chosen = [throws[0]]
    distance = np.hypot(*(throws - chosen[0]).T)
    for _ in range(count - 1):
        chosen.append(throws[int(np.argmax(distance * (0.6 + 0.4 * (np.arange(len(throws)) % 7) / 6)))])
        distance = np.minimum(distance, np.hypot(*(throws - chosen[-1]).T))
    nearest = np.argmin(np.hypot(*(throws[:, None, :] - np.array(chosen)[None]).transpose(2, 0, 1)), axis=1)
    centres = np.array([throws[nearest == one].mean(axis=0) for one in range(count)])
    return divide(cell, centres, random.uniform(0.75, 1.25, count))


def _bent_faces(plan: Geography, cells: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the cells bent and in degrees; neighbours share every vertex, so they neither overlap nor leave gaps."""
    lines = shapely.unary_union(shapely.boundary(cells), grid_size=0.01)
    pieces = shapely.segmentize(shapely.get_parts(shapely.line_merge(lines)), _border_step)
    faces = shapely.get_parts(shapely.polygonize(pieces))
    middles = shapely.point_on_surface(faces)
    tree = shapely.STRtree(middles)
    face_of_cell, found = np.full(len(cells), -1), tree.query(cells, predicate="contains")
    sizes = shapely.area(faces)[found[1]]
    order = np.argsort(sizes, kind="stable")
    face_of_cell[found[0][order]] = found[1][order]
    bent: NDArray[np.object_] = shapely.transform(
        faces[face_of_cell], lambda points: np.column_stack(to_degrees(*plan.bend(*points.T)))
    )
    return bent


def _tree(faces: NDArray[np.object_], owners: NDArray[np.int8]) -> Areas:
    """Build the tree of areas from the sub-districts' polygons and the district of each."""
    whole = [shapely.coverage_union_all(faces[owners == place]) for place in range(len(districts))]
    city = shapely.coverage_union_all(faces)
    inner_codes = [f"{one.code}{number:03d}" for one in districts for number in range(1, len(one.subdistricts) + 1)]
    return Areas(
        codes=(city_code, *(one.code for one in districts), *inner_codes),
        names=(city_name, *(one.name for one in districts), *(name for one in districts for name in one.subdistricts)),
        levels=("city", *("district" for _ in districts), *("subdistrict" for _ in faces)),
        parents=("", *(city_code for _ in districts), *(districts[place].code for place in owners)),
        polygons=np.array([city, *whole, *faces], dtype=object),
    )
