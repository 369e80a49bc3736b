"""Radio: path loss between two points, exact, and the coverage of a whole city, fast; arrays in and out.

Exact (float64, one profile a path): :func:`predict` (ITU-R P.1812-8), :func:`free_space_loss` (P.525),
:func:`bullington_loss` and its kin (P.526), TR 38.901 (:func:`path_loss`), P.1411 (:func:`over_roofs`,
:func:`canyon_los`), P.2108 and P.2109. Fast: :func:`coverage`, whose results say how far they lie from the exact mode.
The network half (:func:`ss_sinr`, :func:`throughput`) works on what it returns.

Formulas are those of the Recommendations, several read, with acknowledgement, in crc-covlib (MIT, Communications
Research Centre Canada) and in the reference code of I. Stevanovic (OFCOM, Switzerland), whose published results the
tests hold to; none of their code is copied.
"""

from __future__ import annotations

from .antennas import (
    Antenna,
    Array,
    BeamEnvelope,
    Element,
    Isotropic,
    Mounted,
    Pattern,
    gain_table,
    read_antenna,
    read_msi,
    read_nsma,
    ssb_beams,
    write_msi,
    write_nsma,
)
from .city import Agreement, Cells, Coverage, Ground, Layer, Settings, coverage, spread_coverage
from .clutter import CLUTTER_HEIGHTS, elevated_path_loss, height_gain_loss, terrestrial_loss
from .diffraction import bullington_loss, delta_bullington_loss, knife_edge_loss, spherical_loss
from .errors import BadAntenna, BadCell, BadProfile, BadRaster, NoCluster, OutOfRange, RadioError, RayMissing
from .freespace import free_space_loss, wavelength
from .network import (
    Link,
    covered_share,
    equal_shares,
    indoor_levels,
    interference_load,
    noise_power,
    overlap,
    overlap_matrix,
    polluted,
    resource_element_power,
    rsrq,
    spectral_efficiency,
    ss_sinr,
    throughput,
)
from .p1812 import Climate, Prediction, Request, field_strength, location_deviation, predict
from .penetration import (
    FACADE_DEVIATION,
    building_entry_loss,
    facade_loss,
    material_loss,
    outdoor_to_indoor_loss,
)
from .profiles import Profile, midpoint
from .shadowing import shadow_field, shadow_fields
from .street import (
    Bounds,
    Corner,
    Roofs,
    canyon_corner,
    canyon_corner_high,
    canyon_los,
    canyon_los_millimetre,
    over_roofs,
    site_general_loss,
)
from .tr38901 import Surroundings, correlation_distance, los_probability, path_loss, shadow_deviation

__all__ = [
    "CLUTTER_HEIGHTS",
    "FACADE_DEVIATION",
    "Agreement",
    "Antenna",
    "Array",
    "BadAntenna",
    "BadCell",
    "BadProfile",
    "BadRaster",
    "BeamEnvelope",
    "Bounds",
    "Cells",
    "Climate",
    "Corner",
    "Coverage",
    "Element",
    "Ground",
    "Isotropic",
    "Layer",
    "Link",
    "Mounted",
    "NoCluster",
    "OutOfRange",
    "Pattern",
    "Prediction",
    "Profile",
    "RadioError",
    "RayMissing",
    "Request",
    "Roofs",
    "Settings",
    "Surroundings",
    "building_entry_loss",
    "bullington_loss",
    "canyon_corner",
    "canyon_corner_high",
    "canyon_los",
    "canyon_los_millimetre",
    "correlation_distance",
    "coverage",
    "covered_share",
    "delta_bullington_loss",
    "elevated_path_loss",
    "equal_shares",
    "facade_loss",
    "field_strength",
    "free_space_loss",
    "gain_table",
    "height_gain_loss",
    "indoor_levels",
    "interference_load",
    "knife_edge_loss",
    "location_deviation",
    "los_probability",
    "material_loss",
    "midpoint",
    "noise_power",
    "outdoor_to_indoor_loss",
    "over_roofs",
    "overlap",
    "overlap_matrix",
    "path_loss",
    "polluted",
    "predict",
    "read_antenna",
    "read_msi",
    "read_nsma",
    "resource_element_power",
    "rsrq",
    "shadow_deviation",
    "shadow_field",
    "shadow_fields",
    "site_general_loss",
    "spectral_efficiency",
    "spherical_loss",
    "spread_coverage",
    "ss_sinr",
    "ssb_beams",
    "terrestrial_loss",
    "throughput",
    "wavelength",
    "write_msi",
    "write_nsma",
]
