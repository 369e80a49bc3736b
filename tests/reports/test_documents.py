"""Documents of a build plan read back by other programs: sums, layers, pages, and what a person can put right."""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import replace

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import pypdfium2
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from xlsxwriter.exceptions import FileCreateError

import qipan.reports.sheets as sheets
from qipan.api.files import temporary
from qipan.cli import commands
from qipan.cli.files import NotWritten, write_whole
from qipan.core.access import Principal, system
from qipan.core.errors import DatabaseError, InvalidRecord, JobCancelled, NotFound
from qipan.core.jobs import Progress
from qipan.core.placing.errors import PlanMissing
from qipan.core.scenarios import create_scenario, finish_scenario, scenario_folder
from qipan.domains.mobile.coverage import Grid, StudyLayer
from qipan.domains.mobile.coverage.layers import LayerWriter
from qipan.domains.mobile.coverage.store import write_study
from qipan.reports import (
    NoChineseFont,
    NothingToReport,
    Underlay,
    bill_of_quantities,
    chinese_fonts,
    coverage_underlay,
    map_sheets,
    read_planned,
    site_layers,
    write_document,
)
from qipan.reports.drawing import Frame, Mark, draw_map
from qipan.reports.surroundings import Surroundings
from tests.people import clients_of
from tests.reports.conftest import Town, north, south

bill, upkeep, summary, listing = "工程量清单", "年度费用清单", "汇总表", "站点表"


def workbook(town: Town, path, **options):
    bill_of_quantities(town.planned, path)
    return openpyxl.load_workbook(path, **options)


def test_sums_of_the_bill_agree_with_the_lines(town, tmp_path):
    book = workbook(town, tmp_path / "bill.xlsx", data_only=True)
    assert book.sheetnames == [summary, bill, upkeep, listing]
    built = town.planned.lines.filter(pc.invert(town.planned.lines["yearly"]))
    total = pc.sum(built["amount"]).as_py()
    rows = list(book[bill].iter_rows(min_row=6, values_only=True))
    items = [row for row in rows if isinstance(row[0], int)]
    assert sum(row[8] for row in items) == pytest.approx(total)
    assert all(row[8] == pytest.approx(row[6] * row[7]) for row in items)
    assert next(row[8] for row in rows if row[0] == "总计") == pytest.approx(total)
    years = [row[8] for row in rows if re.fullmatch(r"\d{4} 年 合计", str(row[0]))]
    districts = [row[8] for row in rows if str(row[0]).endswith("小计")]
    assert sum(years) == pytest.approx(total) == pytest.approx(sum(districts))
    first, *rest = book[summary].iter_rows(min_row=5, values_only=True)
    assert first[:4] == ("区域", "2024 年", "2025 年", "合计")
    assert [row[3] for row in rest if row[0] == "合计"] == [pytest.approx(total)] * 2
    paid = list(book[upkeep].iter_rows(min_row=6, values_only=True))
    assert next(row[8] for row in paid if row[0] == "总计") == 6 * 9_000


def evaluated(book, sheet: str, cell: str) -> float:
    """Value of a cell by its formula, for the few functions that the bill uses."""
    value = book[sheet][cell].value
    if not isinstance(value, str) or not value.startswith("="):
        return float(value or 0.0)
    if found := re.fullmatch(r"=ROUND\((\w+)\*(\w+),2\)", value):
        return round(evaluated(book, sheet, found[1]) * evaluated(book, sheet, found[2]), 2)
    if found := re.fullmatch(r"=ROUND\((\w+),0\)", value):
        return round(evaluated(book, sheet, found[1]))
    if found := re.fullmatch(r"=(SUBTOTAL\(9,|SUM\()(\w+):(\w+)\)", value):
        cells = [one for row in book[sheet][f"{found[2]}:{found[3]}"] for one in row]
        left_out = [found[1].startswith("SUBTOTAL") and "SUBTOTAL" in str(one.value) for one in cells]
        pairs = zip(cells, left_out, strict=True)
        return sum(evaluated(book, sheet, one.coordinate) for one, out in pairs if not out)
    found = re.fullmatch(r"=SUMIFS\('(.+)'!I:I,'.+'!(\w):\2,(\$?\w+),'.+'!B:B,(\d+)\)", value)
    wanted = book[sheet][found[3].replace("$", "")].value, int(found[4])
    rows = [row[0].row for row in book[found[1]].iter_rows(min_row=6)]
    kept = [
        row for row in rows if (book[found[1]][f"{found[2]}{row}"].value, book[found[1]][f"B{row}"].value) == wanted
    ]
    return sum(evaluated(book, found[1], f"I{row}") for row in kept)


