"""Which resource each row of a file is: by its code, already there or new; and which others it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from qipan.core import tables
from qipan.core.catalogue import Kind
from qipan.core.exchange.parsing import Problems

_AT_ONCE = 500
_LENGTH = 19
_resource = tables.resource.c


def check_codes(codes: pa.Array, kind: Kind, heading: str, problems: Problems) -> pa.Array:
    """Return codes of shape (n,) in capitals, null where a code is malformed, of another kind or stands before."""
    codes = pc.utf8_upper(codes)
    given = codes.is_valid().to_numpy(zero_copy_only=False)
    if not given.any():
        return codes
    sound = np.zeros(len(codes), dtype=bool)
    sound[given] = are_codes(codes.drop_null())
    problems.add(
        np.flatnonzero(given & ~sound), heading, codes, "不是有效的资源编码（19 位，末位校验）；新增的资源请留空"
    )
    other = given & sound & ~pc.fill_null(_kind_is(codes, kind), False).to_numpy(zero_copy_only=False)
    problems.add(np.flatnonzero(other), heading, codes, f"第 7 至 10 位应为 {kind.code}（{kind.name.zh}）")
    again = _repeated(codes, given & sound & ~other, heading, problems)
    kept = given & sound & ~other & ~again
    return codes if kept.all() else pc.if_else(pa.array(kept), codes, None)


def are_codes(codes: pa.Array) -> NDArray[np.bool_]:
    """Tell which of many strings (shape n, no nulls) are resource codes with the right check character."""
    right = pc.match_substring_regex(codes, r"^[0-9]{6}[0-9A-Z]{4}[0-9]{8}[0-9A-Z]$").to_numpy(zero_copy_only=False)
    places = np.flatnonzero(right)
    text = np.frombuffer("".join(codes.take(pa.array(places)).to_pylist()).encode(), dtype=np.uint8)
    digits = text.reshape(-1, _LENGTH).astype(np.int64)
    digits = np.where(digits >= 65, digits - 55, digits - 48)
    product = np.full(len(places), 36, dtype=np.int64)
    for column in range(_LENGTH - 1):
        total = (product + digits[:, column]) % 36
        product = np.where(total == 0, 36, total) * 2 % 37
    right[places] = (product + digits[:, -1]) % 36 == 1
    return np.asarray(right)


def known_resources(connection: Connection, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return id and kind's code of the resources that have these codes."""
    query = select(_resource.code, _resource.id, _resource.kind)
    return {
        code: (resource_id, kind)
        for part in _parts(codes)
        for code, resource_id, kind in connection.execute(query.where(_resource.code.in_(part)))
    }


def stored_rows(connection: Connection, codes: Sequence[str]) -> list[Row[Any]]:
    """Return the rows of the register that have these codes, in no order."""
    query = select(tables.resource)
    return [row for part in _parts(codes) for row in connection.execute(query.where(_resource.code.in_(part)))]


def _parts(codes: Iterable[str]) -> Iterator[list[str]]:
    listed = list(codes)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


def _kind_is(codes: pa.Array, kind: Kind) -> pa.Array:
    return pc.equal(pc.utf8_slice_codeunits(codes, 6, 10), kind.code)


def _repeated(codes: pa.Array, sound: NDArray[np.bool_], heading: str, problems: Problems) -> NDArray[np.bool_]:
    """Tell which codes have stood in the file before, and note them with the row where they first do."""
    again = np.zeros(len(codes), dtype=bool)
    if pc.count_distinct(codes.filter(pa.array(sound))).as_py() == int(sound.sum()):
        return again
    first: dict[str, int] = {}
    reasons = []
    for place in np.flatnonzero(sound).tolist():
        code = codes[place].as_py()
        if code in first:
            again[place] = True
            reasons.append(f"与第 {problems.rows[first[code]]} 行的编码重复")
        first.setdefault(code, place)
    problems.add(np.flatnonzero(again), heading, codes, reasons)
    return again
