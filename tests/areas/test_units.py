from __future__ import annotations

import pytest

from qipan.core.access import nobody, system
from qipan.core.errors import AccessDenied
from qipan.core.exchange import import_units
from qipan.core.units import Unit, UnitIndex, load_units

from ..exchange.sample import UNITS, as_csv, everything, prepare

NAMES = (
    "深圳市发展和改革委员会",
    "深圳市工业和信息化局",
    "深圳市规划和自然资源局",
    "深圳市住房和建设局",
    "深圳市通信管理局",
    "深圳市交通运输局",
    "深圳市政务服务数据管理局",
    "深圳供电局有限公司",
    "南山区人民政府",
    "福田区人民政府",
    "中国铁塔股份有限公司深圳市分公司",
)
ALIASES = {"深圳市工业和信息化局": ("工信局",), "中国铁塔股份有限公司深圳市分公司": ("铁塔公司",)}


@pytest.fixture
def units():
    listed = [Unit(place, name, "department", None, None, ALIASES.get(name, ())) for place, name in enumerate(NAMES, 1)]
    return UnitIndex(listed, ["深圳市"])


@pytest.mark.parametrize(
    ("written", "name", "least"),
    [
        ("深圳市工业和信息化局", "深圳市工业和信息化局", 1.0),
        ("工信局", "深圳市工业和信息化局", 1.0),
        ("市工业和信息化局", "深圳市工业和信息化局", 0.95),
        ("市发展改革委", "深圳市发展和改革委员会", 0.7),
        ("市发改委", "深圳市发展和改革委员会", 0.7),
        ("市规划和自然资源局（市海洋渔业局）", "深圳市规划和自然资源局", 0.95),
        ("市政务服务数据管理局", "深圳市政务服务数据管理局", 0.95),
        ("深圳供电局", "深圳供电局有限公司", 0.7),
        ("铁塔公司", "中国铁塔股份有限公司深圳市分公司", 1.0),
        ("南山区政府", "南山区人民政府", 0.7),
    ],
)
def test_a_name_as_written_finds_its_unit(units, written, name, least):
    match = units.resolve(written)
    assert match is not None
    assert match.unit.name == name
    assert match.confidence >= least


@pytest.mark.parametrize("written", ["各区政府", "教育局", "甲", "", "有关单位"])
def test_what_is_no_unit_is_not_certain(units, written):
    match = units.resolve(written)
    assert match is None or match.confidence < 0.9


def test_an_exact_name_is_certain_and_only_it(units):
    assert units.find("深圳市 工业和信息化局").name == "深圳市工业和信息化局"
    assert units.find("工业信息化局") is None
    assert "深圳市工业和信息化局" in units.reason("工业信息化局")


def test_units_are_imported_with_parents_areas_and_aliases(database, tmp_path):
    prepare(database, tmp_path)
    with database.connect() as connection:
        units = load_units(connection)
    bureau = units.find("市工信局")
    assert bureau.name == "深圳市工业和信息化局"
    assert bureau.kind == "department"
    assert bureau.aliases == ("工业和信息化局", "市工信局")
    assert bureau.area_id is not None


def test_importing_units_again_changes_nothing(database, tmp_path):
    prepare(database, tmp_path)
    before = everything(database)
    result = import_units(database, as_csv(UNITS), system, name="units.csv")
    assert (result.created, result.updated, result.unchanged, result.change_set_id) == (0, 0, 4, None)
    assert everything(database) == before


def test_a_parent_may_stand_below_its_child(database, tmp_path):
    prepare(database, tmp_path)
    rows = [("名称", "类型", "上级单位"), ("下级", "部门", "上级"), ("上级", "部门", "")]
    import_units(database, as_csv(rows), system, name="units.csv")
    with database.connect() as connection:
        units = load_units(connection)
    assert units.find("下级").parent_id == units.find("上级").id


def test_only_the_city_changes_units(database):
    with pytest.raises(AccessDenied):
        import_units(database, as_csv(UNITS), nobody, name="units.csv")
