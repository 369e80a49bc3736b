"""Items of plans and the units their marks name, in the forms that cities, provinces and counties use."""

from __future__ import annotations

import pytest

from qipan.engines.reading import document_from_text, read_plan
from qipan.engines.reading.units import parse_assignment

HEAD = "江城市新型信息基础设施行动计划（2023—2025年）\n一、重点任务\n"


def units(content: str) -> list[str]:
    return parse_assignment(content, "江城").units


LISTS = [
    ("责任单位：市工业和信息化局、市通信管理局", ["市工业和信息化局", "市通信管理局"]),
    ("市工业和信息化局、商务局、科技创新委按职责分工负责", ["市工业和信息化局", "市商务局", "市科技创新委"]),
    (
        "市工业和信息化局、中小企业服务局，各区政府、新区管委会按职责分工负责",
        ["市工业和信息化局", "市中小企业服务局", "各区政府", "新区管委会"],
    ),
    ("市委网信办、宣传部，市发展改革委、公安局", ["市委网信办", "市委宣传部", "市发展改革委", "市公安局"]),
    ("市委宣传部、工业和信息化局", ["市委宣传部", "市工业和信息化局"]),
    (
        "省委网信办，省通信管理局、发展改革委，各设区市人民政府按职责分工负责",
        ["省委网信办", "省通信管理局", "省发展改革委", "各设区市人民政府"],
    ),
    (
        "省工业和信息化厅、财政厅、自然资源厅，各市（州）人民政府",
        ["省工业和信息化厅", "省财政厅", "省自然资源厅", "各市（州）人民政府"],
    ),
    ("自治区通信管理局、工业和信息化厅", ["自治区通信管理局", "自治区工业和信息化厅"]),
    ("县工信局、住建局、各乡镇（街道）", ["县工信局", "县住建局", "各乡镇（街道）"]),
    ("区发展改革局、住房建设局，各街道办事处", ["区发展改革局", "区住房建设局", "各街道办事处"]),
    ("市市场监管局、工业和信息化局", ["市市场监管局", "市工业和信息化局"]),
    ("市工业和信息化局、市场监管局", ["市工业和信息化局", "市市场监管局"]),
    ("江城海关、江城市税务局，市商务局、残联", ["江城海关", "江城市税务局", "市商务局", "市残联"]),
    (
        "东湖区政府、西山区政府，市规划和自然资源局、城管和综合执法局",
        ["东湖区政府", "西山区政府", "市规划和自然资源局", "市城管和综合执法局"],
    ),
    (
        "市工信局、各电信运营商、江城铁塔公司，各县（区）政府、管委会",
        ["市工信局", "各电信运营商", "江城铁塔公司", "各县（区）政府", "管委会"],
    ),
    ("市工业和信息化局、各区（新区、合作区）", ["市工业和信息化局", "各区（新区、合作区）"]),
    ("市发展改革委、工业和信息化局等部门按职责分工负责", ["市发展改革委", "市工业和信息化局"]),
    ("市发展改革委、工业和信息化局等按照职责分工负责", ["市发展改革委", "市工业和信息化局"]),
    ("市教育局和市卫生健康委负责", ["市教育局", "市卫生健康委"]),
    ("市直各相关部门，各区政府", ["市直各相关部门", "各区政府"]),
    ("工业和信息化部、发展改革委按职责分工负责", ["工业和信息化部", "发展改革委"]),
    ("由市大数据局牵头，市财政局配合", ["市大数据局", "市财政局"]),
    (
        "市通信管理局、中国移动江城分公司、中国铁塔江城分公司",
        ["市通信管理局", "中国移动江城分公司", "中国铁塔江城分公司"],
    ),
    ("2024年底前完成，市住房建设局负责", ["市住房建设局"]),
    ("市工业和信息化局负责，2023年12月底前完成", ["市工业和信息化局"]),
    ("责任单位：市工业和信息化局；完成时限：2024年6月底前", ["市工业和信息化局"]),
    (
        "州工业和信息化局、州通信建设管理办公室，各县（市）人民政府",
        ["州工业和信息化局", "州通信建设管理办公室", "各县（市）人民政府"],
    ),
]


