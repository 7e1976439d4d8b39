"""Layout files: complete ones load, faulty ones are refused with the place of the fault."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

import layouts
from tests.unit.layouts.kit import HEAD, load, specimen

TEXT = """
[[sides.front.elements]]
kind = "text"
text = "{name}"
x = 5
y = 5
w = 40
h = 5
font = "plain"
size = 3
"""


def test_the_specimen_is_there() -> None:
    assert "specimen-resident" in layouts.names()
    layout = layouts.load("specimen-resident")
    assert layout.sides == ("front", "back")
    assert layout.card_types == ("ktp-el-wni", "ktp-el-wna", "kia", "specimen")
    assert layout.sample_names == ("emptiest", "longest", "plain")


@pytest.mark.parametrize("name", ["no-such", "", "..", "../layouts/specimen-resident"])
def test_unknown_layouts_say_what_there_is(name: str) -> None:
    with pytest.raises(layouts.UnknownLayout, match="specimen-resident"):
        layouts.load(name)


def test_unknown_samples_say_what_there_is() -> None:
    with pytest.raises(layouts.UnknownSample, match="emptiest, longest, plain"):
        specimen().sample("../plain")


def test_an_office_can_bring_its_own(tmp_path: Path) -> None:
    layout = load(tmp_path, HEAD + TEXT)
    assert (layout.name, layout.sides, layout.sample_names) == ("small", ("front",), ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("size = 3", "size = 3\nsise = 3", "sise"),
        ("max_length = 80", "max_length = 80, colour = 1", "colour"),
        ('version = "1"', 'version = "1"\nextra = 1', "extra"),
        ('text = "{name}"', 'text = "{nama}"', "no such field: nama"),
        ('font = "plain"', 'font = "fancy"', "no such font: fancy"),
        ("IBM Plex Sans Condensed", "Comic Sans", "no such font family"),
        ('weight = "Medium"', 'weight = "Heavy"', "no weight Heavy"),
        ('text = "{name}"', f'text = "{"LONG " * 30}"', "does not fit"),
        ('text = "{name}"', 'text = "漢字"', "none of the fonts"),
        ('kind = "text"', 'kind = "test"', "kind"),
        ('kind = "text"', 'style = "none"', "no such style"),
        ("sides.front", "sides.back", "needs a front"),
        ("sides.front", "sides.left", "left"),
        ("w = 40", "w = 0", "greater than 0"),
        ("[fields]", "[fields]\nreference = { title = 'x', max_length = 2 }", "belongs to the job"),
        ("x = 5", "x = ", "line"),
    ],
)
def test_faulty_layouts_are_refused_by_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in HEAD + TEXT
    with pytest.raises(layouts.LayoutError, match=message):
        load(tmp_path, (HEAD + TEXT).replace(old, new))


def test_a_folder_without_a_layout(tmp_path: Path) -> None:
    with pytest.raises(layouts.LayoutError, match="No such file"):
        layouts.load_folder(tmp_path)


def test_an_image_must_be_there(tmp_path: Path) -> None:
    image = TEXT.replace('"text"', '"image"').split("text = ")[0]
    image += 'file = "none.png"\nx = 1\ny = 1\nw = 9\nh = 9\n'
    with pytest.raises(layouts.LayoutError, match=r"none\.png"):
        load(tmp_path, HEAD + image)


@pytest.mark.parametrize("name", ["plain", "longest", "emptiest"])
def test_samples_are_complete_jobs(name: str) -> None:
    body = specimen().sample(name)
    assert set(body) == {
        *("layout", "card_type", "resident", "values"),
        *("photo", "signature", "priority", "reference"),
    }
    values = body["values"]
    assert isinstance(values, dict)
    assert body["card_type"] == "ktp-el-wni"
    assert str(body["resident"]).startswith("177199") and values["nik"] == body["resident"]
    assert jsonschema_rs.is_valid(specimen().values_schema(), values)
    assert len(json.dumps(body)) < 48_000


def test_samples_do_not_share_what_must_differ() -> None:
    bodies = [specimen().sample(name) for name in specimen().sample_names]
    for key in ("resident", "reference"):
        assert len({str(body[key]) for body in bodies}) == len(bodies)


def test_the_longest_sample_is_as_long_as_promised() -> None:
    values = specimen().sample("longest")["values"]
    assert isinstance(values, dict)
    assert [len(values[key]) for key in ("name", "village", "occupation")] == [60, 44, 32]


def test_the_schema_is_closed_and_bounded() -> None:
    schema = specimen().values_schema()
    assert schema["additionalProperties"] is False
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert all(shape["maxLength"] > 0 for shape in properties.values())
    assert not jsonschema_rs.is_valid(schema, {"nik": "1", "shoe_size": "43"})
