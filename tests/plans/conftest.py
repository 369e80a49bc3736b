"""A short plan in the genre's language, read and stored."""

from __future__ import annotations

import pytest

from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database
from qipan.core.plans import import_plan

text = """示例市新型信息基础设施行动计划（2022-2025年）
一、工作目标
到2025年，全市累计建成5G基站6万个，其中移动建成3万个；建成多功能智能杆2万根以上。
二、重点任务
（一）扩大5G网络覆盖。推进重点场所深度覆盖，2024年底前建成5G基站5.5万个。（市工业和信息化局牵头，各区政府配合）
（二）推进智能杆建设。统筹道路新建改建工程，同步建设多功能智能杆。（市发展改革委、交通运输局按职责分工负责）
"""


def read(database: Database, content: str = text, plan_id: int | None = None) -> dict:
    return import_plan(database, load_catalogue(), system, content.encode(), "示例计划.txt", plan_id=plan_id)


@pytest.fixture
def plan_id(database: Database) -> int:
    return int(read(database)["plan_id"])
