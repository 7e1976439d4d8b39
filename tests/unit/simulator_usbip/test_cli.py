"""The command line of `printstation-sim`, in process: what it refuses in one line, and `decode`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from simulator import addresses
from simulator.cli import app
from simulator.state import StateFolder
from tests.contract.simulator_process import job, pattern, picture

ANYWHERE = ("--usbip", "127.0.0.1:0", "--control", "127.0.0.1:0")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def one_line(ended: Result, code: int) -> str:
    """Exit code, one line on stderr, nothing on stdout, no exception that a user would see."""
    assert ended.exit_code == code, ended.output
    assert ended.exception is None or isinstance(ended.exception, SystemExit)
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stdout == ""
    return ended.stderr


@pytest.mark.parametrize("option", ["--usbip", "--control"])
def test_a_taken_port(option: str) -> None:
    with addresses.bind(addresses.parse("127.0.0.1:0")) as other:
        taken = str(addresses.address_of(other))
        assert taken in one_line(run("serve", *ANYWHERE, option, taken), 1)


def test_a_state_folder_in_use(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    assert "in use" in one_line(run("serve", *ANYWHERE, "--state", str(tmp_path)), 2)
    folder.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--usbip", "0.0.0.0:0"), "loopback only"),
        (("--control", "8632"), "give HOST:PORT"),
        (("--speed", "0"), "more than 0"),
        (("--office", "no-such-file.toml"), "no-such-file.toml"),
    ],
)
def test_what_cannot_be_served(words: tuple[str, ...], said: str) -> None:
    assert said in one_line(run("serve", *ANYWHERE, *words), 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[printers]]\nname = "a"\ndevice = "tiny-pick"\ntypo = 1\n', "typo"),
        ('[[printers]]\nname = "a"\ndevice = "no-such"\n', "no-such"),
        ("[[printers", "office.toml"),
        ("", "at least one"),
    ],
)
def test_a_bad_office_file(tmp_path: Path, text: str, said: str) -> None:
    office = tmp_path / "office.toml"
    office.write_text(text, encoding="utf-8")
    assert said in one_line(run("serve", *ANYWHERE, "--office", str(office)), 2)


def test_a_state_of_another_office(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    folder.save({"world": {"last": 0, "cards": []}, "printers": {"sold": {}}})
    folder.close()
    assert "sold" in one_line(run("serve", *ANYWHERE, "--state", str(tmp_path)), 2)


def test_a_state_that_means_nothing(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    folder.save({"world": 7})
    folder.close()
    said = one_line(run("serve", *ANYWHERE, "--state", str(tmp_path)), 2)
    assert "take another folder" in said


def test_decode(tmp_path: Path) -> None:
    planes, file, out = pattern(6), tmp_path / "job", tmp_path / "a" / "out"
    file.write_bytes(job(planes) + job(pattern(7)))
    ended = run("decode", "tiny-pick", str(file), "--out", str(out))
    assert ended.exit_code == 0, ended.output
    shown = np.asarray(Image.open(out / "card-1-front.png").convert("RGB"))
    assert np.array_equal(shown, picture(planes))
    told = json.loads((out / "card-2.json").read_text())
    assert told["sides"][0]["planes"] == {"B": 3840, "G": 3840, "R": 3840, "K": 640}
    assert not (out / "card-1-back.png").exists()


def test_decode_of_damage(tmp_path: Path) -> None:
    file, out = tmp_path / "job", tmp_path / "out"
    file.write_bytes(job(pattern(6)) + job(pattern(7))[:-5])
    words = ("--out", str(out))
    assert one_line(run("decode", "tiny-pick", str(file), *words), 2).startswith("offset ")
    assert sorted(p.name for p in out.iterdir()) == ["card-1-front.png", "card-1.json"]


def test_decode_without_model_or_file(tmp_path: Path) -> None:
    file, words = tmp_path / "job", ("--out", str(tmp_path / "out"))
    assert "job: No such file" in one_line(run("decode", "tiny-pick", str(file), *words), 2)
    file.write_bytes(job(pattern(6)))
    assert "no-such" in one_line(run("decode", "no-such", str(file), *words), 2)
    (tmp_path / "out").write_bytes(b"")
    assert "out" in one_line(run("decode", "tiny-pick", str(file), *words), 2)
