"""The cost table: defaults, the office's figures, Excel out and in, and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database
from qipan.core.errors import AccessDenied, ImportRejected, InvalidRecord, NotFound
from qipan.core.placing import list_rates, rate_values, read_rates, set_rate, write_rates

catalogue = load_catalogue()
key = "mobile.tower_rent"


def workbook(rows: list[list[object]], sheet: str = "造价表") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return buffer.getvalue()


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_office_sets_a_figure_and_takes_it_back(database: Database) -> None:
    with database.begin() as connection:
        assert rate_values(connection, catalogue)[key] == 21_000
        changed = set_rate(connection, catalogue, system, key, 18_500)
        assert (changed["value"], changed["default"], changed["changed_by"]) == (18_500, 21_000, "system")
        assert rate_values(connection, catalogue)[key] == 18_500
        assert set_rate(connection, catalogue, system, key, None)["value"] == 21_000
        assert next(one for one in list_rates(connection, catalogue) if one["key"] == key)["changed_by"] is None


@pytest.mark.parametrize("value", [-1, 1e9, float("nan")])
def test_a_figure_out_of_range_is_refused_with_the_range(database: Database, value: float) -> None:
    with database.begin() as connection, pytest.raises(InvalidRecord, match="0 至 500000"):
        set_rate(connection, catalogue, system, key, value)


def test_only_the_city_sets_figures(database: Database) -> None:
    district = replace(system, role="district", everything=False)
    with database.begin() as connection:
        with pytest.raises(AccessDenied):
            set_rate(connection, catalogue, district, key, 1)
        with pytest.raises(NotFound, match=r"no\.such"):
            set_rate(connection, catalogue, system, "no.such", 1)


def test_an_edited_workbook_comes_back(database: Database) -> None:
    with database.begin() as connection:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(write_rates(connection, catalogue))).get_sheet_by_index(0)
        edited = rows.to_python()
        assert len(edited) == len(catalogue.rates) + 1
        row = next(one for one in edited if one[0] == key)
        row[-1] = 19_999
        assert read_rates(connection, catalogue, system, workbook(edited)) == {"changed": 1}
        assert rate_values(connection, catalogue)[key] == 19_999
        assert read_rates(connection, catalogue, system, workbook(edited)) == {"changed": 0}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("默认值", 1, "21000"),
        ("单位", "万元/年", "元/年"),
        ("名称", "租金", "租金"),
        ("说明", "", "只有“现行值”可以修改"),
    ],
)
def test_another_column_than_the_value_is_not_passed_over(
    database: Database, column: str, value: object, told: str
) -> None:
    with database.begin() as connection:
        book = openpyxl.load_workbook(io.BytesIO(write_rates(connection, catalogue)))
        heads = [one.value for one in book.active[1]]
        row = next(number for number, cells in enumerate(book.active.values, start=1) if cells[0] == key)
        book.active.cell(row, heads.index(column) + 1).value = value
        book.active.cell(row, heads.index("现行值") + 1).value = 19_000
        with pytest.raises(ImportRejected) as raised:
            read_rates(connection, catalogue, system, saved(book))
        (problem,) = raised.value.problems
        assert (problem.row, problem.field) == (row, column)
        assert told in problem.reason
        assert rate_values(connection, catalogue)[key] == 21_000


def test_a_workbook_of_another_program_comes_back(database: Database) -> None:
    with database.begin() as connection:
        book = openpyxl.load_workbook(io.BytesIO(write_rates(connection, catalogue)))
        place = next(number for number, cells in enumerate(book.active.values, start=1) if cells[0] == key)
        book.active.cell(place, 6).value = "18,500"
        book.active.delete_rows(2 if place != 2 else 3)
        assert read_rates(connection, catalogue, system, saved(book)) == {"changed": 1}
        assert rate_values(connection, catalogue)[key] == 18_500


def test_a_line_that_stands_twice_is_refused(database: Database) -> None:
    content = workbook([["键", "现行值"], [key, 1], [key, 2]])
    with database.begin() as connection, pytest.raises(ImportRejected) as raised:
        read_rates(connection, catalogue, system, content)
    assert "与第 2 行重复" in raised.value.problems[0].reason


def test_a_bad_workbook_names_each_row_and_changes_nothing(database: Database) -> None:
    head = ["键", "现行值"]
    other, third = [one for one in catalogue.rates if one != key][:2]
    with database.begin() as connection:
        with pytest.raises(ImportRejected) as raised:
            read_rates(
                connection, catalogue, system, workbook([head, [key, 1], ["x", 2], [other, "许多"], [third, -3]])
            )
        assert [(one.row, one.field) for one in raised.value.problems] == [(3, "键"), (4, "现行值"), (5, "现行值")]
        assert rate_values(connection, catalogue)[key] == 21_000
        for content in (b"no workbook", workbook([head], "别的表"), workbook([["键"]])):
            with pytest.raises(ImportRejected, match="造价表"):
                read_rates(connection, catalogue, system, content)
