"""Which resource each row of a file is: by its code, already there or new."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.catalogue import Kind
from qipan.core.exchange.parsing import Problems

_LENGTH = 19
_FORM = r"^[0-9]{6}[0-9A-Z]{4}[0-9]{8}[0-9A-Z]$"
_VALUE_OF = np.array([one - 55 if one >= 65 else one - 48 for one in range(128)], dtype=np.int32)
"""What each character counts for in the check, by its ASCII number."""
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
    right = np.array(pc.match_substring_regex(codes, _FORM).to_numpy(zero_copy_only=False))
    places = np.flatnonzero(right)
    characters = np.frombuffer("".join(codes.take(pa.array(places)).to_numpy(zero_copy_only=False)).encode(), np.uint8)
    values = _VALUE_OF[characters].reshape(-1, _LENGTH).T.copy()
    product = np.full(len(places), 36, dtype=np.int32)
    for place in range(_LENGTH - 1):
        total = (product + values[place]) % 36
        product = np.where(total == 0, 36, total) * 2 % 37
    right[places] = (product + values[-1]) % 36 == 1
    return right


def has_kind(connection: Connection, kind: Kind) -> bool:
    """Tell whether the register has any resource of a kind."""
    return connection.execute(select(_resource.id).where(_resource.kind == kind.code).limit(1)).first() is not None


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