def test_formulas_give_the_values_that_stand_beside_them(town, tmp_path):
    formulas = workbook(town, tmp_path / "bill.xlsx")
    values = openpyxl.load_workbook(tmp_path / "bill.xlsx", data_only=True)
    counted = 0
    for sheet in (summary, bill, upkeep, listing):
        for row in formulas[sheet].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    counted += 1
                    assert evaluated(formulas, sheet, cell.coordinate) == pytest.approx(
                        values[sheet][cell.coordinate].value
                    )
    assert counted > 30


def test_the_page_is_set_up_as_offices_print_it(town, tmp_path):
    book = workbook(town, tmp_path / "bill.xlsx")
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.freeze_panes == "A6"
        assert sheet.print_title_rows == "$1:$5"
        assert "示例市工业和信息化局" in sheet["A2"].value
    assert book[bill]["A1"].value == f"示例市基站方案　{bill}"
    words = [row[4] for row in book[bill].iter_rows(min_row=6) if str(row[0].value).startswith("总计（大写")]
    assert "DBNum2" in words[0].number_format


def test_a_plan_without_any_cost_is_refused(town, tmp_path):
    with pytest.raises(NothingToReport, match="先在造价表中填写单价"):
        bill_of_quantities(replace(town.planned, lines=town.planned.lines.slice(0, 0)), tmp_path / "bill.xlsx")


@pytest.mark.parametrize("ending", ["gpkg", "kml"])
def test_layers_hold_every_site_where_it_stands(town, tmp_path, ending):
    path = tmp_path / f"sites.{ending}"
    assert site_layers(town.planned, path) == 6
    facts, table = pyogrio.read_arrow(path, layer="sites")
    shapes = shapely.force_2d(shapely.from_wkb(table[facts["geometry_name"] or "wkb_geometry"].to_numpy()))
    assert np.allclose(shapely.get_x(shapes), town.planned.sites["longitude"].to_numpy())
    if ending == "gpkg":
        assert table["名称"].to_pylist() == town.planned.sites["name"].to_pylist()
        cost = pyogrio.read_arrow(path, layer="lines")[1]
        assert pc.sum(cost["合价（元）"]).as_py() == pytest.approx(pc.sum(town.planned.lines["amount"]).as_py())
    else:
        assert "1 规划基站1号 2024" in table["Name"].to_pylist()


def words_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_one_sheet_for_each_district_with_its_sites(town):
    pages = words_of(map_sheets(town.database, town.catalogue, system, town.planned))
    assert len(pages) == 2
    for text, district, numbers in zip(pages, ("北区", "南区"), ((1, 2, 3, 4), (5, 6)), strict=True):
        assert f"{district}站点布局图" in text
        assert {int(one) for one in re.findall(r"规划基站\s*(\d)\s*号", text)} == set(numbers)
        for part in (
            "示例市工业和信息化局",
            "QP-0001",
            "2023-06-30",
            "现有5G基站",
            "图例",
            "比例尺",
            "EPSG:4547",
            "北",
        ):
            assert part in text.replace(" ", "")


def test_a_long_list_goes_on_on_the_next_page(town):
    many = pa.concat_tables([town.planned.within(north).sites] * 60)
    numbered = many.set_column(0, "site", pa.array(range(1, many.num_rows + 1), pa.int32()))
    pages = words_of(
        map_sheets(town.database, town.catalogue, system, replace(town.planned, sites=numbered), paper="A4")
    )
    assert len(pages) > 1
    assert "站点表（续）" in pages[1]
    assert "240" in pages[-1]


def _green() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x2a\x9d\x4a")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_picture_lies_under_the_map_and_is_explained(town):
    box = (500_000.0, 2_490_000.0, 510_000.0, 2_500_000.0)
    asked = []

    def draw(epsg: int, paper: tuple[float, float, float, float]) -> Underlay | None:
        asked.append((epsg, paper))
        return Underlay(_green(), box, "室外覆盖", (("#2a9d4a", "≥ −85 dBm"),)) if len(asked) == 1 else None

    pages = words_of(map_sheets(town.database, town.catalogue, system, town.planned, underlay=draw))
    assert [epsg for epsg, _ in asked] == [4547, 4547]
    assert "室外覆盖" in pages[0]
    assert "室外覆盖" not in pages[1]


