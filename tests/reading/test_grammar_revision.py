"""The words that a person's corrections were made on are found again in a newer version, or are told to be gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.reading import Anchor, anchor_at, document_from_text, locate, match_anchors, read_plan

OLD = (
    "某市行动计划（2023—2025年）\n一、工作目标\n到2025年，建成5G基站6万个，千兆用户占比达到45%，培育龙头企业5家。\n"
    "二、重点任务\n（一）建设网络。加快部署。（市工信局负责）\n（二）建设算力。适度超前。（市发改委负责）"
)
NEW = (
    "某市行动计划（2023—2025年）\n各有关单位：\n请认真执行。\n一、工作目标\n到2025年，网络"
    "领先，建成 5G 基站 6 万个，千兆用户占比达到45%，"
    "培育龙头企业6家。\n二、重点任务\n（一）加强统筹。健全机制。（市府办负责）\n（二）建设网络。加快部署。（市工信局负责）\n"
    "（三）建设算力。适度超前。（市发改委负责）"
)


def targets(text: str) -> list[Anchor]:
    return [anchor_at(text, t.start, t.end, t.section, t.name) for t in read_plan(document_from_text(text)).targets]


def tasks(text: str) -> list[Anchor]:
    return [anchor_at(text, t.start, t.end, t.section, t.heading) for t in read_plan(document_from_text(text)).tasks]


def test_targets_are_found_though_spaces_and_a_figure_changed() -> None:
    assert match_anchors(targets(OLD), targets(NEW)) == {0: 0, 1: 1, 2: 2}


def test_tasks_are_found_under_new_numbers() -> None:
    old, new = tasks(OLD), tasks(NEW)
    matched = {old[index].name: new[place].name for index, place in match_anchors(old, new).items()}
    assert matched == {"建设网络": "建设网络", "建设算力": "建设算力"}


def test_what_is_gone_finds_nothing() -> None:
    assert match_anchors([Anchor("新建隧道覆盖点900处", "一", "隧道覆盖点")], targets(NEW)) == {}


def test_like_words_in_two_places_are_told_apart_and_taken_once() -> None:
    home = Anchor("打造10家以上知名品牌", "二/（二）", "知名品牌", "家具产业做强，", "。")
    hide = Anchor("打造10家以上知名品牌", "二/（五）", "知名品牌", "皮革产业升级，", "。")
    assert match_anchors([hide, home], [home, hide]) == {0: 1, 1: 0}
    assert match_anchors([hide, home], [home]) == {1: 0}


def test_several_corrections_of_one_place_share_it() -> None:
    first = targets(OLD)[0]
    assert match_anchors([first, replace(first, after="，千兆用户占比达到")], targets(NEW)) == {0: 0, 1: 0}


def test_a_cell_is_known_by_its_name_though_its_figure_changed() -> None:
    rows = [Anchor("75", "二", "信息产业收入"), Anchor("26", "二", "每万人基站数")]
    assert match_anchors([Anchor("72", "二", "信息产业收入")], rows) == {0: 0}


@pytest.mark.parametrize(
    ("quote", "before", "after", "found"),
    [
        ("适度超前", "建设算力。", "。（市发改委", "适度超前"),
        ("建成5G基站6万个", "", "", "建成 5G 基站 6 万个"),
        ("市工信局 负责", "", "", "市工信局负责"),
        ("建设海底光缆登陆站", "", "", None),
        ("", "", "", None),
    ],
)
def test_a_quote_is_located_white_space_aside(quote: str, before: str, after: str, found: str | None) -> None:
    place = locate(Anchor(quote, "二/（二）", before=before, after=after), NEW)
    assert (NEW[slice(*place)] if place else None) == found


def test_of_several_places_the_one_with_like_surroundings() -> None:
    text = "（一）网络。加快建设。\n（二）算力。加快建设。\n（三）应用。加快建设。"
    assert locate(Anchor("加快建设", "", before="（二）算力。", after="。（三）应用"), text) == (18, 22)


@given(st.text("甲乙丙丁 \n5。，", max_size=80), st.data())
def test_words_are_found_where_they_stand_in_the_same_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = locate(anchor_at(text, start, end, ""), text)
    if place is None:
        assert not text[start:end].strip()
    else:
        assert "".join(text[slice(*place)].split()) == "".join(text[start:end].split())
