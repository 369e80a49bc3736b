"""Which quantities state a result, and which are idioms, ranks, conditions, horizons or counts of the field."""

from __future__ import annotations

import re

from qipan.engines.reading.model import Kind, Role
from qipan.engines.reading.passages import Passage
from qipan.engines.reading.phrases import Setting, ends_with_verb, rises
from qipan.engines.reading.quantities import Quantity

__all__ = ["states_result"]

_FRAME = re.compile(
    r"(?:围绕|聚焦|面向|针对|划分为|分为|按照|依据|根据|涉及|设置|分成|分|第|前|N|\+|由|共有|每|首|同|这|上述|以下|下列)$"
)
_FIELD_NOUN = re.compile(
    r"(?:重点|行业|主要|方面|关键|核心|优势|特色)?(?:领域|方面|环节|区域|行业|维度|层面|步骤|阶段|专题|章节|类别|片区|板块|方向|要素|层级|等级|梯队|区(?![域块])|省(?!级|属|内|实)|市(?![级场政域民属])|县(?![级域])|专项|举措|任务|字(?!节)|位次|名次)"
)
_STRONG_VERB = re.compile(r"(?:建成|新建|新增|培育|引进|打造|建设|创建|引育|设立|成立|推广|完成)$")
_FURTHER_NOUN = re.compile(
    r"(?!开展|实施|率先|推广|建|的|和|与|等|全|打造|突破|发展|提升|实现|转型|加快|取得|先行|试点|应用|数字化|智能化)[\u4e00-\u9fff]{2}"
)
"""A noun that a field only qualifies (10个行业级分中心), not what is done in the field (10个行业开展示范)."""
_DONE_AT = re.compile(r"[^，。；]{2,14}?(?:开展|实施|推广)[^，。；]{2}")
_CADENCE = re.compile(r"每(?:半|[一两二三四五\d]?个?)(?:年|季|月|周|天|日)")
_CLASS_OF_FIELD = re.compile(r"(?:大|中|小|门|品|细分)类(?!别)")
_DESCRIBED = re.compile(r"包括|包含|涵盖|分为|划分|组成|构成")
_CHOSEN = re.compile(r"从[^，。]{0,12}$")
_PRODUCT = frozenset(
    {"Wh/kg", "nm", "μm", "mm", "cm", "kg", "g", "℃", "摄氏度", "dB", "dBm", "MPa", "V", "kV", "微米", "纳米", "毫米"}
    | {"厘米", "英寸", "寸", "Hz", "kHz", "MHz", "GHz", "毫克", "微克", "bit"}
)
"""Units in which tasks describe products to be made; only among the goals do they measure a result."""
_RULE = re.compile(r"(?:按照?|不高于|不低于|不少于|不超过|返还|扣除|缴纳|承担)[^占]{0,30}的$")
_AMOUNT = re.compile(r"(?:算力|存力|带宽|容量|装机|流量)(?:规模|总量)?$")
_ADDED = re.compile(r"(?:新增|完成|实现|累计)[^，。；]{2,12}(?:量|数|规模)$")
_SHARE_OF = re.compile(r"^(?!.*按)[^，。；]{3,}(?:不低于|不高于|不少于|不超过)[^，。；]{2,20}的$")
_WORLD = re.compile(r"(?:预计|据统计|其中|(?:到|至)?(?:19|20)\d{2}年底?|，)*(?:全球|世界|我国|国际)")
_MARKING = re.compile(r"考核|权重|分值|评分")
_PRICE = re.compile(r"(?:按照?|每[^年，]{1,4}|单价|标准为?)$")
_REACH = re.compile(r"[^，。；、]{0,6}(?:覆盖率|通达率|可达率|到达率|生活圈|服务圈)|圈|范围|半径|以外|长的|之内")
_SHORTENED = re.compile(r"压缩|缩短|压减|降|减|控制|提速|提高|达到")
_PAID = re.compile(r"给予|补贴|补助|奖励|资助")
_OBJECT = re.compile(r"(?:建设|建成|推进|打造|培育|实施|新建|引进|支持|推动|完成|开展)")
_SLOGAN = re.compile(r"\+?N(?![A-Za-z])|\+\d|[^，。；]{0,16}\+N[家个项]")
_HORIZON = frozenset({"年", "月", "日", "个月", "周", "天", "期"})
_PLAIN_COUNTS = frozenset({"家", "座", "条", "处", "所", "名", "位", "台", "套"})


