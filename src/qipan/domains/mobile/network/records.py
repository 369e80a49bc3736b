"""Results of network planning, kept in the folder of their study: what each person computed, for that person.

They go with the study's own files: a new computation of the study leaves none of an earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from qipan.core.access import Principal
from qipan.core.errors import DatabaseError
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.network.errors import NetworkMissing

Result = Literal["neighbours", "pci", "capacity", "sharing"]
names: dict[str, str] = {"neighbours": "邻区", "pci": "PCI 规划", "capacity": "容量", "sharing": "异网漫游"}
"""What each kind of result is called."""


def keep(study: Study, principal: Principal, what: Result, facts: Mapping[str, Any], **tables: pa.Table) -> None:
    """Keep a result in place of an earlier one; DatabaseError where it cannot be written."""
    folder = _folder(study, principal)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            draft = folder / f".{what}-{name}.parquet"
            pq.write_table(table, draft)
            draft.replace(folder / draft.name[1:])
        draft = folder / f".{what}.json"
        draft.write_text(json.dumps({"version": study.version, **facts}, ensure_ascii=False), encoding="utf-8")
        draft.replace(folder / draft.name[1:])
    except OSError as error:
        message = f"无法写入 {folder}（{error.strerror or error}）：请核对磁盘空间与写权限"
        raise DatabaseError(message) from error


def read_facts(study: Study, principal: Principal, what: Result) -> dict[str, Any]:
    """Return the figures of a result; NetworkMissing where there is none of this study's own."""
    try:
        text = (_folder(study, principal) / f"{what}.json").read_text(encoding="utf-8")
        facts: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        facts = {}
    if facts.get("version") != study.version:
        message = f"这项覆盖研究还没有{names[what]}结果：请先计算"
        raise NetworkMissing(message)
    return facts


def read_rows(study: Study, principal: Principal, what: Result, name: str) -> pa.Table:
    """Return a table of a result; NetworkMissing where there is none of this study's own."""
    read_facts(study, principal, what)
    try:
        return pq.read_table(_folder(study, principal) / f"{what}-{name}.parquet")
    except OSError as error:
        message = f"{names[what]}结果的文件不在了：请重新计算"
        raise NetworkMissing(message) from error


def _folder(study: Study, principal: Principal) -> Path:
    whose = "all" if principal.everything else f"account-{principal.account_id}"
    return study.folder / "network" / whose
