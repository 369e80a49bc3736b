"""Sentences in the language of plans, each with the numbers that a careful reader would take from it."""

from __future__ import annotations

import pytest

from qipan.engines.reading import Basis, Kind, Level, document_from_text, read_plan

GOALS = "某市新型信息基础设施行动计划（2023—2025年）\n一、工作目标\n"
STATUS = "某市新型信息基础设施行动计划（2023—2025年）\n一、发展现状\n"
TASKS = "某市新型信息基础设施行动计划（2023—2025年）\n一、重点任务\n（一）夯实底座。"


def read(head: str, sentence: str):
    document = document_from_text(head + sentence)
    reading = read_plan(document)
    for target in reading.targets:
        assert document.text[target.start : target.end] == target.quote
    return reading.targets


def brief(target):
    values = target.values[0] if len(target.values) == 1 else list(target.values)
    return (target.name, values, target.unit, target.comparator, target.year)


TARGETS = [
    # predicate: the name stands before
    ("到2025年，千兆用户占比达到45%。", [("千兆用户占比", 45, "%", ">=", 2025)]),
    ("到2025年底，行政村5G通达率超过98.5%。", [("行政村5G通达率", 98.5, "%", ">", 2025)]),
    ("到2025年，平均时延降至12毫秒以内。", [("平均时延", 12, "毫秒", "<=", 2025)]),
    ("到2024年，机房空置率控制在8%以内。", [("机房空置率", 8, "%", "<=", 2024)]),
    ("到2025年，骨干网出口带宽达到60Tbps。", [("骨干网出口带宽", 60, "Tbps", ">=", 2025)]),
    ("到2025年，智算规模不低于3200P。", [("智算规模", 3200, "P", ">=", 2025)]),
    ("到2025年，每万人拥有5G基站数达到32个。", [("每万人拥有5G基站数", 32, "个", ">=", 2025)]),
    (
        "到2025年，数字经济核心产业增加值占地区生产总值比重达到12%。",
        [("数字经济核心产业增加值占地区生产总值比重", 12, "%", ">=", 2025)],
    ),
    ("力争2025年算力规模突破15EFLOPS。", [("算力规模", 15, "EFLOPS", ">", 2025)]),
    ("到2025年，连接终端数达到千万级。", [("连接终端数", 10_000_000, "", ">=", 2025)]),
    ("到2025年，卫星产业增加值达到百亿级。", [("卫星产业增加值", 1e10, "元", ">=", 2025)]),
    ("到2025年，管道长度达到1.2万公里。", [("管道长度", 12_000, "公里", ">=", 2025)]),
    ("到2025年，审批时限压缩至5个工作日以内。", [("审批时限", 5, "个工作日", "<=", 2025)]),
    # verb, noun, number
    ("到2025年，累计建成5G基站7.5万个。", [("5G基站", 75_000, "个", ">=", 2025)]),
    ("到2025年，新建多功能智能杆2万根以上。", [("多功能智能杆", 20_000, "根", ">=", 2025)]),
    ("2024年，全市新敷设光缆3000公里。", [("光缆", 3000, "公里", ">=", 2024)]),
    (
        "到2025年，建成示范园区6个、产业基地4个、创新中心2个。",
        [("示范园区", 6, "个", ">=", 2025), ("产业基地", 4, "个", ">=", 2025), ("创新中心", 2, "个", ">=", 2025)],
    ),
    # verb, number, noun
    ("到2025年，培育12家以上专精特新企业。", [("专精特新企业", 12, "家", ">=", 2025)]),
    ("到2025年，打造不少于8个标杆场景。", [("标杆场景", 8, "个", ">=", 2025)]),
    ("到2025年，引进和培育3-5家龙头企业。", [("龙头企业", [3, 5], "家", "range", 2025)]),
    ("到2025年，形成2至3个产业集聚区。", [("产业集聚区", [2, 3], "个", "range", 2025)]),
    ("到2025年，建设5个园区和20个实验室。", [("园区", 5, "个", ">=", 2025), ("实验室", 20, "个", ">=", 2025)]),
    ("到2025年，培育龙头企业、链主企业10家。", [("龙头企业、链主企业", 10, "家", ">=", 2025)]),
    ("到2025年，新增三家国家级实验室。", [("国家级实验室", 3, "家", ">=", 2025)]),
    ("到2025年，培训工程师超过100余人次。", [("培训工程师", 100, "人次", ">", 2025)]),
    ("到2025年，80%以上的规上企业完成上云。", [("规上企业完成上云", 80, "%", ">=", 2025)]),
    ("到2025年，建设10万平方米标准厂房。", [("标准厂房", 100_000, "平方米", ">=", 2025)]),
    # the threshold of a class belongs to its name
    ("到2025年，培育营收超50亿元的企业4家。", [("营收超50亿元的企业", 4, "家", ">=", 2025)]),
    ("到2025年，形成3家以上营收超过80亿元的制造企业。", [("营收超过80亿元的制造企业", 3, "家", ">=", 2025)]),
    ("到2025年，20亿元以上企业达到15家。", [("20亿元以上企业", 15, "家", ">=", 2025)]),
    ("到2025年，1000Mbps及以上宽带用户占比达到30%。", [("1000Mbps及以上宽带用户占比", 30, "%", ">=", 2025)]),
    ("到2025年，培育一批营收超过10亿元的企业。", []),
    (
        "到2025年，形成6家以上营收超百亿企业和9家以上营收超十亿企业。",
        [("营收超百亿企业", 6, "家", ">=", 2025), ("营收超十亿企业", 9, "家", ">=", 2025)],
    ),
    (
        "到2025年，百亿以上企业达到7家，千亿企业1家。",
        [("百亿以上企业", 7, "家", ">=", 2025), ("千亿企业", 1, "家", ">=", 2025)],
    ),
    ("到2025年，设立50亿元以上产业基金。", [("产业基金", 5e9, "元", ">=", 2025)]),
    (
        "到2025年，引进总部企业8家，总数达到30家。",
        [("总部企业", 8, "家", ">=", 2025), ("总部企业总数", 30, "家", ">=", 2025)],
    ),
    ("到2025年，带动投资300亿元。", [("投资", 3e10, "元", ">=", 2025)]),
    ("到2025年，PUE值控制在1.25以下。", [("PUE值", 1.25, "", "<=", 2025)]),
    ("到2025年，打造特色园区、孵化基地各4个。", [("特色园区、孵化基地", 4, "个", ">=", 2025)]),
    ("到2025年，平均每千人拥有床位6张。", [("平均每千人拥有床位", 6, "张", ">=", 2025)]),
    (
        "到2025年，应用推广到100家医院、50所学校和20个景区。",
        [("医院", 100, "家", ">=", 2025), ("学校", 50, "所", ">=", 2025), ("景区", 20, "个", ">=", 2025)],
    ),
    ("2020至2025年，网络投资累计完成180亿元。", [("网络投资", 1.8e10, "元", ">=", 2025)]),
    (
        "到2025年，数字经济增加值增长55%以上、达到5500亿元。",
        [("数字经济增加值增长", 55, "%", ">=", 2025), ("数字经济增加值", 5.5e11, "元", ">=", 2025)],
    ),
    # multiples and shares in words
    ("到2025年，物联网连接数翻一番。", [("物联网连接数", 2, "倍", ">=", 2025)]),
    ("到2025年，高新技术企业数量倍增。", [("高新技术企业数量", 2, "倍", ">=", 2025)]),
    ("到2025年，软件业务收入比2022年增长一倍以上。", [("软件业务收入", 2, "倍", ">=", 2025)]),
    ("到2025年，国产设备占比达到四成。", [("国产设备占比", 40, "%", ">=", 2025)]),
    ("到2025年，产量占全国一半以上。", [("产量占全国", 50, "%", ">=", 2025)]),
    ("到2025年，覆盖率达到百分之九十五以上。", [("覆盖率", 95, "%", ">=", 2025)]),
    ("到2025年，产业增加值年均增长15%左右。", [("产业增加值年均增长", 15, "%", ">=", 2025)]),
    # several years, several subjects
    (
        "到2023年，5G基站达到3万个；到2025年，5G基站达到5万个。",
        [("5G基站", 30_000, "个", ">=", 2023), ("5G基站", 50_000, "个", ">=", 2025)],
    ),
    # year carried on, period, five-year plan
    ("到2025年，网络能力国内领先。累计建成10G-PON端口40万个。", [("10G-PON端口", 400_000, "个", ">=", 2025)]),
    ("“十四五”期间，新增数据中心机架5万个。", [("数据中心机架", 50_000, "个", ">=", 2025)]),
    ("2023—2025年，每年新增创新载体10个以上。", [("创新载体", 10, "个", ">=", 2025)]),
    ("用三年时间，建成边缘节点60个。", [("边缘节点", 60, "个", ">=", 2025)]),
    # names with figures, slogans, ranks, horizons
    ("到2025年，4K/8K频道、10G-PON和IPv6+全面普及，进入全国前10名。", []),
    ("到2025年，形成“1+3+N”体系，实施“百千万”工程，连续5年位居全国第一。", []),
    ("到2025年，谋划未来5至10年发展。", []),
    ("到2025年，推动700MHz频段和1.4GHz频段应用，部署200/400Gbps系统。", []),
    ("到2025年，做强“1家头部企业+N家零部件企业”格局。", []),
    ("到2025年，构建三大体系，落实五项行动。", []),
    ("到2025年，打造千亿级产业集群。", []),
    ("到2025年，推进一批项目、若干平台建设。", []),
    ("到2025年，围绕8个重点领域深化应用。", []),
    ("按照国办发〔2021〕12号和第20230115号建议办理。", []),
    # full-width figures, spaces of a PDF, half-width punctuation
    (
        "到 2025 年,建成５Ｇ 基站 ６ 万个,用户占比达８０％。",
        [("5G基站", 60_000, "个", ">=", 2025), ("用户占比", 80, "%", ">=", 2025)],
    ),
    ("到2025年，集装箱吞吐量达3,300万标箱。", [("集装箱吞吐量", 33_000_000, "标箱", ">=", 2025)]),
]


