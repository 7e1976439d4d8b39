"""The head of the journal as it is printed on the signed report: short enough to type, 80 bits of the hash.

`SEQ-XXXX-XXXX-XXXX-XXXX`: the entry's number, then the first 80 bits of its hash in Crockford's base 32, which
has no I, L, O or U; what a person reads as one of them is taken for the digit that it looks like.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 80
_CHARS = BITS // 5
_LOOKS_LIKE = str.maketrans("ILO", "110")
_FORM = re.compile(rf"(\d{{1,18}})-?((?:[{ALPHABET}]-?){{{_CHARS}}})", re.ASCII)


def head_code(seq: int, digest: bytes) -> str:
    """The code of an entry, from its number and its whole hash."""
    number = int.from_bytes(digest[: BITS // 8], "big")
    text = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return "-".join([str(seq), *(text[i : i + 4] for i in range(0, _CHARS, 4))])


def parse_head_code(code: str) -> tuple[int, bytes]:
    """(entry's number, first ten bytes of its hash). Raises ValueError, which says how a code looks."""
    found = _FORM.fullmatch(code.strip().upper().replace(" ", "").translate(_LOOKS_LIKE))
    if found is None:
        raise ValueError("this is no head code; it looks like 1234-ABCD-EFGH-JKMN-PQRS")
    number = 0
    for sign in found[2].replace("-", ""):
        number = number << 5 | ALPHABET.index(sign)
    return int(found[1]), number.to_bytes(BITS // 8, "big")