@pytest.mark.parametrize(("content", "expected"), LISTS)
def test_list_of_units(content, expected):
    assert units(content) == expected


LEADS = [
    ("市工业和信息化局牵头", ["市工业和信息化局"], ["市工业和信息化局"], []),
    (
        "市工业和信息化局、商务局牵头，各相关单位按职责分工负责",
        ["市工业和信息化局", "市商务局", "各相关单位"],
        ["市工业和信息化局", "市商务局"],
        [],
    ),
    (
        "牵头单位：市工业和信息化局；责任单位：市发展改革委、财政局；配合单位：各区政府",
        ["市工业和信息化局", "市发展改革委", "市财政局", "各区政府"],
        ["市工业和信息化局"],
        ["各区政府"],
    ),
    (
        "市通信管理局牵头，市住建局、交通局配合",
        ["市通信管理局", "市住建局", "市交通局"],
        ["市通信管理局"],
        ["市住建局", "市交通局"],
    ),
    (
        "市经济信息化委牵头，市发展改革委、市规划资源局按职责分工负责",
        ["市经济信息化委", "市发展改革委", "市规划资源局"],
        ["市经济信息化委"],
        [],
    ),
    (
        "牵头单位：省通信管理局，配合单位：省发展改革委、住房城乡建设厅",
        ["省通信管理局", "省发展改革委", "省住房城乡建设厅"],
        ["省通信管理局"],
        ["省发展改革委", "省住房城乡建设厅"],
    ),
    ("市数据局牵头负责，市财政局参与", ["市数据局", "市财政局"], ["市数据局"], ["市财政局"]),
]


@pytest.mark.parametrize(("content", "everyone", "lead", "support"), LEADS)
def test_who_leads_and_who_supports(content, everyone, lead, support):
    found = parse_assignment(content)
    assert (found.units, found.lead, found.support) == (everyone, lead, support)


def tasks(text: str):
    document = document_from_text(HEAD + text)
    found = read_plan(document).tasks
    for task in found:
        assert document.text[task.start : task.end] == task.quote
        assert document.text[task.text_start : task.text_end] == task.text
    return found


def test_bracket_at_the_end_of_an_item():
    (task,) = tasks("（一）加快千兆光网建设。推动小区改造。（责任单位：市工业和信息化局、市住房建设局）")
    assert (task.section, task.heading) == ("一/（一）", "加快千兆光网建设")
    assert task.units == ("市工业和信息化局", "市住房建设局")


def test_line_behind_an_item():
    first, second = tasks(
        "（一）建设网络。\n做好规划。\n责任单位：市工信局、市通管办\n（二）建设算力。\n布局中心。\n责任单位：市发改委"
    )
    assert first.units == ("市工信局", "市通管办")
    assert second.units == ("市发改委",)


def test_several_lines_behind_an_item():
    (task,) = tasks(
        "（一）建设网络。\n做好规划。\n牵头单位：市工信局\n配合单位：市发改委、市财政局\n完成时限：2024年12月底前"
    )
    assert (task.units, task.lead, task.support) == (
        ("市工信局", "市发改委", "市财政局"),
        ("市工信局",),
        ("市发改委", "市财政局"),
    )
    assert task.deadline == "2024-12-31"


def test_what_follows_a_line_of_units_is_no_unit():
    (task,) = tasks("（一）建设网络。做好规划。\n责任单位：市工信局、市财政局\n图1 网络示意")
    assert task.units == ("市工信局", "市财政局")


def test_bracket_behind_the_heading():
    (task,) = tasks("（一）建设网络（市工信局牵头，市发改委配合）\n做好规划，统筹推进。")
    assert task.heading == "建设网络"
    assert (task.lead, task.support) == (("市工信局",), ("市发改委",))