@pytest.mark.parametrize(("sentence", "expected"), TARGETS)
def test_goal_sentence(sentence, expected):
    assert [brief(target) for target in read(GOALS, sentence)] == expected


def test_from_and_to_are_baseline_and_target():
    baseline, target = read(GOALS, "到2025年，千兆用户占比由2022年的18%提高到45%。")
    assert (baseline.kind, baseline.values, baseline.year) == (Kind.BASELINE, (18.0,), 2022)
    assert (target.kind, target.values, target.year, target.name) == (Kind.TARGET, (45.0,), 2025, "千兆用户占比")


def test_from_last_year():
    baseline, target = read(GOALS, "5G用户由去年的165万户增至650万户。")
    assert (baseline.kind, baseline.values, target.values) == (Kind.BASELINE, (1_650_000.0,), (6_500_000.0,))
    assert baseline.name == target.name == "5G用户"


def test_each_of_several_bodies():
    (target,) = read(TASKS, "支持东湖、西山分别建设2个以上检测平台。")
    assert (target.name, target.values, target.scope) == ("检测平台", (2.0,), "东湖、西山")


def test_outlook_of_the_world_is_no_goal():
    assert read(STATUS, "预计到2025年，全球市场规模将达到3000亿美元，我国渗透率将超过30%。") == ()


