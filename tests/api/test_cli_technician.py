"""The commands of a technician, against the real API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from drivers import Condition, Identity, Reason, Status, Tap
from printstation.cli import technician
from printstation.diagnostics import settings as rules
from printstation.station import Station
from printstation.store import units
from tests.api import commands

AT = "2026-11-25T00:00:00.000Z"


class Said(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture(name="command")
def said(command: commands.Command) -> Command:
    """By name instead of by place."""
    return lambda *arguments: Said(*command(*arguments))


@pytest.fixture
def seen(station: Station) -> Station:
    """`tango` as its worker saw it, with a setting that changed."""
    sight = station.sight_of("tango")
    sight.identity = Identity("Magicard", "Tango 2e", "T2E-0001", "1.7")
    status = Status(Condition.STOPPED, (Reason("media-empty", "11:01"),), "11:01 hopper empty")
    sight.saw(status, AT)
    with station.store.write() as tx:
        units.meet(tx, "T2E-0001", "tango2e", False)
        units.set_printer(tx, "tango", serial="T2E-0001")
        rules.note(tx, "tango", "T2E-0001", {"firmware": "1.7"})
        rules.note(tx, "tango", "T2E-0001", {"firmware": "1.8"})
    worker = next(w for w in station.workers if w.view.name == "tango")
    object.__setattr__(worker.view, "serial", "T2E-0001")
    return station


def test_status_is_told_in_words(seen: Station, command: Command) -> None:
    said = command("printer", "status", "tango").out
    assert "T2E-0001" in said and "11:01" in said and "media-empty" in said
    assert "settings --accept" in said
    told = json.loads(command("printer", "status", "tango", "--json").out)
    assert told["settings"]["changes"] == [{"setting": "firmware", "accepted": "1.7", "now": "1.8"}]


def test_a_printer_that_is_not_held_is_told_as_well(station: Station, command: Command) -> None:
    said = command("printer", "status", "enduro").out
    assert "not held" in said and "never met" in said


def test_settings_are_shown_and_accepted(seen: Station, command: Command) -> None:
    assert "changed by themselves" in command("printer", "settings", "tango").out
    done = command("printer", "settings", "tango", "--accept", "--by", "tini")
    assert "as accepted" in done.out
    assert "tells no settings" in command("printer", "settings", "enduro").out


def test_a_test_card_is_asked_for(station: Station, command: Command) -> None:
    said = command("printer", "test", "tango", "--by", "tini").out
    assert said.startswith("test job ") and "pending" in said


def test_a_refusal_is_one_line(station: Station, command: Command) -> None:
    done = command("printer", "reject", "tango", "--by", "tini")
    assert done.code == 1 and done.err.startswith("printstation: wrong-printer: ")
    done = command("printer", "eject", "enduro", "--by", "tini")
    assert done.code == 1 and done.err.startswith("printstation: printer-stopped: ")


def _tap(station: Station) -> Tap:
    tap = station.tap_of("tango")
    assert tap is not None
    return tap


def test_a_trace_is_written_for_its_owner_alone_and_forgotten(
    station: Station, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap, out = _tap(station), tmp_path / "wire.jsonl"

    def meanwhile(*_: object) -> None:
        tap.between_cards()
        tap.out(b"\x01,REQ,ERR,\x1c\x03")

    monkeypatch.setattr(technician, "_wait", meanwhile)
    said = command("printer", "trace", "tango", "--out", str(out), "--by", "tini").out
    assert "1 events" in said and "pictures of everybody" not in said
    assert out.stat().st_mode & 0o777 == 0o600
    head, event = map(json.loads, out.read_text().splitlines())
    assert (head["model"], event["kind"]) == ("tango2e", "out")
    assert tap.record() is None
    again = command("printer", "trace", "tango", "--out", str(out), "--by", "tini")
    assert again.code == 2 and "is there already" in again.err


def test_a_trace_with_images_warns(
    station: Station, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(technician, "_wait", lambda *_: None)
    out = tmp_path / "wire.jsonl"
    said = command("printer", "trace", "tango", "--images", "--out", str(out), "--by", "tini").out
    assert "pictures of everybody" in said
    assert json.loads(out.read_text().splitlines()[0])["images"] is True


def test_a_trace_that_is_refused_leaves_no_file(
    station: Station, command: Command, tmp_path: Path
) -> None:
    assert _tap(station).start(60, False, {})
    out = tmp_path / "wire.jsonl"
    refused = command("printer", "trace", "tango", "--out", str(out), "--by", "tini")
    assert refused.code == 1 and refused.err.startswith("printstation: trace-runs: ")
    assert not out.exists()
