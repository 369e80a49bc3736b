"""Run by an interpreter of its own that has pycraf: a map of P.452 losses around one mast, once for each line read.

Arguments: a folder with the SRTM tile, longitude and latitude of the mast and half the map's side, all in degrees.
Answers each line with the number of points and the processor seconds they took, profiles included.
"""

from __future__ import annotations

import contextlib
import sys
import time
import warnings

warnings.simplefilter("ignore")

from astropy import units as u  # noqa: E402
from pycraf import conversions, pathprof  # noqa: E402


def losses(longitude: float, latitude: float, half: float) -> int:
    """Compute the map at pycraf's finest step, 0.0001 degree, and give its number of points."""
    place, side, step = (longitude * u.deg, latitude * u.deg), 2.0 * half * u.deg, 1e-4 * u.deg
    profiles = pathprof.height_map_data(*place, side, side, map_resolution=step)
    air, antennas = (293.15 * u.K, 1013.0 * u.hPa), (25.0 * u.m, 1.5 * u.m)
    found = pathprof.atten_map_fast(3.5 * u.GHz, *air, *antennas, 50.0 * u.percent, profiles)
    return int(found["L_b"].to(conversions.dB).size)


def main() -> None:
    """Answer until the input ends."""
    folder, *numbers = sys.argv[1:]
    place = [float(each) for each in numbers]
    with pathprof.SrtmConf.set(srtm_dir=folder, download="never", server="viewpano"):
        for _ in sys.stdin:
            begin = time.process_time()
            with contextlib.redirect_stdout(sys.stderr):
                points = losses(*place)
            print(points, time.process_time() - begin, flush=True)


if __name__ == "__main__":
    main()