def test_from_without_year_has_none():
    baseline, target = read(GOALS, "到2025年，转供电比例从30%下降到10%以下。")
    assert (baseline.kind, baseline.year) == (Kind.BASELINE, None)
    assert (target.values, target.comparator) == ((10.0,), "<=")


def test_must_and_may_are_floor_and_stretch():
    floor, stretch = read(GOALS, "到2025年，边缘节点确保达到80座，力争达到100座。")
    assert (floor.level, stretch.level) == (Level.FLOOR, Level.STRETCH)
    assert floor.name == stretch.name == "边缘节点"


def test_new_in_period_is_not_all_there_is():
    new, total = read(GOALS, "2024年，新建5G基站8000个，累计建成5G基站4万个。")
    assert (new.basis, total.basis) == (Basis.IN_PERIOD, Basis.CUMULATIVE)


def test_parts_take_name_and_comparator_from_the_whole():
    whole, one, two = read(GOALS, "到2024年，5G用户突破90万户（其中移动50万户，联通电信40万户）。")
    assert [t.scope for t in (whole, one, two)] == ["", "移动", "联通电信"]
    assert {t.name for t in (whole, one, two)} == {"5G用户"}
    assert {t.comparator for t in (whole, one, two)} == {">"}
    assert (one.parent, two.parent) == (0, 0)


def test_parts_without_a_bracket():
    whole, town, village, share = read(GOALS, "2024年，新建基站300个，其中乡镇180个、行政村120个，通达率达到95%。")
    assert [t.scope for t in (whole, town, village, share)] == ["", "乡镇", "行政村", ""]
    assert [t.parent for t in (whole, town, village, share)] == [None, 0, 0, None]
    assert town.name == village.name == "基站"


def test_nested_share_keeps_its_own_name():
    whole, part, share = read(GOALS, "到2025年，固定宽带用户达到300万户，其中1000M以上用户100万户，占比超过33%。")
    assert whole.parent is None
    assert part.parent == 0
    assert part.name == "1000M以上用户"
    assert share.name.endswith("占比")


def test_districts_in_a_row():
    first, second = read(GOALS, "到2025年，东湖区建成5G基站3000个，西山区4000个。")
    assert (first.scope, second.scope) == ("东湖区", "西山区")
    assert first.name == second.name == "5G基站"


def test_numbers_spread_over_years():
    found = read(GOALS, "千兆用户占比2023年、2024年、2025年分别达到20%、30%、40%。")
    assert [(t.year, t.values[0]) for t in found] == [(2023, 20.0), (2024, 30.0), (2025, 40.0)]


def test_numbers_spread_over_subjects():
    found = read(GOALS, "到2025年，城区、乡镇覆盖率分别达到99%和90%。")
    assert [(t.name, t.values[0]) for t in found] == [("城区覆盖率", 99.0), ("乡镇覆盖率", 90.0)]


