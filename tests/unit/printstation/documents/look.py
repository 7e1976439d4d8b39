"""What the tests of all papers look for: nothing torn, nothing on top of each other, nothing off the page."""

from __future__ import annotations

from itertools import combinations

from tests.unit.printstation.documents.pdf import Fragment, Pdf, squeezed

MM = 72 / 25.4
# Kerning, which the measure leaves out, moves an end by less.
SLACK_PT = 2.0

#: Signs that mean something to the typesetter, to a program that pastes text, or to a reader of either.
HOSTILE = (
    '#panic("SITI")',
    "*SITI* _CONTOH_ `raw` $x$",
    "@SITI <CONTOH>",
    r"SITI \ CONTOH \#",
    "\"SITI\" 'CONTOH'",
    "= SITI",
    "- SITI // CONTOH /* X */",
    "[SITI] {CONTOH}",
    "~SITI--CONTOH...",
    '#image("/etc/hostname")',
    "SITI\x00\x07CONTOH",
    "سيتي 漢",
)


def mistakes(pdf: Pdf, margin_mm: float = 14) -> list[str]:
    """Text that leaves the page's frame or lies on other text of its line."""
    found = []
    for page in range(len(pdf)):
        width, height = pdf.size(page)
        # The watermark lies under the page on purpose.
        parts = [part for part in pdf.fragments(page) if part.size < 100]
        for part in parts:
            inside = margin_mm * MM - SLACK_PT <= part.x and part.right <= (
                width - margin_mm * MM + SLACK_PT
            )
            if not inside or not 0 < part.y < height:
                found.append(f"page {page + 1}: outside: {part.text}")
        found += [
            f"page {page + 1}: {left.text} and {right.text}"
            for left, right in combinations(sorted(parts, key=lambda part: part.x), 2)
            if abs(left.y - right.y) < min(left.size, right.size) / 2
            and right.x + SLACK_PT < left.right
            and _blackens(left)
            and _blackens(right)
        ]
    return found


def _blackens(part: Fragment) -> bool:
    return bool(squeezed(part.text))
