"""Turns of phrase met in plans of other places and trades, in sentences of our own, and texts that are no plans."""

from __future__ import annotations

import pytest

from qipan.engines.reading import Kind, document_from_text, read_plan

GOALS = "江城市培育发展新材料产业集群行动计划（2023—2026年）\n一、工作目标\n到2026年，"
STATUS = "江城市培育发展新材料产业集群行动计划（2023—2026年）\n一、发展现状\n2022年，"
TASKS = "江城市培育发展新材料产业集群行动计划（2023—2026年）\n一、重点任务\n（一）强链补链。"


def numbers(text: str) -> list[tuple[object, ...]]:
    """Give name, value, unit and comparator of each number read."""
    return [
        (t.name, t.values[0] if len(t.values) == 1 else list(t.values), t.unit, t.comparator)
        for t in read_plan(document_from_text(text)).targets
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("攻克一批难题，突破30项以上共性技术。", [("共性技术", 30, "项", ">=")]),
        ("5G行业应用突破60个。", [("5G行业应用", 60, "个", ">")]),
        ("污水回用水量不低于供水总量的15%。", [("污水回用水量不低于供水总量", 15, "%", ">=")]),
        ("建设12个区域级备份中心和6个行业级备份中心。",
         [("区域级备份中心", 12, "个", ">="), ("行业级备份中心", 6, "个", ">=")]),
        ("储气能力达到3亿立方米/年。", [("储气能力", 3e8, "立方米/年", ">=")]),
        ("推广协作机器人2万台（套）以上。", [("协作机器人", 20_000, "台（套）", ">=")]),
        ("光缆网络具备覆盖90万户家庭的能力。", [("光缆网络覆盖家庭能力", 900_000, "户", ">=")]),
        ("国产检测设备使用率大幅提升至40%。", [("国产检测设备使用率", 40, "%", ">=")]),
        ("在校研究生达到3000人。", [("在校研究生", 3000, "人", ">=")]),
        ("完成投资80亿元。", [("投资", 8e9, "元", ">=")]),
        ("在园区、港口、矿山等重点领域推广智能巡检300套以上。", [("智能巡检", 300, "套", ">=")]),
    ],
)  # fmt: skip
def test_goals(sentence: str, expected: list[tuple[object, ...]]) -> None:
    assert numbers(GOALS + sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("在60个园区开展绿电直供示范。", [("绿电直供示范园区", 60, "个", ">=")]),
        ("设立首期规模30亿元的新材料产业基金。", [("新材料产业基金首期规模", 3e9, "元", ">=")]),
        ("规划建设面积约8平方公里的专业园区。", [("专业园区规划建设面积", 8, "平方公里", ">=")]),
        ("研制能量密度达到350Wh/kg的电芯，定位精度达到0.02毫米。", []),
    ],
)
def test_tasks(sentence: str, expected: list[tuple[object, ...]]) -> None:
    assert numbers(TASKS + sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "name", "value"),
    [
        ("对新落户的研发总部，给予最高不超过3000万元的奖励。", "新落户的研发总部奖励", 3e7),
        ("对购置检测设备的，按照实际支付费用的15%给予不超过500万元资助。", "购置检测设备的", 5e6),
        ("支持首批次应用，单个企业资助最高600万元。", "单个企业资助", 6e6),
    ],
)
def test_measures(sentence: str, name: str, value: float) -> None:
    (measure,) = read_plan(document_from_text(TASKS + sentence)).targets
    assert (measure.kind, measure.values, measure.unit) == (Kind.MEASURE, (value,), "元")
    assert measure.name.startswith(name.removesuffix("的"))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("全市从业企业近500家。", [("从业企业", 500, "家", "=")]),
        ("检验检测平台累计建成超过80家。", [("检验检测平台", 80, "家", ">")]),
        ("建成充电站900座，相比“十三五”末增长3倍。",
         [("充电站", 900, "座", "="), ("充电站相比“十三五”末", 4, "倍", "=")]),
    ],
)  # fmt: skip
def test_status(sentence: str, expected: list[tuple[object, ...]]) -> None:
    assert numbers(STATUS + sentence) == expected


def test_a_kind_of_place_is_the_scope_of_what_was_named_last() -> None:
    targets = read_plan(document_from_text(GOALS + "数据中心电能利用效率降低到1.32以下，寒冷地区力争降低到1.22以下。"))
    assert [(t.name, t.values[0], t.scope) for t in targets.targets] == [
        ("数据中心电能利用效率", 1.32, ""),
        ("数据中心电能利用效率", 1.22, "寒冷地区"),
    ]


def test_a_notice_that_urges_on_sets_targets_by_what_it_orders_to_be_made() -> None:
    text = (
        "江城市工业和信息化局关于加快推动工业互联网发展的通知\n各县（市、区）工业和信息化局：\n"
        "一、夯实网络\n（一）改造内外网。打造12个标杆网络，新建6个以上二级节点。每县推荐2家企业参加培训。"
    )
    assert [t[:2] for t in numbers(text)] == [("标杆网络", 12), ("二级节点", 6)]


@pytest.mark.parametrize(
    "head",
    [
        "各县、区人民政府，市人民政府有关部门：\n《{}》已经市政府同意，现印发给你们。\n2023年7月3日\n{}\n",
        "（此件公开发布）\n{}\n",
        "各县（市、区）人民政府，高新区管委会、各经济开发区管委会，市人民政府各部门、各直属机构，中央、省属驻市单位：\n{}\n",
    ],
)
def test_title_below_addressees_dates_and_notes(head: str) -> None:
    title = "江城市算力提升三年行动方案（2023—2025年）"
    text = head.format(title, title) + "一、工作目标\n到2025年，算力规模达到5EFLOPS。"
    reading = read_plan(document_from_text(text))
    assert (reading.title, reading.period) == (title, (2023, 2025))
