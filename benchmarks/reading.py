"""Reading a plan: 360,000 characters in under 3 s, and how many written quantities are read right.

Run as ``python -m benchmarks.reading [--quick]``. The text is written here in the language of plans and repeated to
length. No other program reads plans into targets and tasks, so speed has no peer. For the numbers alone there is
``cn2an`` on PyPI (numerals only), used where it is installed; how many of the same quantities it reads is printed too.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable

from benchmarks._claim import arguments, report
from qipan.engines.reading import document_from_text, read_plan
from qipan.engines.reading.quantities import find_quantities

CHARACTERS = 360_000
SECONDS = 3.0

CHAPTER = """一、工作目标
到2025年，新型信息基础设施供给体系基本建成，网络规模和服务水平全国领先，累计建成5G基站6.2万个，千兆宽带用户占比由2022年的18%提高到45%。
（一）网络能力领先。双千兆网络协同发展，城乡覆盖更加均衡，5G用户突破1900万户（其中移动1100万户，联通电信800万户），确保建成示范园区8个，力争达到12个。
（二）算力供给充足。多层级数据中心体系形成，布局合理、绿色低碳、安全可靠，布局数据中心支撑能力约30万个机架，培育营收超50亿元的企业3-5家。
二、重点任务
（一）筑牢网络底座。推进10G-PON升级，加快老旧小区改造，住宅小区千兆全覆盖。统筹室外覆盖和室内覆盖，完善城市骨干网、城域网、接入网建设，推动全光接入网进一步向用户端延伸，加大公共场所资源开放力度，督促各公共场所落实免费开放政策，协同推进面向新业务的高效传输承载网建设，提升综合业务接入和网络切片资源的智能化运营能力。（市工业和信息化局、住房建设局，各区政府按职责分工负责）
（二）深化融合应用。围绕交通、医疗、教育等领域打造一批标杆场景，每建成1个给予5000元奖励，形成可复制推广的模式，促进产业集聚发展。支持骨干企业聚合供应链资源，推动业务系统云化改造，为上下游企业信息互联互通提供支撑，鼓励建设专业型平台，引导企业通过上云等方式共享设计资源，加快成果转化和协同创新，提升质量管理水平。（责任单位：市发展改革委、市财政局；完成时限：2024年12月底前）
（三）夯实产业基础。鼓励企业、科研机构围绕超高速光纤传输、下一代光网络、无线通信等领域加大研发投入，主导或参与标准制定，努力向产业链上游延伸，带动材料、芯片、关键元器件与模组等企业发展，支持3-5个创新载体建设，形成以大企业集团为核心、中小企业协同发展的良好产业生态，促进集群化发展，积极引进领军企业，推动重大项目投资落户。（市科技创新委牵头）
"""

QUANTITIES: list[tuple[str, float]] = [
    ("6万个", 60_000), ("13.3万户", 133_000), ("2700亿元", 2.7e11), ("1.2万亿元", 1.2e12), ("1.5万公里", 15_000),
    ("二千六百五十七万户", 26_570_000), ("3,300万标箱", 33_000_000), ("三千五百万元", 35_000_000), ("94.4%", 94.4),
    ("百分之八十", 80), ("四成", 40), ("百亿元", 1e10), ("5349.18亿元", 534_918_000_000), ("两千家", 2000),
    ("10.6EFLOPS", 10.6), ("五千户", 5000), ("一亿二千万元", 120_000_000), ("0.5%", 0.5),
]  # fmt: skip
NAMES = ["5G网络", "10G-PON", "4K/8K", "IPv6+", "20+8集群", "第3批", "100强企业"]


def main() -> None:
    """Time the reader and count right quantities, then print the closing line."""
    options = arguments(__doc__ or "")
    size = CHARACTERS // (4 if options.quick else 1)
    text = "江城市新型信息基础设施行动计划（2023—2025年）\n" + CHAPTER * (size // len(CHAPTER) + 1)
    text = text[:size]
    seconds = min(_seconds(text) for _ in range(2 if options.quick else 5))
    rate = size / seconds
    right = sum(_ours(words) == value for words, value in QUANTITIES) + sum(not find_quantities(name) for name in NAMES)
    print(f"{size:,} characters in {seconds:.2f} s; quantities right: {right} of {len(QUANTITIES) + len(NAMES)}")
    for name, reader in _peers():
        theirs = sum(_attempt(reader, words) == value for words, value in QUANTITIES)
        print(f"peer {name}: {theirs} of {len(QUANTITIES)} of the same quantities (unit taken off for it)")
    whole = CHARACTERS / rate
    report(
        "reading.speed",
        whole,
        "s per 360,000 characters",
        peer="none: no other program reads plans into targets and tasks",
        ratio=None,
        bar=f"< {SECONDS} s",
        holds=whole < SECONDS and right == len(QUANTITIES) + len(NAMES),
    )


def _seconds(text: str) -> float:
    started = time.perf_counter()
    read_plan(document_from_text(text))
    return time.perf_counter() - started


def _ours(words: str) -> float | None:
    found = find_quantities(words)
    return found[0].values[0] if len(found) == 1 else None


def _peers() -> list[tuple[str, Callable[[str], float]]]:
    peers: list[tuple[str, Callable[[str], float]]] = []
    try:
        cn2an = importlib.import_module("cn2an")
        peers.append(("cn2an", lambda words: float(cn2an.cn2an(words.rstrip("个户元公里标箱家%成"), "smart"))))
    except ImportError:
        print("peer cn2an is not installed: pip install cn2an")
    return peers


def _attempt(reader: Callable[[str], float], words: str) -> float | None:
    try:
        return reader(words)
    except (ValueError, TypeError, KeyError, IndexError):
        return None


if __name__ == "__main__":
    main()
