"""Candidate sites that an office brings along, with costs of their own."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from qipan.cli import commands
from qipan.core.access import system
from qipan.core.errors import ImportRejected
from qipan.core.jobs import Progress
from qipan.core.placing import open_plan, read_lines, read_sites, take_candidates
from qipan.core.scenarios import read_scenario, update_scenario

from .conftest import City

heading = "名称,来源,经度,纬度,高度,造价,主设备,铁塔改造\n"


def test_costs_of_their_own_are_weighed_and_billed(city: City, tmp_path) -> None:
    one = open_plan(city.folder(2)).candidates
    at = f"{one.longitude[0]},{one.latitude[0]}"
    path = tmp_path / "mine.csv"
    path.write_text(f"{heading}甲,已有铁塔,{at},25,1234.56,,\n乙,tower,{at},,,100,200.5\n", encoding="utf-8")
    ran = CliRunner().invoke(
        commands.app, ["build", "candidates", "2", str(path), "--database", str(city.database.path)]
    )
    assert ran.exit_code == 0, ran.output
    owner = int(one.owner_id[0])
    with city.database.begin() as connection:
        parameters = dict(read_scenario(connection, system, 2, "build").parameters)
        wanted = {f"tower:own1:{owner}": "mandatory", f"tower:own2:{owner}": "forbidden"}
        update_scenario(connection, system, 2, {"parameters": parameters | {"pins": wanted}})
    city.compute(2, Progress())
    loaded = open_plan(city.folder(2))
    rows = loaded.candidates.places(list(wanted))
    assert (loaded.candidates.own + loaded.candidates.opening)[rows].tolist() == [1234.56, 300.5]
    site = next(site for site in read_sites(city.folder(2)).to_pylist() if site["candidate"] in wanted)
    assert (site["capital"], site["code"], site["name"][:1]) == (1234.56, None, "甲")
    bill = [line for line in read_lines(city.folder(2)).to_pylist() if line["site"] == site["site"]]
    assert [line["name"] for line in bill if not line["yearly"]] == ["造价"]
    assert any(line["yearly"] for line in bill)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("甲,tower,114.05,22.6,25,,,", "造价"),
        ("甲,tower,,22.6,25,1,,", "经度"),
        ("甲,tower,0,0,25,1,,", "经度"),
        ("甲,月球,114.05,22.6,25,1,,", "来源"),
        ("甲,tower,114.05,22.6,25,-1,,", "造价"),
    ],
)
def test_a_candidate_without_cost_or_place_is_refused_with_its_row(city: City, row: str, column: str) -> None:
    content = f"{heading}{row}\n".encode()
    with city.database.begin() as connection, pytest.raises(ImportRejected) as raised:
        take_candidates(connection, city.catalogue, system, 2, content, "mine.csv")
    assert (raised.value.problems[0].row, raised.value.problems[0].field) == (2, column)
    with city.database.connect() as connection:
        assert "candidates" not in read_scenario(connection, system, 2).parameters
