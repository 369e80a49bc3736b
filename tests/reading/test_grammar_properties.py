"""What must hold for any text at all: exact places, no exception, time in proportion to length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.reading import document_from_text, read_plan, reading_to_schema

WORDS = st.sampled_from(
    [
        "一、",
        "（一）",
        "1.",
        "（1）",
        "第一章 ",
        "工作目标",
        "重点任务",
        "保障措施",
        "到2025年，",
        "2021年",
        "建成",
        "5G基站",
        "6万个",
        "达到",
        "80%",
        "（其中移动3万个，联通2万个）",
        "、",
        "，",
        "。",
        "；",
        "\n",
        "（",
        "）",
        "“",
        "”",
        "《",
        "》",
        "责任单位：",
        "市工信局",
        "、商务局",
        "牵头",
        "按职责分工负责",
        "分别",
        "从",
        "提高到",
        "确保",
        "力争",
        "全覆盖",
        "每建成1个给予5000元奖励",
        "10G-PON",
        " ",
        "　",
        "翻一番",
        "以下任务均需各区政府负责",
    ]
)


def check(text: str) -> None:
    document = document_from_text(text)
    reading = read_plan(document)
    for item in (*reading.targets, *reading.coverage, *reading.tasks):
        assert document.text[item.start : item.end] == item.quote
        assert item.quote
    for task in reading.tasks:
        assert document.text[task.text_start : task.text_end] == task.text
    for target in reading.targets:
        assert target.parent is None or 0 <= target.parent < len(reading.targets)
        assert target.values
    for heading in reading.headings:
        assert 0 <= heading.start < heading.end <= len(document.text)
        assert heading.parent is None or heading.path.startswith(reading.headings[heading.parent].path)
    for link in reading.links:
        assert link.target < len(reading.targets)
        assert link.task < len(reading.tasks)
    reading_to_schema(reading, "any")


@given(st.text(max_size=300))
def test_arbitrary_text(text):
    check(text)


@given(st.lists(WORDS, max_size=60).map("".join))
@settings(max_examples=300)
def test_words_of_the_genre_in_any_order(text):
    check(text)


PIECES = [
    "到2025年，建成5G基站6万个、",
    "（其中移动3万个",
    "（",
    "（）",
    "“",
    "《",
    "、和",
    "建成",
    "力争达到80%，",
    "1.建设。\n",
    "（1）建设。\n",
    "责任单位：市工信局、",
    "（市工信局、商务局负责）",
    "一、目标\n",
    "2025年",
    "2025年80%",
    "全覆盖",
    "从80%提高到",
    "，",
    "\n",
    "5个",
    "由建成5个和",
    "累计建设打造培育",
    "其中5个",
    "（责任单位：",
    "分别5个、6个、",
    "市甲局负责，",
    "第一条 应当5个。\n",
    "一",
    "对给予5000元",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear_in_the_length(piece):
    """A text of 20,000 characters made of one piece over and over: no pattern may run away."""
    text = "某市行动计划（2023—2025年）\n一、工作目标\n" + piece * (20_000 // len(piece))
    document = document_from_text(text)
    started = time.process_time()
    read_plan(document)
    assert time.process_time() - started < 3.0
