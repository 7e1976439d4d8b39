"""`printstation layout`, without a station."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner, Result

from printstation.cli.failure import Failure
from printstation.cli.layout import app
from tests.unit.layouts.kit import specimen


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_list() -> None:
    assert run("list").stdout.startswith("specimen-resident  version 1  front back  for ktp-el-wni")


def test_check() -> None:
    result = run("check", "specimen-resident")
    assert (result.exit_code, result.stdout.count(": ok")) == (0, 3)


def test_check_names_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_text(json.dumps(specimen().sample("plain") | {"values": {"name": "W" * 60}}))
    result = run("check", "specimen-resident", "--values", str(file))
    assert result.exit_code == 1
    assert "/values/name: does-not-fit" in result.stdout and "/values/nik: missing" in result.stdout
    assert "WWW" not in result.stdout


def test_render_a_sample(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    result = run("render", "specimen-resident", "--sample", "longest", "--out", str(out))
    assert result.exit_code == 0
    paths = [Path(line) for line in result.stdout.split()]
    assert [path.name for path in paths] == ["front.png", "back.png"]
    with Image.open(paths[0]) as picture:
        assert picture.size == (1016, 642)


def test_render_values_alone(tmp_path: Path) -> None:
    file = tmp_path / "values.json"
    file.write_text(json.dumps(specimen().sample("emptiest")["values"]))
    result = run("render", "specimen-resident", "--values", str(file), "--out", str(tmp_path))
    assert result.exit_code == 0 and (tmp_path / "front.png").exists()


def test_failures_are_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    out = ("--out", str(tmp_path))
    cases = [
        ("check", "no-such"),
        ("check", str(tmp_path)),
        ("render", "specimen-resident", "--sample", "none", *out),
        ("render", "specimen-resident", "--values", str(tmp_path / "none"), *out),
        ("render", "specimen-resident", "--values", str(broken), *out),
        ("render", "specimen-resident", "--out", str(broken)),
    ]
    for case in cases:
        failure = run(*case).exception
        assert isinstance(failure, Failure), case
        assert "\n" not in str(failure) and failure.code == 2
