"""Tables of indicators and of tasks, as a word processor or a web page gives their cells."""

from __future__ import annotations

from qipan.engines.reading import Kind, read_plan
from qipan.engines.reading.document import Block, Document, assemble


def document(*blocks: Block | str) -> Document:
    made = [Block(block) if isinstance(block, str) else block for block in blocks]
    return assemble(made, format="docx", sha256="0" * 64)


def table(number: int, rows: list[list[str]]) -> list[Block]:
    return [Block(text, None, None, (number, r, c)) for r, row in enumerate(rows) for c, text in enumerate(row)]


INDICATORS = [
    ["序号", "指标名称", "单位", "2022年", "2025年目标", "属性"],
    ["1", "5G基站数", "万个", "4.2", "6.5", "预期性"],
    ["2", "千兆用户占比", "%", "18", "≥45", "预期性"],
    ["3", "平均时延", "毫秒", "25", "10以内", "约束性"],
    ["4", "智算规模（EFLOPS）", "", "3.5", "10", "预期性"],
    ["5", "示范园区", "个", "—", "5-8", "预期性"],
]


def test_table_of_indicators():
    text = document("江城市行动计划（2023—2025年）", "一、主要目标", "主要指标见下表。", *table(0, INDICATORS))
    targets = read_plan(text).targets
    assert [(t.name, t.values, t.unit, t.comparator, t.year, t.kind) for t in targets] == [
        ("5G基站数", (42_000.0,), "个", "=", 2022, Kind.BASELINE),
        ("5G基站数", (65_000.0,), "个", ">=", 2025, Kind.TARGET),
        ("千兆用户占比", (18.0,), "%", "=", 2022, Kind.BASELINE),
        ("千兆用户占比", (45.0,), "%", ">=", 2025, Kind.TARGET),
        ("平均时延", (25.0,), "毫秒", "=", 2022, Kind.BASELINE),
        ("平均时延", (10.0,), "毫秒", "<=", 2025, Kind.TARGET),
        ("智算规模", (3.5,), "EFLOPS", "=", 2022, Kind.BASELINE),
        ("智算规模", (10.0,), "EFLOPS", ">=", 2025, Kind.TARGET),
        ("示范园区", (5.0, 8.0), "个", "range", 2025, Kind.TARGET),
    ]
    assert all(text.text[t.start : t.end] == t.quote for t in targets)
    assert {t.section for t in targets} == {"一"}


TASKS = [
    ["序号", "重点任务", "牵头单位", "配合单位", "完成时限"],
    ["1", "编制基站专项规划。统筹站址。", "市工业和信息化局", "市规划和自然资源局、住房建设局", "2023年12月"],
    ["2", "建设智算中心", "市发展改革委", "各区政府", "2025年底"],
]


def test_table_of_tasks():
    text = document("江城市行动计划（2023—2025年）", "一、任务分工", *table(3, TASKS))
    first, second = read_plan(text).tasks
    assert (first.section, first.heading) == ("一/1", "编制基站专项规划")
    assert first.units == ("市工业和信息化局", "市规划和自然资源局", "市住房建设局")
    assert (first.lead, first.deadline) == (("市工业和信息化局",), "2023-12-31")
    assert (second.support, second.deadline) == (("各区政府",), "2025-12-31")
    assert text.text[first.start : first.end] == first.quote


def test_other_tables_are_left_alone():
    text = document("江城市行动计划（2023—2025年）", "一、主要目标", *table(0, [["姓名", "职务"], ["甲", "组长"]]))
    assert (read_plan(text).targets, read_plan(text).tasks) == ((), ())


def test_headings_that_the_file_marks():
    text = document(
        "江城市行动计划（2023—2025年）",
        Block("主要目标", None, 1),
        "到2025年，建成基站6万个。",
        Block("重点任务", None, 1),
    )
    reading = read_plan(text)
    assert [heading.path for heading in reading.headings] == ["主要目标", "重点任务"]
    assert [target.section for target in reading.targets] == ["主要目标"]


def test_full_coverage_is_kept_apart():
    reading = read_plan(
        document("江城市行动计划（2023—2025年）", "一、工作目标", "到2025年，住宅小区实现千兆宽带全覆盖。")
    )
    (coverage,) = reading.coverage
    assert (coverage.name, coverage.year, coverage.kind) == ("住宅小区千兆宽带", 2025, Kind.TARGET)
    assert reading.targets == ()


def test_targets_are_linked_to_the_tasks_that_share_their_words():
    text = document(
        "江城市行动计划（2023—2025年）",
        "一、工作目标",
        "到2025年，多功能智能杆达到2万根，智能计算规模达到10EFLOPS。",
        "二、重点任务",
        "（一）推进多功能智能杆建设。统筹合杆。",
        "（二）部署智能计算设施。适度超前。",
    )
    reading = read_plan(text)
    best = {link.target: link for link in sorted(reading.links, key=lambda link: link.weight)}
    assert {target: link.task for target, link in best.items()} == {0: 0, 1: 1}
