"""A slip's bytes and what the simulated printer makes of them: the same words, the same code, no NIK."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image, ImageChops

from printstation.documents.slips import COLUMNS
from tests.contract import receipt_pictures


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("slip", receipt_pictures.PICTURES.values(), ids=lambda act: act.__name__)
def test_words_and_code_arrive(slip: Callable[[int], bytes], columns: int) -> None:
    paper = receipt_pictures.paper(slip(columns), columns)
    assert paper.unknown == () and paper.cut
    assert "A-0412" in paper.lines and "Inisial S.N.A." in paper.lines
    assert ("SALINAN" in paper.lines) is (slip is receipt_pictures.handover)
    assert max(len(line) for line in paper.lines) <= columns
    with Image.open(io.BytesIO(paper.png())) as picture:
        read = zxingcpp.read_barcodes(picture.convert("L"))
    assert [code.text for code in read] == list(paper.qr) == ["K-000412"]


@pytest.mark.parametrize("name", receipt_pictures.PICTURES)
def test_the_pictures_in_the_docs_are_of_these_slips(name: str) -> None:
    with Image.open(receipt_pictures.FOLDER / name) as shown:
        drawn = receipt_pictures.draw(name)
        assert shown.size == drawn.size
        different = ImageChops.difference(shown.convert("L"), drawn).getbbox()
    assert different is None, f"{name} is stale; run: python -m tests.contract.receipt_pictures"
