"""Turns of phrase met in plans of other places and trades, in sentences of our own, and texts that are no plans."""

from __future__ import annotations

import pytest

from qipan.engines.reading import Kind, document_from_text, read_plan
from qipan.engines.reading.document import Block, assemble

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
        ("漏损率控制在9%以内，较大以上事故起数较2022年下降三成。",
         [("漏损率", 9, "%", "<="), ("较大以上事故起数", 30, "%", ">=")]),
        ("完成投资80亿元。", [("投资", 8e9, "元", ">=")]),
        ("布设4万个NB-IoT智能水表、20万个烟感。",
         [("NB-IoT智能水表", 40_000, "个", ">="), ("烟感", 200_000, "个", ">=")]),
        ("基站密度达25个/平方公里，服务企业超2万家次。",
         [("基站密度", 25, "个/平方公里", ">="), ("服务企业", 20_000, "家次", ">")]),
        ("绿电占比提高8个百分点，达到30%。", [("绿电占比提高", 8, "个百分点", ">="), ("绿电占比", 30, "%", ">=")]),
        ("产值40亿元以上企业6家、5亿元以上企业30家。",
         [("产值40亿元以上企业", 6, "家", ">="), ("产值5亿元以上企业", 30, "家", ">=")]),
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
        ("每个区至少建设1个专业园区。", [("专业园区", 1, "个", ">=")]),
        ("每个区至少组建1支队伍，每季度至少开展1次演练。", [("队伍", 1, "支", ">=")]),
        ("公交站点500米覆盖率达96%。", [("公交站点500米覆盖率", 96, "%", ">=")]),
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
        ("全行业产值为500亿元，占全市工业的4%，同比增长6%。",
         [("全行业产值", 5e10, "元", "="), ("全行业产值占全市工业", 4, "%", "="), ("全行业产值同比增长", 6, "%", "=")]),
        ("手机、无人机产量分别占全国的20%、60%。", [("手机产量", 20, "%", "="), ("无人机产量", 60, "%", "=")]),
        ("行业涉及3个中类8个小类。", []),
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
        "一、夯实网络\n（一）改造内外网。打造12个标杆网络，新建6个以上二级节点，新增标识注册量3亿。每县推荐2家企业参加培训。"
    )
    assert [t[:2] for t in numbers(text)] == [("标杆网络", 12), ("二级节点", 6), ("标识注册量", 3e8)]


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


def test_the_year_of_a_plan_for_one_year_is_meant_by_its_parts() -> None:
    text = (
        "江城市2025年算力建设工作要点\n全年新建机架6000架，新增算力2EFLOPS。\n一、重点任务\n"
        "（一）建设智算中心。年底前上架率达到65%。（市数据局负责）\n（二）优化网络。城域时延降至1毫秒以内。（市通管办负责）"
    )
    found = [(t.name, t.year) for t in read_plan(document_from_text(text)).targets]
    assert found == [("机架", 2025), ("算力", 2025), ("上架率", 2025), ("城域时延", None)]


NOT_PLANS = {
    "regulation": (
        "江城市通信设施保护管理办法\n第一章 总则\n第一条 为保护通信设施，制定本办法。\n第二章 建设\n"
        "第二条 新建住宅按每户不少于2芯配置光纤，设备间面积不小于8平方米。\n"
        "第三条 管理部门自受理之日起15个工作日内决定。\n"
        "第四条 违反规定的，处3000元以上3万元以下罚款。\n第五条 本办法自2025年1月1日起施行，有效期5年。"
    ),
    "news": (
        "江城港用上5G远控岸桥\n本报讯（记者 某某）记者昨日获悉，截至9月底，全市累计建成5G基站1.1万个。\n"
        "“今年我们又新建了1800个，完成投资7亿元。”该负责人说。下一步，江城市将继续推进5G应用。"
    ),
    "speech": (
        "在全市算力产业发展大会上的讲话\n同志们：\n刚才，4家企业作了发言。\n一、认清形势\n过去五年，产业规模年均增长12%。\n"
        "二、狠抓落实\n每个县区至少联系8家企业。谢谢大家！"
    ),
    "call": (
        "江城市数据局关于开展2025年度示范项目申报工作的通知\n各县（市、区）数据局：\n一、申报条件\n（一）注册满2年，"
        "设备联网率达到75%以上。\n二、申报程序\n（一）每家企业限报1个项目，每县推荐不超过4家，材料一式3份。"
    ),
    "duties": "江城市人民政府关于调整市领导工作分工的通知\n各县区：\n"
    "某某同志负责市政府常务工作，分管市财政局、市数据局。",
}


@pytest.mark.parametrize("kind", NOT_PLANS)
def test_texts_that_are_no_plans_have_neither_goals_nor_tasks(kind: str) -> None:
    reading = read_plan(document_from_text(NOT_PLANS[kind]))
    assert [t.quote for t in reading.targets if t.kind is not Kind.BASELINE] == []
    assert reading.tasks == ()


def test_a_table_cell_below_a_bound_and_a_dash_for_no_unit() -> None:
    rows = [["指标名称", "单位", "2022年", "2025年"], ["平均电能利用效率", "—", "1.42", "＜1.3"]]
    cells = [Block(text, None, None, (0, r, c)) for r, row in enumerate(rows) for c, text in enumerate(row)]
    blocks = [Block("江城市算力行动计划（2023—2025年）"), Block("一、主要目标"), *cells]
    before, goal = read_plan(assemble(blocks, format="docx", sha256="0" * 64)).targets
    assert (before.values, before.unit, before.comparator, before.kind) == ((1.42,), "", "=", Kind.BASELINE)
    assert (goal.values, goal.unit, goal.comparator, goal.kind) == ((1.3,), "", "<=", Kind.TARGET)


@pytest.mark.parametrize(
    ("mark", "units"),
    [
        ("（市发展改革委，城东、城西、江北区政府按职责分工负责）", "市发展改革委 城东区政府 城西区政府 江北区政府"),
        ("（省通信管理局负责，各市、县人民政府配合）", "省通信管理局 各市、县人民政府"),
        ("（市发展改革委、工业和信息化局按职责分工分别牵头）", "市发展改革委 市工业和信息化局"),
        ("（市港航局、江城港集团、招商港口、江城海事局）", "市港航局 江城港集团 市招商港口 江城海事局"),
    ],
)
def test_lists_of_units(mark: str, units: str) -> None:
    text = f"江城市港口行动计划（2023—2025年）\n一、重点任务\n（一）提升能力。加快建设。{mark}"
    (task,) = read_plan(document_from_text(text)).tasks
    assert list(task.units) == units.split()