def studied(town: Town) -> int:
    """A coverage study of 3 x 5 map cells of 100 m: −60 dBm in the west, −120 in the middle, nothing in the east."""
    with town.database.begin() as connection:
        scenario = create_scenario(
            connection, system, kind="coverage", subject="mobile.coverage", name="现状", parameters={}
        )
        finish_scenario(connection, system, scenario.id, {})
    folder = scenario_folder(town.database, scenario.id)
    folder.mkdir(parents=True)
    levels = np.full((3, 5, 1), -np.inf, np.float32)
    levels[:, :2], levels[:, 2:4] = -60.0, -120.0
    writer = LayerWriter(folder, 0, levels.shape, 1)
    writer.write(0, 0, levels, np.where(np.isfinite(levels), 0, -1), np.zeros((3, 5), np.float32))
    writer.close()
    grid = Grid(4547, 500_000.0, 2_490_300.0, 100.0, 3, 5)
    layer = StudyLayer(0, 1, "移动公司", "3.5G", 3500.0, 1, 1e-12, 30.0, 3276, 0.7, 4, 15.0, False)
    write_study(folder, {"version": "1", "parameters": {"servers": 1}}, grid, [layer])
    return scenario.id


def test_coverage_under_the_map_lies_where_it_was_computed(town):
    number = studied(town)
    draw = coverage_underlay(town.database, town.catalogue, system, number)
    whole = draw(4547, (499_000.0, 2_489_000.0, 502_000.0, 2_491_000.0))
    assert whole.box == (500_000.0, 2_490_000.0, 500_600.0, 2_490_300.0)
    assert whole.classes[-1] == ("#1d4f8b", "≥ -65 dBm")
    shown = pypdfium2.PdfDocument(map_sheets(town.database, town.catalogue, system, town.planned, underlay=draw))
    shown.close()
    part = draw(4547, (500_210.0, 2_490_110.0, 500_240.0, 2_490_120.0))
    assert part.box == (500_200.0, 2_490_100.0, 500_400.0, 2_490_200.0)
    assert draw(4547, (600_000.0, 2_490_000.0, 600_100.0, 2_490_100.0)) is None
    assert draw(4548, (499_000.0, 2_489_000.0, 502_000.0, 2_491_000.0)) is None
    with pytest.raises(NotFound, match="没有指标图"):
        coverage_underlay(town.database, town.catalogue, system, number, "colour")
    with pytest.raises(NotFound):
        coverage_underlay(town.database, town.catalogue, system, town.scenario)


def test_a_district_without_outline_is_shown_by_its_sites(town):
    plane = _no_streets(town)
    frame = sheets._frame(plane, south, [Mark(0.0, 0.0, "1", "#000000")], "A3")
    assert 1 <= frame.scale <= 5_000


def _no_streets(town: Town) -> Surroundings:
    around = sheets.read_surroundings(town.database, town.catalogue, system, (114.05, 22.55), ["base_station"])
    return replace(around, outlines={})


def test_without_a_chinese_font_the_sentence_says_what_to_install(town, monkeypatch):
    sheets._chosen_fonts.cache_clear()

    class Bare:
        def __init__(self, **_options: object) -> None:
            pass

        def families(self) -> list[str]:
            return ["DejaVu Sans"]

    monkeypatch.setattr(sheets.typst, "Fonts", Bare)
    with pytest.raises(NoChineseFont, match="fonts-noto-cjk"):
        chinese_fonts()
    sheets._chosen_fonts.cache_clear()


@given(
    st.tuples(*[st.floats(0, 1e5)] * 2),
    st.tuples(*[st.floats(1, 1e5)] * 2),
    st.floats(100, 400),
    st.floats(100, 300),
)
def test_a_frame_shows_the_whole_box_at_a_usual_scale(corner, size, width, height):
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    frame = Frame.around(box, width, height)
    west, south_edge, east, north_edge = frame.box
    assert west <= box[0]
    assert south_edge <= box[1]
    assert east >= box[2]
    assert north_edge >= box[3]
    metres, long = frame.bar
    assert long == pytest.approx(metres * 1_000 / frame.scale)
    assert 10 < long <= 40 or frame.scale <= 1_000
    paper = frame.to_paper(np.array([box[:2], box[2:]]))
    assert ((paper >= -1e-6) & (paper <= np.array([width, height]) + 1e-6)).all()


def test_numbers_do_not_lie_on_each_other(town):
    frame = Frame(200.0, 150.0, 1_000, (0.0, 0.0))
    marks = [Mark(float(x), 0.0, f"{number}", "#d62828") for number, x in enumerate(np.linspace(-2, 2, 40))]
    drawing = draw_map(frame, _no_streets(town), north, marks)
    assert drawing.unnamed > 0
    assert drawing.svg.count("<circle") == 40
    assert drawing.svg.count('fill="#d62828">') == 40 - drawing.unnamed


