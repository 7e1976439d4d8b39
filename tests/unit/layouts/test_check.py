"""What would make a card unprintable is found before it is accepted, and named without the value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import layouts
from tests.unit.layouts.kit import HEAD, Content, load, sample, specimen
from tests.unit.layouts.test_pictures import bomb


def problems(content: Content) -> set[tuple[str, str]]:
    found = layouts.check(specimen(), *content)
    with pytest.raises(layouts.Unprintable) as caught:
        layouts.render(specimen(), *content)
    assert caught.value.problems == found, "render refuses exactly what check found"
    return {(problem.pointer, problem.code) for problem in found}


def changed(**values: Any) -> Content:
    old, photo, signature, reference = sample("plain")
    return {**old, **values}, photo, signature, reference


@pytest.mark.parametrize("name", ["plain", "longest", "emptiest"])
def test_every_sample_is_printable(name: str) -> None:
    assert layouts.check(specimen(), *sample(name)) == ()


@pytest.mark.parametrize("name", ["plain", "longest", "emptiest"])
@pytest.mark.parametrize("resident", ["R-1", "1771990000000009", "177199" + "X" * 30])
def test_a_sample_may_be_posted_for_another_resident(name: str, resident: str) -> None:
    values, photo, signature, _ = sample(name)
    old = values["nik"]
    values = {key: resident if value == old else value for key, value in values.items()}
    for reference in ("a", "Z" * 64, "A.b_c-9" * 9):
        assert layouts.check(specimen(), values, photo, signature, reference) == ()


@pytest.mark.parametrize(
    ("values", "pointer", "code"),
    [
        ({"shoe_size": "43"}, "/values/shoe_size", "unknown-field"),
        ({"a/b~c": "x"}, "/values/a~1b~0c", "unknown-field"),
        ({"name": ""}, "/values/name", "missing"),
        ({"name": "  "}, "/values/name", "missing"),
        ({"name": "A " * 61}, "/values/name", "too-long"),
        ({"name": "W" * 60}, "/values/name", "does-not-fit"),
        ({"village": "WADUK " * 12}, "/values/village", "does-not-fit"),
        ({"name": 7}, "/values/name", "wrong-type"),
        ({"name": ["BUDI"]}, "/values/name", "wrong-type"),
        ({"name": "BUDI\nSANTOSO"}, "/values/name", "not-printable"),
        ({"name": "BUDI\u202eSANTOSO"}, "/values/name", "not-printable"),
        ({"name": "BUDI\ud800"}, "/values/name", "not-printable"),
        ({"name": "BUDI 山"}, "/values/name", "not-printable"),
    ],
)
def test_values(values: dict[str, Any], pointer: str, code: str) -> None:
    assert problems(changed(**values)) == {(pointer, code)}


def test_a_missing_value() -> None:
    values, *rest = changed()
    del values["name"], values["nik"]
    assert problems((values, *rest)) == {  # type: ignore[arg-type]
        ("/values/name", "missing"),
        ("/values/nik", "missing"),
    }


@pytest.mark.parametrize("reference", ["", "a" * 65, "a b", "a/b", "é", "a\n"])
def test_references(reference: str) -> None:
    values, photo, signature, _ = sample("plain")
    assert problems((values, photo, signature, reference)) == {("/reference", "wrong-form")}


def test_pictures() -> None:
    values, photo, signature, reference = sample("plain")
    assert photo is not None
    assert problems((values, None, signature, reference)) == {("/photo", "missing")}
    assert problems((values, photo[:9000], b"x", reference)) == {
        ("/photo", "picture-broken"),
        ("/signature", "picture-broken"),
    }
    assert problems((values, bomb(6000, 5000), None, reference)) == {
        ("/photo", "picture-too-large")
    }


def test_everything_is_said_at_once() -> None:
    values, _, _, reference = changed(name="W" * 60, village="\x07", shoe_size="43")
    assert len(problems((values, None, b"x", reference + "!"))) == 6


def test_no_problem_repeats_a_value() -> None:
    secret = "RAHASIAKU"
    values, photo, _, _ = changed(
        name=secret * 8, village=secret + "\x07", district=secret + "山", nik=secret * 7
    )
    found = layouts.check(specimen(), values, photo, b"x", secret + "!")
    text = repr(found) + str(layouts.Unprintable(found)) + repr(layouts.Unprintable(found))
    assert len(found) == 6 and secret not in text


def test_a_long_foreign_name_is_cut_in_the_pointer_only() -> None:
    (pointer, _), *_ = problems(changed(**{"k" * 5000: "x"}))
    assert len(pointer) < 100


def test_several_values_of_one_place_are_all_named(tmp_path: Path) -> None:
    text = """
[[sides.front.elements]]
kind = "text"
text = { parts = ["{name}", "{place}"], join = ", " }
x = 5
y = 5
w = 20
h = 3
font = "plain"
size = 3
"""
    layout = load(tmp_path, HEAD + text)
    (found,) = layouts.check(layout, {"name": "N" * 20, "place": "P" * 9}, None, None, "r")
    assert (found.pointer, found.code) == ("/values/name", "does-not-fit")
    assert "together with place" in found.detail
