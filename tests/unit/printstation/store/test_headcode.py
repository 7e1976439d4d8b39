"""The code of the journal's head, as it is typed from paper."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printstation.store.headcode import head_code, parse_head_code

DIGEST = hashlib.sha256(b"head").digest()


@given(st.integers(1, 10**9), st.binary(min_size=32, max_size=32))
def test_what_is_printed_reads_back(seq: int, digest: bytes) -> None:
    assert parse_head_code(head_code(seq, digest)) == (seq, digest[:10])


def test_a_code_is_short_and_holds_eighty_bits() -> None:
    code = head_code(1234, DIGEST)
    number, *groups = code.split("-")
    assert number == "1234" and [len(group) for group in groups] == [4, 4, 4, 4]
    assert len(parse_head_code(code)[1]) * 8 == 80


def test_it_is_read_as_people_type_it() -> None:
    assert parse_head_code("  7-0000-0000-0000-000l ") == (7, (1).to_bytes(10, "big"))
    assert parse_head_code("7-oooo00000000000I") == (7, (1).to_bytes(10, "big"))
    assert parse_head_code("7 0000 0000 0000 0001") == (7, (1).to_bytes(10, "big"))


@pytest.mark.parametrize(
    "code", ["", "7", "7-ABCD", "x-0000-0000-0000-0000", "7-UUUU-0000-0000-0000"]
)
def test_what_is_no_code_is_refused_with_its_form(code: str) -> None:
    with pytest.raises(ValueError, match="1234-ABCD"):
        parse_head_code(code)
