"""Numbers as documents write them: fixed readings, round trips through every way of writing, and hostile input."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.reading.compact import compact, tidy
from qipan.engines.reading.numerals import parse_number
from qipan.engines.reading.quantities import find_quantities, relation_before

FIGURES = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Write a number below 10^12 in Chinese numerals, as a cheque does."""
    if number < 10:
        return FIGURES[number]
    for magnitude, size in (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10)):
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return chinese(head) + magnitude + (gap + chinese(rest) if rest else "")
    raise AssertionError(number)


NUMBERS = [
    ("0", 0),
    ("6", 6),
    ("13.3万", 133_000),
    ("1.2万亿", 1_200_000_000_000),
    ("2700亿", 270_000_000_000),
    ("3,300", 3300),
    ("十", 10),
    ("十五", 15),
    ("二十", 20),
    ("一百零五", 105),
    ("两千", 2000),
    ("三千五百万", 35_000_000),
    ("一亿二千万", 120_000_000),
    ("百亿", 10**10),
    ("千万", 10**7),
    ("万亿", 10**12),
    ("二〇二五", 2025),
    ("五点六", Decimal("5.6")),
    ("两百五", 250),
    ("3千", 3000),
    ("0.5", Decimal("0.5")),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_number(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "点", "甲", "1.2.3", ".", "12a", "万" * 400])
def test_no_number(text):
    assert parse_number(text) is None


@given(st.integers(0, 10**12 - 1))
def test_chinese_numerals_read_back(number):
    assert parse_number(chinese(number)) == number


@given(
    st.integers(1, 99_999), st.sampled_from(["", "万", "亿"]), st.sampled_from(["个", "家", "户", "元", "公里", "%"])
)
def test_written_with_magnitude_and_unit_reads_back(number, magnitude, unit):
    factor = {"": 1, "万": 10**4, "亿": 10**8}[magnitude]
    (quantity,) = find_quantities(f"达到{number}{magnitude}{unit}")
    assert (quantity.values, quantity.unit) == ((float(number * factor),), unit)


@given(st.integers(1, 9_999), st.integers(1, 9_999), st.sampled_from(["-", "~", "至", "到"]))
def test_range_reads_back(low, width, separator):
    (quantity,) = find_quantities(f"建设{low}{separator}{low + width}个")
    assert quantity.values == (float(low), float(low + width))


@given(st.decimals(0, 1000, places=2))
def test_share_reads_back(share):
    (quantity,) = find_quantities(f"占比达到{share}%")
    assert quantity.values == (float(share),)


QUANTITIES = [
    ("6万个", [(60_000,)], "个"),
    ("1-2万个", [(10_000, 20_000)], "个"),
    ("5万至10万个", [(50_000, 100_000)], "个"),
    ("10%-15%", [(10, 15)], "%"),
    ("百分之八十", [(80,)], "%"),
    ("四成", [(40,)], "%"),
    ("七成半", [(75,)], "%"),
    ("一半以上", [(50,)], "%"),
    ("翻一番", [(2,)], "倍"),
    ("翻两番", [(4,)], "倍"),
    ("增长一倍以上", [(2,)], "倍"),
    ("倍增", [(2,)], "倍"),
    ("千万级", [(10**7,)], ""),
    ("10.6EFLOPS", [(10.6,)], "EFLOPS"),
    ("500Mbps", [(500,)], "Mbps"),
    ("三分之二", [(66.67,)], "%"),
    ("100余家", [(100,)], "家"),
    ("5个工作日", [(5,)], "个工作日"),
    ("3个百分点", [(3,)], "个百分点"),
    ("2877万标箱", [(28_770_000,)], "标箱"),
]


@pytest.mark.parametrize(("text", "values", "unit"), QUANTITIES)
def test_quantity(text, values, unit):
    found = find_quantities(text)
    assert [quantity.values for quantity in found] == [tuple(map(float, value)) for value in values]
    assert {quantity.unit for quantity in found} == {unit}


NAMES = [
    "5G网络",
    "4K/8K超高清",
    "10G-PON端口",
    "IPv6+技术",
    "1+3+N体系",
    "20+8集群",
    "第3批",
    "2025年",
    "8月底前",
    "3D设计",
    "F5G园区",
    "4A级景区",
    "100强企业",
]


@pytest.mark.parametrize("text", NAMES)
def test_figures_in_names_are_no_quantities(text):
    assert find_quantities(text) == []


RELATIONS = [
    ("达到", ">="),
    ("超过", ">"),
    ("突破", ">"),
    ("不低于", ">="),
    ("不超过", "<="),
    ("降至", "<="),
    ("提高到", ">="),
    ("控制在", "<="),
    ("为", "="),
    ("力争达到", ">="),
    ("压缩至", "<="),
    ("不得低于", ">="),
]


@pytest.mark.parametrize(("words", "sign"), RELATIONS)
def test_relation(words, sign):
    text = f"占比{words}5%"
    assert relation_before(text, len(text) - 2).comparator == sign


@given(st.text(max_size=200))
def test_any_text_is_read_in_order_without_overlap(text):
    words = compact(text)
    end = 0
    for quantity in find_quantities(words.text):
        assert end <= quantity.start < quantity.end <= len(words.text)
        end = quantity.end


@given(st.text(alphabet="５5G 个,，.万（(\n\t年达到", max_size=80))
def test_compact_text_knows_where_each_character_stood(text):
    words = compact(text, start=7)
    assert len(words.text) == len(words.offsets)
    assert list(words.offsets) == sorted(words.offsets)
    for char, offset in zip(words.text, words.offsets, strict=True):
        source = text[offset - 7]
        assert char == source or compact(source).text == char or source.isspace() or source == ","


def test_tidy_keeps_latin_words_apart():
    assert tidy("建设 5G 基站 NB IoT 平台") == "建设5G基站NB IoT平台"


HOSTILE = [
    "1" * 50_000,
    "一" * 50_000,
    "1," * 25_000,
    "百分之" * 20_000,
    "1.1" * 20_000,
    "1-" * 30_000,
    "万亿" * 30_000,
    "十五分之" * 15_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:6])
def test_hostile_text_takes_linear_time(text):
    started = time.process_time()
    find_quantities(text)
    assert time.process_time() - started < 2.0
