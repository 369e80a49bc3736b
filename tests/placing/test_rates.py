"""The cost table: defaults, the office's figures, Excel out and in, and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace

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


def test_a_bad_workbook_names_each_row_and_changes_nothing(database: Database) -> None:
    head = ["键", "现行值"]
    with database.begin() as connection:
        with pytest.raises(ImportRejected) as raised:
            read_rates(connection, catalogue, system, workbook([head, [key, 1], ["x", 2], [key, "许多"], [key, -3]]))
        assert [(one.row, one.field) for one in raised.value.problems] == [(3, "键"), (4, "现行值"), (5, "现行值")]
        assert rate_values(connection, catalogue)[key] == 21_000
        for content in (b"no workbook", workbook([head], "别的表"), workbook([["键"]])):
            with pytest.raises(ImportRejected, match="造价表"):
                read_rates(connection, catalogue, system, content)
