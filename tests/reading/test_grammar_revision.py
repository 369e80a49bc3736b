"""A person's corrections outlive a newer version of the document, or come back to the person."""

from __future__ import annotations

from dataclasses import replace

from qipan.engines.reading import (
    Correction,
    CorrectionKind,
    Subject,
    carry_over,
    document_from_text,
    read_plan,
    remember,
)

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


def both():
    old, new = document_from_text(OLD), document_from_text(NEW)
    return old, read_plan(old), new, read_plan(new)


def test_a_change_follows_its_words():
    old, reading, new, again = both()
    correction = remember(old, CorrectionKind.CHANGED, reading.targets[0], {"scope": "全市", "unit": "座"})
    result = carry_over(reading, [correction], again, new)
    assert result.unmatched == ()
    target = next(t for t in result.reading.targets if t.scope == "全市")
    assert (target.unit, target.values, target.confidence) == ("座", (60_000.0,), 1.0)
    assert new.text[target.start : target.end] == target.quote


def test_a_dismissed_number_stays_away_and_parts_keep_their_whole():
    old, reading, new, again = both()
    correction = remember(old, CorrectionKind.DISMISSED, reading.targets[1])
    result = carry_over(reading, [correction], again, new)
    assert [t.name for t in result.reading.targets] == ["5G基站", "龙头企业"]
    assert result.applied == (correction,)


def test_a_new_figure_is_not_overwritten_by_an_old_correction():
    old, reading, new, again = both()
    correction = remember(old, CorrectionKind.CHANGED, reading.targets[2], {"values": (50.0,)})
    result = carry_over(reading, [correction], again, new)
    assert result.unmatched == (correction,)
    assert result.reading.targets[2].values == (6.0,)


def test_an_added_target_is_found_again_by_its_words():
    _old, reading, new, again = both()
    correction = Correction(
        CorrectionKind.ADDED,
        Subject.TARGET,
        "适度超前",
        "二/（二）",
        "建设算力。",
        "。（市发改委",
        {"name": "算力", "values": (1.0,)},
    )
    result = carry_over(reading, [correction], again, new)
    added = result.reading.targets[-1]
    assert (added.name, added.values) == ("算力", (1.0,))
    assert new.text[added.start : added.end] == "适度超前"


def test_a_task_is_found_under_its_new_number():
    old, reading, new, again = both()
    correction = remember(old, CorrectionKind.CHANGED, reading.tasks[0], {"units": ("市工信局", "市通管办")})
    result = carry_over(reading, [correction], again, new)
    changed = next(task for task in result.reading.tasks if task.heading == "建设网络")
    assert changed.units == ("市工信局", "市通管办")


def test_what_is_gone_comes_back_to_the_person():
    _old, reading, new, again = both()
    lost = Correction(CorrectionKind.CHANGED, Subject.TARGET, "新建隧道覆盖点900处", "一", "", "", {"unit": "个"})
    added = Correction(CorrectionKind.ADDED, Subject.TASK, "建设海底光缆登陆站", "二/（九）")
    result = carry_over(reading, [lost, added], again, new)
    assert result.unmatched == (lost, added)
    assert result.reading.targets == again.targets


def test_every_correction_is_either_applied_or_handed_back():
    old, reading, new, again = both()
    corrections = [remember(old, kind, item) for kind in CorrectionKind for item in (*reading.targets, *reading.tasks)]
    for document in (None, new):
        result = carry_over(reading, corrections, again, document)
        assert sorted(map(repr, result.applied + result.unmatched)) == sorted(map(repr, corrections))


def test_same_document_keeps_all_but_the_dismissed():
    old, reading, _, _ = both()
    correction = remember(old, CorrectionKind.DISMISSED, reading.targets[0])
    result = carry_over(reading, [correction], reading, old)
    assert result.reading.targets == tuple(replace(t, parent=t.parent) for t in reading.targets[1:])
