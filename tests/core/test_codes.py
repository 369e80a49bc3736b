"""Resource codes: the check character of ISO/IEC 7064 MOD 37,36, alone and for many at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qipan.core.codes import check_character, is_code, make_code, make_codes

areas = st.from_regex(r"[1-9][0-9]{5}", fullmatch=True)
kinds = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4)
serials = st.integers(0, 99_999_999)


def test_the_published_example_of_the_global_release_identifier() -> None:
    assert check_character("A12425GABC1234002") == "M"


@given(areas, kinds, st.lists(serials, max_size=20))
def test_many_codes_at_once_equal_one_by_one(area: str, kind: str, numbers: list[int]) -> None:
    codes = make_codes(area, kind, np.array(numbers, dtype=np.int64))
    assert codes.tolist() == [make_code(area, kind, number) for number in numbers]
    assert all(is_code(code) for code in codes)


@given(areas, kinds, serials, st.data())
def test_every_single_wrong_character_is_found(area: str, kind: str, serial: int, data: st.DataObject) -> None:
    code = make_code(area, kind, serial)
    place = data.draw(st.integers(0, 18))
    others = [one for one in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if one != code[place]]
    wrong = code[:place] + data.draw(st.sampled_from(others)) + code[place + 1 :]
    assert not is_code(wrong)
