"""What is typed and what is written: words that are no names, bytes that are no text, a reader who goes away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.commands import Command, Losing
from tests.api.office import Office

NO_TEXT = os.fsdecode(b"a\xff")


@pytest.fixture
def job_file(office: Office, tmp_path: Path) -> str:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(office.body()))
    return str(path)


@pytest.mark.parametrize("word", ["../printers", "..", "", "tango?x", "a b", "%2e", NO_TEXT])
@pytest.mark.parametrize("noun", [("job", "show"), ("job", "cancel"), ("printer", "pause")])
def test_a_word_that_is_no_name_leads_nowhere_else(
    command: Command, cable: Losing, noun: tuple[str, str], word: str
) -> None:
    """`job show ../printers` once showed the printers, and `printer pause tango?x` would pause tango."""
    code, out, err = command(*noun, word)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "not-found: nothing is called" in err
    assert cable.keys == [], "nothing was asked"


@pytest.mark.parametrize("wish", [f"reference={NO_TEXT}", f"values.name={NO_TEXT}"])
def test_bytes_that_are_no_text_are_a_line(command: Command, job_file: str, wish: str) -> None:
    code, out, err = command("job", "submit", job_file, "--set", wish)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no UTF-8 text" in err


@pytest.mark.parametrize("key", ["", "é", "a\nb", "a b", "k" * 201, NO_TEXT])
def test_a_key_that_protects_nothing_is_refused_before_anything_is_sent(
    command: Command, cable: Losing, job_file: str, key: str
) -> None:
    """An empty one came from an unset variable, and meant a fresh key for each repetition."""
    code, _, err = command("job", "submit", job_file, "--key", key)
    assert code == 2
    assert "--key: write 1 to 200 visible ASCII characters" in err
    assert cable.keys == []


@pytest.mark.parametrize("act", ["cancel", "hold", "release", "reprint"])
def test_every_act_on_a_job_takes_a_key(
    command: Command, cable: Losing, office: Office, act: str
) -> None:
    command("job", act, office.job(), "--key", f"K-{act}")
    assert cable.keys[-1] == f"K-{act}"


def test_a_token_that_no_header_carries_is_a_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRINTSTATION_TOKEN", "a\nb")
    code, _, err = command("stock", "show")
    assert code == 2
    assert "PRINTSTATION_TOKEN" in err


def test_a_url_of_another_kind_is_no_station(tmp_path: Path) -> None:
    ended = run(tmp_path, "job", "list", "--url", "ftp://x")
    assert ended.returncode == 2
    assert ended.stderr == "printstation: ftp://x is no URL of a station\n"


def test_a_picture_that_is_not_there_is_named_once(command: Command, job_file: str) -> None:
    _, _, err = command("job", "submit", job_file, "--set", "photo=@nowhere.jpg")
    assert err == "printstation: picture nowhere.jpg cannot be read: No such file or directory\n"


# ------------------------------------------------------------------------------- stdout
def run(folder: Path, *arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": folder, **how}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "printstation.cli", *arguments], text=True, check=False, **options
    )


def test_a_full_disk_behind_stdout_is_a_line(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = run(tmp_path, "layout", "list", stdout=full)
    assert ended.returncode == 2
    assert ended.stderr == "printstation: No space left on device\n"


def test_a_reader_that_went_away_is_no_failure(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = run(tmp_path, "layout", "list", "--json", stdout=writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_closed_stdout_is_no_failure(tmp_path: Path) -> None:
    script = f"{sys.executable} -m printstation.cli layout check specimen-resident >&-"
    ended = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_terminal_without_our_letters_still_gets_the_answer(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ended = run(tmp_path, "printer", "temperature", "--help", env=environment)
    assert ended.returncode == 0
    assert "celsius" in ended.stdout.lower()


def test_the_version_is_told() -> None:
    ended = run(Path.cwd(), "--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith("printstation ")


def test_layouts_are_listed_for_programs_too(command: Command) -> None:
    code, out, _ = command("layout", "list", "--json")
    assert code == 0
    (layout,) = json.loads(out)
    assert (layout["name"], layout["sides"]) == ("specimen-resident", ["front", "back"])
