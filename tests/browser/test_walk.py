"""The page as a person meets it: overview, plan, map, coverage, network planning, build and merging plans, register.

On a desk and on a phone, in both languages.

``QIPAN_PICTURES=docs/images`` makes the walk write its pictures there, which is how those of the README are made.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.browser.conftest import Board, root


def test_walk_from_overview_to_plan_to_map(board: Board, chromium: str, node: str, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("QIPAN_PICTURES", tmp_path))
    command = [node, str(root / "web/walk/walk.mjs"), board.address, board.name, board.password, str(pictures)]
    environment = os.environ | {"QIPAN_CHROMIUM": chromium}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["rows"] >= 30, "the overview shows every target of the plan"
    assert seen["marks"] >= 30, "the targets are marked in the text"
    assert seen["features"] >= 100, "the map draws the base stations"
    assert seen["servers"] >= 3, "a click on the coverage map names the cells that serve the point"
    assert seen["relations"] >= 20, "network planning lists neighbours"
    assert seen["sites"] >= 5, "the map of a build plan draws its sites"
    assert seen["streets"] >= 3, "a merging plan lists its streets"
    taken = {picture.stem for picture in pictures.glob("*.png")}
    assert {"overview", "plan", "map", "density", "phone", "overview-en"} <= taken
    assert {"coverage", "coverage-path", "coverage-edit", "network", "drive-test"} <= taken
    assert {"planning", "planning-site", "merging"} <= taken
