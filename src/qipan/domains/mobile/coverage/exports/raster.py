"""A map of a study as a cloud-optimised GeoTIFF."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil

from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage.metrics import metric
from qipan.domains.mobile.coverage.store import Study
from qipan.domains.mobile.coverage.summary import bands_of

_numbers = ("server", "hole", "overlap")
"""Maps whose values are no measure that could be averaged."""


def write_geotiff(
    study: Study, path: Path, key: str, layer: int | Sequence[int] | None = None, progress: Progress | None = None
) -> int:
    """Write one map in the study's plane, tiled, deflated and with overviews; nan where it has no value.

    Overviews are averages of levels and the nearest value of numbers. Read with a window or over HTTP, a part of the
    file is enough. Returns the number of map cells.
    """
    grid, tell = study.grid, progress or Progress()
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": grid.columns, "height": grid.rows, "count": 1, "dtype": "float32",
        "crs": f"EPSG:{grid.epsg}", "nodata": np.nan, "tiled": True, "blockxsize": 512, "blockysize": 512,
        "transform": rasterio.Affine(grid.resolution, 0, grid.west, 0, -grid.resolution, grid.north),
        "bigtiff": "if_safer",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix=".coverage-", dir=path.absolute().parent) as folder:
        plain = Path(folder) / "plain.tif"
        with rasterio.open(plain, "w", **profile) as file:
            for window in bands_of(study, 512 * grid.columns):
                tell.report(0.8 * window[0].start / grid.rows, "写出栅格")
                place = rasterio.windows.Window(0, window[0].start, grid.columns, window[0].stop - window[0].start)
                file.write(metric(study, key, layer, window), 1, window=place)
            file.set_band_description(1, key)
            file.update_tags(study=study.version, metric=key, day=study.facts["as_of"])
        tell.report(0.8, "生成金字塔")
        resampling = "nearest" if key in _numbers else "average"
        options = {"compress": "deflate", "blocksize": 512, "overview_resampling": resampling, "predictor": "yes"}
        rasterio.shutil.copy(plain, path, driver="COG", **options)
    tell.report(1.0)
    return grid.rows * grid.columns