def test_a_plan_is_read_with_its_heading(town):
    planned = read_planned(town.database, system, town.scenario, organisation="编制组")
    assert planned.heading.title == "示例市基站方案"
    assert planned.heading.number.endswith(f"-{town.scenario:04d}")
    assert planned.within(south).sites["site"].to_pylist() == [5, 6]
    assert set(planned.within(south).lines["site"].to_pylist()) == {5, 6}
    with pytest.raises(NothingToReport, match="所选区域没有站点"):
        planned.within(99)


def test_a_plan_that_is_not_computed_or_not_one_s_own(town, tmp_path):
    with town.database.begin() as connection:
        draft = create_scenario(
            connection, system, kind="build", subject="mobile.base_station", name="草稿", parameters={}
        )
    with pytest.raises(PlanMissing):
        read_planned(town.database, system, draft.id)
    stranger = Principal("南区", "district", 9, area_ids=frozenset({south}))
    with pytest.raises(NotFound):
        read_planned(town.database, stranger, town.scenario)
    with pytest.raises(InvalidRecord, match="应为其中之一"):
        write_document(town.database, town.catalogue, system, town.planned, tmp_path / "plan.docx")


@pytest.mark.parametrize(
    ("ending", "start"), [("xlsx", b"PK"), ("gpkg", b"SQLite"), ("kml", b"<?xml"), ("pdf", b"%PDF")]
)
def test_documents_over_the_interface(town, ending, start):
    with clients_of(town.database, {"city": ("city", None, None)}) as clients:
        client = clients["city"]
        answer = client.get(f"/api/scenarios/{town.scenario}/export.{ending}", params={"area_id": north, "paper": "A4"})
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert "%E7%A4%BA%E4%BE%8B%E5%B8%82" in answer.headers["content-disposition"]
        if ending == "xlsx":
            assert openpyxl.load_workbook(io.BytesIO(answer.content))[listing].max_row == 10
        missing = client.get(f"/api/scenarios/{town.scenario}/export.{ending}", params={"area_id": 99})
        assert missing.status_code == 400
        assert "所选区域没有站点" in missing.json()["detail"]


def test_sheets_are_made_as_a_job_that_tells_each_district(town):
    with clients_of(town.database, {"city": ("city", None, None)}) as clients:
        client = clients["city"]
        answer = client.post(f"/api/scenarios/{town.scenario}/export.pdf", params={"paper": "A4"})
        assert answer.status_code == 202, answer.text
        client.app.state.service.jobs.wait(answer.json()["job_id"], 60)
        job = client.get(f"/api/jobs/{answer.json()['job_id']}").json()
        assert job["state"] == "done", job
        assert client.get(job["result"]["url"]).content.startswith(b"%PDF")
        assert client.post("/api/scenarios/99/export.pdf").status_code == 404


def test_stopping_ends_the_sheets_between_two_districts(town, tmp_path):
    progress = Progress()
    seen = []

    def heard(_fraction, stage):
        seen.append(stage)
        if stage.startswith("绘制"):
            progress.stop.set()

    progress.listener = heard
    with pytest.raises(JobCancelled):
        write_document(town.database, town.catalogue, system, town.planned, tmp_path / "a.pdf", progress=progress)
    assert sum(one.startswith("绘制") for one in seen) == 1
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.parametrize(("ending", "start"), [("xlsx", b"PK"), ("kml", b"<?xml")])
def test_documents_at_the_command_line(town, tmp_path, ending, start):
    file = tmp_path / f"plan.{ending}"
    words = ["build", "export", str(town.scenario), str(file), "--database", str(town.database.path)]
    ran = CliRunner().invoke(commands.app, [*words, "--area", "北区"])
    assert ran.exit_code == 0, ran.output
    assert "已写出 4 个站点" in ran.output
    assert file.read_bytes().startswith(start)
    refused = CliRunner().invoke(commands.app, [*words, "--paper", "A5"])
    assert "应为 A3 或 A4" in str(refused.exception)
    assert file.read_bytes().startswith(start)


def test_a_workbook_on_a_full_disk_is_a_sentence_and_the_old_one_stays(tmp_path):
    file = tmp_path / "plan.xlsx"
    file.write_text("old")

    def full(_draft):
        raise FileCreateError(OSError(28, "No space left on device"))

    with pytest.raises(NotWritten, match="No space left"):
        write_whole(file, full)
    assert file.read_text() == "old"
    with pytest.raises(DatabaseError, match="腾出磁盘空间"), temporary("xlsx") as path:
        full(path)
    assert not path.parent.exists()