def states_result(passage: Passage, setting: Setting, previous: Setting | None) -> bool:
    """Say whether a quantity states something reached; `previous` is the last quantity that does."""
    quantity, relation = setting.quantity, setting.relation
    before, after = setting.before(passage.text), setting.after(passage.text)
    if _SLOGAN.match(after):
        return False
    if passage.section.role is Role.STATUS and _WORLD.match(before) and "占" not in before:
        return False
    if quantity.kind == "time":
        changed = _SHORTENED.search(before + passage.text[relation.start : quantity.start])
        reached = passage.section.role is Role.GOAL or changed is not None
        return relation.stated and reached and quantity.unit not in _HORIZON and not after
    if quantity.unit in _PRODUCT and passage.section.role is not Role.GOAL:
        return False
    if quantity.kind in ("technical", "class"):
        return (relation.stated or bool(_AMOUNT.search(before))) and (not after or after[0] in "（、和及与")
    if quantity.kind == "bare":
        large, fine = max(quantity.values) >= 1000, quantity.values[0] % 1 != 0
        return (relation.stated or bool(_ADDED.search(before))) and not after and (large or fine)
    if quantity.chinese and not _meant(quantity, setting, before, after):
        return False
    if quantity.kind == "ratio":
        sentence = passage.text[passage.sentence_start(quantity.start) : quantity.start]
        share = passage.section.role is Role.GOAL and _SHARE_OF.search(before)
        ruled = None if share else _RULE.search(before + passage.text[relation.start : quantity.start])
        rule = ruled or _MARKING.search(sentence)
        return not rule and after not in ("的", "时")
    if quantity.kind == "extent" and _REACH.search(after):
        return False
    if quantity.kind == "money" and _PRICE.search(before):
        return bool(_PAID.search(before + after))
    if quantity.kind == "count":
        return _counts(passage, setting, previous, before, after)
    return True


def _meant(quantity: Quantity, setting: Setting, before: str, after: str) -> bool:
    """Say whether a number in Chinese numerals is meant as one, and not as part of an idiom or a name."""
    if quantity.kind == "times":
        return not after or after[0] in "（、和及与" or quantity.bound != ""
    if quantity.kind == "count" and quantity.values[0] == 1 and quantity.bound != "least":
        return setting.relation.comparator in (">", "<=")
    if setting.relation.comparator in (">=", ">", "<=") or quantity.bound in ("least", "most"):
        return quantity.kind != "count" or not after or quantity.values[0] > 1
    return quantity.unit in _PLAIN_COUNTS and 2 <= quantity.values[0] <= 99 and bool(_STRONG_VERB.search(before))


def _counts(passage: Passage, setting: Setting, previous: Setting | None, before: str, after: str) -> bool:
    """Say whether a count is of things done, not of the field (包括4项中类) or of a choice (从100个项目中)."""
    text, quantity, relation = passage.text, setting.quantity, setting.relation
    words_before = before + text[relation.start : quantity.start]
    if quantity.values[0] == 1 and "每" in words_before:
        least = relation.comparator == ">=" or quantity.bound == "least" or "至少" in before
        return least and not _CADENCE.search(words_before)
    if _CLASS_OF_FIELD.match(after):
        return False
    if not relation.stated and _FRAME.search(before):
        return False
    if _CHOSEN.search(before) and "中" in after:
        return False
    sentence = passage.sentence_start(quantity.start)
    if passage.section.role is Role.STATUS and _DESCRIBED.search(text, sentence, quantity.start):
        return False
    past = passage.kind_at(quantity.start, setting.left) is Kind.BASELINE
    if before.endswith("等"):
        return past or (bool(_OBJECT.search(before)) and not _FIELD_NOUN.match(after))
    if setting.bracket is not None and setting.left == setting.bracket + 1 and not before and after:
        return False
    field = _FIELD_NOUN.match(after)
    if field and not relation.stated and not quantity.bound and not past:
        joined = previous is not None and not before and text[quantity.start - 1] in "、和及与"
        if not (joined or _STRONG_VERB.search(before) or before.endswith(("推动", "支持"))) or not _FURTHER_NOUN.match(
            after, field.end()
        ):
            return False
    return _governed(passage, setting, previous, before, after, past)


def _governed(
    passage: Passage, setting: Setting, previous: Setting | None, before: str, after: str, past: bool
) -> bool:
    """Say whether a count has a verb, a bound or a name before it; outside goals a bare 11个城市 only describes."""
    if not after or after[0] in "（、和及与" or past or setting.relation.stated or setting.quantity.bound:
        return True
    if ends_with_verb(before) or before == "的" or rises(after):
        return True
    if not before and passage.section.role is Role.GOAL:
        return True
    if passage.text[setting.left : setting.quantity.start] == "在" and _DONE_AT.match(after):
        return True
    return previous is not None and setting.quantity.start - previous.right <= 2 and not before
