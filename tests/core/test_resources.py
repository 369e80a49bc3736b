"""Resources one at a time: what is written is read back, within rights, with history, without losing anything."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from qipan.core.access import Principal, nobody, system
from qipan.core.codes import is_code
from qipan.core.errors import AccessDenied, Conflict, InvalidRecord, NotFound
from qipan.core.history import history_of
from qipan.core.resources import (
    Filter,
    change_resource,
    count_resources,
    delete_resource,
    list_resources,
    read_resource,
)

from .conftest import Town


def test_a_new_resource_reads_back_as_it_was_written(town: Town) -> None:
    code = town.add(height="25", power_supply="直供电", shared="是")
    with town.database.connect() as connection:
        record = read_resource(connection, town.catalogue, system, code)
    assert is_code(code)
    assert code.startswith("440304GNBS")
    assert record["attributes"] == {
        "form": "macro",
        "band": "3.5G",
        "height": 25.0,
        "power_supply": "direct",
        "shared": True,
    }
    assert (record["state"], record["in_service_on"], record["kind"]) == (
        "in_service",
        date(2021, 6, 30),
        "base_station",
    )


def test_codes_count_up_within_area_and_kind(town: Town) -> None:
    codes = [town.add() for _ in range(3)] + [town.add(area_id=town.south)]
    assert [code[10:18] for code in codes] == ["00000001", "00000002", "00000003", "00000001"]


def test_every_wrong_field_is_named_at_once_and_nothing_is_written(town: Town) -> None:
    with pytest.raises(InvalidRecord) as caught:
        town.add(form="塔", band=None, height=900, colour="红", owner_id=99, longitude=None)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"站型", "频段", "挂高", "colour", "权属单位", "经度/纬度"}
    assert "允许 0 至 400 m" in str(caught.value)
    with town.database.connect() as connection:
        assert count_resources(connection, town.catalogue, system, Filter()) == 0


def test_a_change_keeps_what_was_there_before(town: Town) -> None:
    code = town.add()
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"name": "改名基站", "height": 30}, 1)
    with town.database.connect() as connection:
        record = read_resource(connection, town.catalogue, system, code)
        changes = history_of(connection, "resource", record["id"])
    assert (record["name"], record["version"], record["attributes"]["height"]) == ("改名基站", 2, 30.0)
    assert [change.action for change in changes] == ["update", "create"]
    assert changes[0].before == {"name": "北区一号基站", "attributes.height": None, "version": 1}
    assert changes[0].after == {"name": "改名基站", "attributes.height": 30.0, "version": 2}


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(town: Town) -> None:
    code = town.add()
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"name": "甲改"}, 1)
    with pytest.raises(Conflict, match="已被他人修改"), town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"name": "乙改"}, 1)
    with town.database.connect() as connection:
        assert read_resource(connection, town.catalogue, system, code)["name"] == "甲改"


def test_many_editors_at_once_lose_no_edit(town: Town) -> None:
    code = town.add()
    refused: list[Exception] = []

    def edit() -> None:
        for _ in range(10):
            try:
                with town.database.begin() as connection:
                    version = read_resource(connection, town.catalogue, system, code)["version"]
                    change_resource(connection, town.catalogue, system, code, {"name": f"第{version}次"}, version)
                done.append(version)
            except Exception as error:
                refused.append(error)

    done: list[int] = []
    editors = [threading.Thread(target=edit) for _ in range(4)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    with town.database.connect() as connection:
        final = read_resource(connection, town.catalogue, system, code)
    assert final["version"] == len(done) + 1
    assert len(set(done)) == len(done)


@pytest.mark.parametrize("who", ["district_user", "operator_user"])
def test_each_sees_and_changes_only_its_own(town: Town, who: str) -> None:
    principal: Principal = getattr(town, who)
    mine = town.add()
    other = town.add(area_id=town.south, owner_id=town.telecom)
    with town.database.begin() as connection:
        records, _ = list_resources(connection, town.catalogue, principal, Filter())
        assert [record["code"] for record in records] == [mine]
        assert count_resources(connection, town.catalogue, principal, Filter()) == 1
        with pytest.raises(NotFound):
            read_resource(connection, town.catalogue, principal, other)
        with pytest.raises(NotFound):
            change_resource(connection, town.catalogue, principal, other, {"name": "越权"}, 1)
        with pytest.raises(AccessDenied):
            change_resource(
                connection, town.catalogue, principal, mine, {"area_id": town.south, "owner_id": town.telecom}, 1
            )


def test_who_is_nobody_sees_nothing(town: Town) -> None:
    code = town.add()
    with town.database.connect() as connection:
        assert list_resources(connection, town.catalogue, nobody, Filter()) == ([], None)
        with pytest.raises(NotFound):
            read_resource(connection, town.catalogue, nobody, code)


def test_a_viewer_reads_but_does_not_write(town: Town) -> None:
    code = town.add()
    viewer = Principal("访客", "viewer", 5, area_ids=frozenset({town.north}))
    with town.database.begin() as connection:
        assert read_resource(connection, town.catalogue, viewer, code)["code"] == code
        with pytest.raises(AccessDenied, match="只有查看权限"):
            delete_resource(connection, town.catalogue, viewer, code)


@pytest.mark.parametrize(("text", "found"), [("基站", 3), ("一号", 2), ("北", 2), ("二号基站", 1), ("没有", 0)])
def test_words_of_one_two_and_more_characters_are_found(town: Town, text: str, found: int) -> None:
    for name in ("北区一号基站", "北门一号 5G 基站", "南区二号基站"):
        town.add(name=name)
    with town.database.connect() as connection:
        assert count_resources(connection, town.catalogue, system, Filter(text=text)) == found


def test_a_renamed_and_a_deleted_resource_leave_no_old_name_behind(town: Town) -> None:
    code = town.add(name="旧名")
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"name": "新称"}, 1)
        assert count_resources(connection, town.catalogue, system, Filter(text="旧名")) == 0
        assert count_resources(connection, town.catalogue, system, Filter(text="新称")) == 1
        delete_resource(connection, town.catalogue, system, code)
        assert count_resources(connection, town.catalogue, system, Filter(text="新称")) == 0


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["code", "name", "in_service_on"])
def test_pages_neither_skip_nor_repeat(town: Town, sort: str, descending: bool) -> None:
    for number in range(7):
        town.add(name=f"基站{number % 3}", in_service_on=f"2021-0{number % 4 + 1}-01")
    seen: list[str] = []
    cursor = None
    with town.database.connect() as connection:
        while True:
            records, cursor = list_resources(
                connection,
                town.catalogue,
                system,
                Filter(),
                sort=sort,
                descending=descending,
                cursor=cursor,
                limit=2,
            )
            seen += [record["code"] for record in records]
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == 7


def test_a_made_up_cursor_is_refused(town: Town) -> None:
    with town.database.connect() as connection, pytest.raises(InvalidRecord, match="翻页位置"):
        list_resources(connection, town.catalogue, system, Filter(), cursor="abc")


def test_filters_by_box_day_state_and_attribute(town: Town) -> None:
    first = town.add(longitude=114.0, latitude=22.5)
    second = town.add(longitude=114.2, latitude=22.6, in_service_on="2023-01-01", band="700M")
    with town.database.connect() as connection:

        def codes(where: Filter) -> list[str]:
            return [record["code"] for record in list_resources(connection, town.catalogue, system, where)[0]]

        assert codes(Filter(box=(113.9, 22.4, 114.1, 22.55))) == [first]
        assert codes(Filter(as_of=date(2022, 1, 1))) == [first]
        assert codes(Filter(states=frozenset({"planned"}))) == []
        assert codes(Filter(attributes=(("band", "700M"),))) == [second]
        assert codes(Filter(kind=town.catalogue.kinds["terminal"])) == []
