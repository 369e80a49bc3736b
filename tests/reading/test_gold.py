"""Hand-labelled documents, scored with the labels' own scorer."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from qipan.engines.reading import document_from_text, read_plan, reading_to_schema
from qipan.engines.reading.formats import read_document

GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"
NAMES = ("fashion", "infrastructure", "marine", "network", "opinion", "puyang", "reply", "smart_terminal")
RAW = "opinion_and_network_from_pdf.txt"

pytestmark = pytest.mark.skipif(
    not (GOLD / "score.py").exists(), reason="the labelled documents (shared/gold beside the checkout) are not here"
)


@pytest.fixture(scope="module")
def scorer():
    spec = importlib.util.spec_from_file_location("gold_score", GOLD / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labels(name: str) -> dict:
    return json.loads((GOLD / f"{name}.json").read_text(encoding="utf-8"))


def predicted(name: str) -> dict:
    text = (GOLD / "docs" / f"{name}.txt").read_text(encoding="utf-8")
    return reading_to_schema(read_plan(document_from_text(text)), name)


def total(scorer, pairs) -> dict[str, float]:
    sums: dict[str, list[int]] = {}
    for gold, found in pairs:
        for key, value in scorer.score(gold, found).items():
            if isinstance(value, tuple):
                sums[key] = [a + b for a, b in zip(sums.get(key, [0, 0, 0]), value, strict=True)]
    return {key: scorer.f1(*value) for key, value in sums.items()}


def test_all_documents(scorer):
    scores = total(scorer, [(labels(name), predicted(name)) for name in NAMES])
    assert scores["indicators"] >= 0.97, scores
    assert scores["tasks"] >= 0.98, scores
    assert scores["task-unit pairs"] >= 0.98, scores


@pytest.mark.parametrize("name", NAMES)
def test_title_and_period(name):
    gold, found = labels(name), predicted(name)
    assert (found["title"], found["period"]) == (gold["title"], gold["period"])


@pytest.mark.parametrize("name", NAMES)
def test_lead_units(name):
    gold = {task["section"]: task["lead"] for task in labels(name)["tasks"]}
    assert {task["section"]: task["lead"] for task in predicted(name)["tasks"]} == gold


@pytest.mark.parametrize("name", NAMES)
def test_every_place_holds_its_quote(name):
    document = document_from_text((GOLD / "docs" / f"{name}.txt").read_text(encoding="utf-8"))
    reading = read_plan(document)
    for item in (*reading.targets, *reading.coverage, *reading.tasks):
        assert document.text[item.start : item.end] == item.quote


SPELLINGS = {
    "another city": (r"深圳|濮阳", "江城"),
    "no spaces": (r"(?<=[\u4e00-\u9fff，。]) (?=\S)|(?<=\S) (?=[\u4e00-\u9fff])", ""),
    "narrow brackets": (r"（", "("),
    "numbers with 、": (r"(?m)^( *\d{1,2})[.．]", r"\1、"),
    "lines of units": (r"[（(]责任单位[:：]([^（()）]*(?:（[^）]*）[^（()）]*)*)[)）]", r"\n责任单位：\1"),
    "corner brackets": (r"[（(]责任单位[:：]([^（()）]*(?:（[^）]*）[^（()）]*)*)[)）]", r"〔责任单位：\1〕"),
    "another predicate": (r"达到", "提升至"),
    "another verb": (r"建成", "打造"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling_does_not_matter(scorer, spelling):
    """The same documents as another city, typist or web page would have written them read the same."""
    pattern, replacement = SPELLINGS[spelling]
    pairs = []
    for name in NAMES:
        text = (GOLD / "docs" / f"{name}.txt").read_text(encoding="utf-8")
        gold = json.dumps(labels(name), ensure_ascii=False)
        if spelling in ("another city", "another verb"):
            gold = re.sub(pattern, replacement, gold)
        reading = read_plan(document_from_text(re.sub(pattern, replacement, text)))
        pairs.append((json.loads(gold), reading_to_schema(reading, name)))
    scores = total(scorer, pairs)
    assert scores["indicators"] >= 0.97, scores
    assert scores["tasks"] >= 0.98, scores


def test_lines_broken_by_a_pdf(scorer):
    """Two documents in one file, as a PDF gave them: the lines are re-joined before they are read."""
    found = reading_to_schema(read_plan(read_document(GOLD / "raw" / RAW)), "raw")
    gold = {key: labels("opinion")[key] + labels("network")[key] for key in ("indicators", "tasks")}
    scores = total(scorer, [(gold, found)])
    assert scores["indicators"] >= 0.97, scores
    assert scores["tasks"] >= 0.98, scores