def test_square_and_corner_brackets():
    first, second = tasks(
        "（一）建设网络。做好规划。〔责任单位：市工信局〕\n（二）建设算力。布局中心。【市发改委、市工信局按职责分工负责】"
    )
    assert (first.units, second.units) == (("市工信局",), ("市发改委", "市工信局"))


def test_bare_list_of_units_is_a_mark():
    (task,) = tasks("（一）建设网络。做好规划。（市工信局、市发改委、市财政局）")
    assert task.units == ("市工信局", "市发改委", "市财政局")


def test_another_name_in_brackets_is_no_mark():
    (task,) = tasks("（一）建设网络。依托市数据局（市政务服务局）建立机制，推动改造。")
    assert task.units == ()


def test_bare_list_with_a_deadline_is_a_mark():
    (task,) = tasks("（一）建设光网。完成改造。（县工信局、住建局，各通信运营企业；2024年10月底前完成）")
    assert (task.units, task.deadline) == (("县工信局", "县住建局", "各通信运营企业"), "2024-10-31")


def test_other_brackets_are_no_marks():
    (task,) = tasks("（一）建设网络。推广工业无源光网络（PON）和窄带物联网（NB-IoT）。")
    assert task.units == ()


def test_several_brackets_in_one_item():
    (task,) = tasks("（一）建设网络。编制规划。（市工信局负责）实施改造。（市住建局负责）")
    assert task.units == ("市工信局", "市住建局")


def test_mark_at_the_head_of_a_group_speaks_for_its_items():
    found = tasks("（一）网络工程（市工信局牵头）\n1.建基站。加快建设。\n2.建光网。加快建设。（市住建局负责）")
    assert [task.units for task in found] == [("市工信局",), ("市住建局",)]


def test_first_place_leads_from_where_the_document_says_so():
    found = tasks(
        "（一）建网络。加快。（市工信局、市住建局负责。列第一位者为牵头单位，下同）\n（二）建算力。布局。（市发改委、市工信局负责）"
    )
    assert [task.units for task in found] == [("市工信局", "市住建局"), ("市发改委", "市工信局")]
    assert [task.lead for task in found] == [("市工信局",), ("市发改委",)]


def test_units_parted_by_spaces_or_by_huitong():
    (task,) = tasks("（一）建设网络。统筹推进。\n责任单位：市工信局 市住建局 各区政府")
    assert task.units == ("市工信局", "市住建局", "各区政府")
    assert units("市教育局会市财政局负责") == ["市教育局", "市财政局"]


def test_table_of_contents_is_no_outline():
    text = (
        "某市行动计划\n目录\n一、工作目标 1\n二、重点任务 3\n"
        "一、工作目标\n领先。\n二、重点任务\n（一）建设网络。（市工信局负责）"
    )
    reading = read_plan(document_from_text(text))
    assert [heading.path for heading in reading.headings] == ["一", "二", "二/（一）"]


def test_items_in_a_box_are_no_tasks():
    found = tasks("（一）建设网络。加快部署。\n专栏1 网络工程\n1.基站倍增。\n2.光网提速。\n（二）建设算力。适度超前。")
    assert [task.section for task in found] == ["一/（一）", "一/（二）"]


def test_group_headings_are_no_tasks():
    found = tasks("（一）网络工程。\n1.建基站。加快建设。（市工信局负责）\n2.建光网。加快建设。（市住建局负责）")
    assert [task.section for task in found] == ["一/（一）/1", "一/（一）/2"]


def test_numbered_parts_belong_to_their_item():
    (task,) = tasks("（一）建设网络。重点抓好：\n（1）规划先行；\n（2）分步实施。（市工信局负责）")
    assert (task.section, task.units) == ("一/（一）", ("市工信局",))


def test_items_without_units_are_tasks_only_under_tasks():
    document = document_from_text(
        "某市行动计划\n一、工作目标\n（一）规模领先。\n二、重点任务\n（一）建设网络。\n三、保障措施\n（一）加强领导。"
    )
    assert [task.section for task in read_plan(document).tasks] == ["二/（一）"]


