"""Whatever a registry holds can be seen on paper, and nothing of it acts."""

from __future__ import annotations

import pytest

from printstation.documents import letters
from tests.unit.printstation.documents.pdf import BREAK


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SITI CONTOH", "SITI CONTOH"),
        (r"""#*_@<>\"'$`~[]{}//""", r"""#*_@<>\"'$`~[]{}//"""),
        ("José Ñandú", "José Ñandú"),
        # Composed: the same name, however it was typed.
        ("Jose\u0301", "José"),
        ("SITI\u00a0CONTOH\nBIN", "SITI CONTOH BIN"),
        ("\u0627", "[U+0627]"),
        # A direction turned, a nothing, a bell: each is seen.
        ("A\u202eB", "A[U+202E]B"),
        ("A\x07\x00", "A[U+0007][U+0000]"),
        ("\ud800", "[U+D800]"),
        ("", ""),
    ],
)
def test_every_character_is_seen(text: str, shown: str) -> None:
    assert letters.visible(text) == shown


def test_a_long_word_may_be_broken_anywhere_and_loses_nothing() -> None:
    word = "W" * 60
    shown = letters.visible(f"A {word} B")
    assert shown.replace(BREAK, "") == f"A {word} B"
    assert max(map(len, shown.split(BREAK))) <= letters.LONGEST_WORD
    assert BREAK not in letters.visible("W" * letters.LONGEST_WORD)
    assert BREAK not in letters.visible("470/0123/DKPS-DAFDUK/XI/2026/A")


def test_texts_are_reached_wherever_they_are() -> None:
    assert letters.visible_all({"a": ["\x07", ("\x07", 1)], "b": None}) == {
        "a": ["[U+0007]", ["[U+0007]", 1]],
        "b": None,
    }