def test_numbers_spread_over_operators():
    found = read(GOALS, "到2025年，移动、联通、电信分别新建5G基站3000个、2000个和1000个。")
    assert [(t.scope, t.values[0]) for t in found] == [("移动", 3000.0), ("联通", 2000.0), ("电信", 1000.0)]
    assert all(t.name == "5G基站" for t in found)


BASELINES = [
    ("2022年，全市建成5G基站4.2万个。", [("5G基站", 42_000, "个", "=", 2022)]),
    ("截至2022年底，光纤用户占比达96.5%。", [("光纤用户占比", 96.5, "%", "=", 2022)]),
    (
        "2022年，软件产业增加值超过900亿元，增长8.2%。",
        [("软件产业增加值", 9e10, "元", ">", 2022), ("软件产业增加值增长", 8.2, "%", "=", 2022)],
    ),
    ("全市已有各类创新载体130个。", [("各类创新载体", 130, "个", "=", None)]),
    ("智能终端产业是支柱产业，2022年增加值为800亿元。", [("智能终端产业增加值", 8e10, "元", "=", 2022)]),
    ("本集群包括通信设备制造等3项中类8项小类。", []),
]


@pytest.mark.parametrize(("sentence", "expected"), BASELINES)
def test_status_sentence(sentence, expected):
    found = read(STATUS, sentence)
    assert [brief(target) for target in found] == expected
    assert all(target.kind is Kind.BASELINE for target in found)


def test_subsidy_is_a_measure_without_year():
    (measure,) = read(TASKS, "2023年10月底前出台办法。对采用共享方式建设的基站由财政补助，每建成1个给予3000元奖励。")
    assert (measure.kind, measure.values, measure.unit, measure.comparator) == (Kind.MEASURE, (3000.0,), "元", "=")
    assert measure.year is None
    assert "奖励" in measure.name


def test_task_number_without_year_has_none():
    (target,) = read(TASKS, "支持3-5个创新载体建设。")
    assert (target.values, target.year, target.kind) == ((3.0, 5.0), None, Kind.TARGET)


def test_deadline_of_an_earlier_sentence_is_not_the_year():
    (target,) = read(TASKS, "2023年8月底前完成专项规划编制。建设2个以上省级实验室。")
    assert target.year is None


def test_year_of_the_section_head_covers_its_items():
    text = (
        "某市行动计划（2023—2025年）\n一、工作目标\n到2025年，建成领先网络。\n（一）规模扩大。"
        "建成园区6个。\n（二）能力增强。新增平台3个。"
    )
    reading = read_plan(document_from_text(text))
    assert [target.year for target in reading.targets] == [2025, 2025]
    assert [target.section for target in reading.targets] == ["一/（一）", "一/（二）"]


def test_a_later_outlook_does_not_turn_back_on_the_items():
    text = "某市规划\n一、发展目标\n到2025年，全面领先。\n（一）规模扩大。建成园区6个。\n到2035年，达到世界先进水平。"
    assert [target.year for target in read_plan(document_from_text(text)).targets] == [2025]


def test_year_in_a_heading_covers_its_section():
    text = "某市行动计划（2023—2025年）\n一、工作目标\n（一）2024年目标。\n建成园区6个。"
    assert [target.year for target in read_plan(document_from_text(text)).targets] == [2024]


def test_title_period_is_no_year():
    assert [t.year for t in read(GOALS, "建成园区6个。")] == [None]


def test_same_name_in_several_branches_is_scoped():
    text = (
        "某市行动计划（2023—2025年）\n一、工作目标\n到2025年，全面领先。\n（一）服装产业领先。新增6家以上知名品牌。\n"
        "（二）家具产业突出。打造4家以上知名品牌。"
    )
    assert [t.scope for t in read_plan(document_from_text(text)).targets] == ["服装产业", "家具产业"]


REGULATIONS = [
    "某市通信设施保护办法\n第一条 为了保护通信设施，制定本办法。\n第二条 施工单位应当在3个工作日内报告。\n"
    "第三条 建筑面积2000平方米以上的建筑应当预留机房，面积不少于20平方米。\n第四条 处5000元以上2万元以下罚款。",
    "关于加强通信设施管理的指导意见\n一、总体要求\n坚持统筹规划。\n二、规范管理\n各单位应当指定2名以上联络员，每季度报送1次。\n"
    "三、强化监督\n对拒不整改的依法处理。",
]


@pytest.mark.parametrize("text", REGULATIONS)
def test_rules_have_no_targets(text):
    assert read_plan(document_from_text(text)).targets == ()


def test_empty_document_gives_empty_reading():
    reading = read_plan(document_from_text(""))
    assert (reading.title, reading.targets, reading.tasks) == ("", (), ())
