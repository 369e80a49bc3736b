"""Why a target has its status, in words: the rule with its thresholds, and the numbers it was applied to."""

from __future__ import annotations

from dataclasses import asdict, replace

from qipan.core.catalogue import Catalogue, Status, Text
from qipan.engines.scoring import Assessment, Reason, Thresholds, rounded

_REASONS: dict[Reason, Text] = {
    "met": Text("数值已满足目标", "the value satisfies the target"),
    "no_value": Text("没有可用数值", "there is no value"),
    "old_value": Text("数值过旧", "the value is too old"),
    "no_baseline": Text(
        "有数值而无基期，尚未达成，只列差距", "there is a value but no baseline; not met, only the gap is given"
    ),
    "nothing_due": Text("按路径此时尚无须增长", "the path expects next to nothing yet"),
    "past_due": Text("已到期，尚未达成", "due and not met"),
    "index": Text("按序时进度指数判定", "judged by the schedule index"),
    "path": Text("基期不为正，只与路径应达值相比", "the base is not positive, so only the path's value is compared"),
    "slipped": Text("基期曾已达到目标，现低于目标", "the baseline held the target, the value no longer does"),
}


def status_rule(catalogue: Catalogue, thresholds: Thresholds, found: Assessment) -> Text:
    """Return the rule of the status that was found, its thresholds filled in, with the reason and the index."""
    if found.judgement.status == "no_data":
        reason = _REASONS[found.judgement.reason]
        return no_data_rule(reason.zh, reason.en)
    rule = catalogue.statuses[found.judgement.status].rule
    shown = {key: f"{value:g}" for key, value in asdict(thresholds).items()}
    reason = _REASONS[found.judgement.reason]
    index = found.judgement.schedule_index
    zh_index = "" if index is None else f"，序时进度指数 {rounded(index, 2)}"
    en_index = "" if index is None else f"; schedule index {rounded(index, 2)}"
    return Text(
        zh=f"{rule.zh.format(**shown)}。{reason.zh}{zh_index}。",
        en=f"{rule.en.format(**shown)}: {reason.en}{en_index}.",
    )


def describe_statuses(catalogue: Catalogue) -> list[Status]:
    """Return the statuses with the catalogue's thresholds filled into their rules, as a legend shows them."""
    shown = {key: f"{value:g}" for key, value in catalogue.thresholds.items()}
    return [
        replace(one, rule=Text(one.rule.zh.format(**shown), one.rule.en.format(**shown)))
        for one in catalogue.statuses.values()
    ]


def no_data_rule(zh: str, en: str) -> Text:
    """Return the text of a row that has no status to explain but a reason why there is none."""
    return Text(f"暂无数据：{zh}。", f"No data: {en}.")