def test_safeguards_with_a_mark_are_tasks():
    document = document_from_text(
        "某市行动计划\n一、保障措施\n（一）加强领导。健全机制。（市工信局牵头）\n（二）营造氛围。加强宣传。"
    )
    assert [task.section for task in read_plan(document).tasks] == ["一/（一）"]


def test_chapter_without_items_but_with_a_mark_is_a_task():
    document = document_from_text(
        "某市行动计划\n一、空间布局\n优化东西两翼。（责任单位：市规划局）\n二、产业布局\n形成集聚区。"
    )
    (task,) = read_plan(document).tasks
    assert (task.section, task.heading, task.units) == ("一", "空间布局", ("市规划局",))


def test_henceforth_units_join_every_later_item_of_the_chapter():
    found = tasks(
        "（一）建网络。\n1.建基站。（责任单位：市工信局，各县（区）政府、管委会。以下任务均需各县区政府、管委会负责，不再一一列出）\n"
        "2.建光网。（责任单位：市住建局）"
    )
    assert found[0].units == ("市工信局", "各县（区）政府", "管委会")
    assert found[1].units == ("市住建局", "各县（区）政府", "管委会")


def test_articles_of_a_regulation_are_no_tasks():
    text = "某市通信管理办法\n第一条 为加强管理，制定本办法。\n第二条 设施维护由产权人承担（由主管部门负责监督）。"
    assert read_plan(document_from_text(text)).tasks == ()


def test_deadline_words():
    (task,) = tasks("（一）建设网络。2024年第二季度前完成方案编制。（市工信局负责）")
    assert task.deadline == "2024-06-30"


CHAPTERS = (
    "江城市数字经济规划（2023—2025年）\n第一章 发展基础\n第一节 主要成效\n2022年建成基站3"
    "万个。\n第二章 主要目标\n到2025年，建成基站6万个。\n"
    "第三章 重点任务\n第一节 筑牢底座\n一、建设网络\n加快部署。（市工信局负责）\n二、建设"
    "算力\n适度超前。（市发改委负责）"
)


def test_chapters_and_sections():
    reading = read_plan(document_from_text(CHAPTERS))
    assert [t.section for t in reading.tasks] == ["第三章/第一节/一", "第三章/第一节/二"]
    assert [(t.section, str(t.kind)) for t in reading.targets] == [("第一章/第一节", "baseline"), ("第二章", "target")]


TITLES = [
    (
        "江城市人民政府办公室关于印发《江城市加快5G发展行动计划（2023—2025 年）》的通知\n各区政府：\n一、总则\n",
        "江城市加快5G发展行动计划（2023—2025年）",
        (2023, 2025),
    ),
    (
        "江城市加快5G发展三年行动计划\n（2023-2025年）\n（征求意见稿）\n一、目标\n",
        "江城市加快5G发展三年行动计划（2023-2025年）（征求意见稿）",
        (2023, 2025),
    ),
    (
        "江城市人民政府关于推进千兆城市建设的实施意见\n各区政府：\n一、目标\n",
        "江城市人民政府关于推进千兆城市建设的实施意见",
        None,
    ),
    ("江城市2024年信息基础设施建设工作要点\n一、目标\n", "江城市2024年信息基础设施建设工作要点", (2024, 2024)),
    ("江城市“十四五”信息通信业发展规划\n第一章 总则\n", "江城市“十四五”信息通信业发展规划", (2021, 2025)),
    ("关于市人大第20230115号\n建议答复意见的函\n一、情况\n", "关于市人大第20230115号建议答复意见的函", None),
]


@pytest.mark.parametrize(("text", "title", "period"), TITLES)
def test_title_and_period(text, title, period):
    reading = read_plan(document_from_text(text))
    assert (reading.title, reading.period) == (title, period)


def test_issuers():
    text = (
        "江城市工业和信息化局 江城市发展和改革委员会关于发布《江城市产业集群行动计划（2023-20"
        "25年）》的通知\n各有关单位：\n"
    )
    assert read_plan(document_from_text(text)).issuers == ("江城市工业和信息化局", "江城市发展和改革委员会")
