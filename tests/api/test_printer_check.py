"""`printer check URI` and `printer calibrate NAME` as a technician types them, at simulated printers."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from printstation.acts import stock
from printstation.acts.request import Request
from printstation.config import Config
from printstation.station import open_station, take_lock
from simulator.office import Office
from simulator.printer import CardPrinter
from tests.api.commands import Command
from tests.contract.cable_kit import ServerThread
from tests.contract.conformance_cable import Cable
from tests.unit.printstation.diagnostics.calibration_kit import Shared
from tests.unit.printstation.store.kit import TestClock

ANEW = Request(None, "test", b"hash")


@pytest.fixture
def printers() -> dict[str, CardPrinter]:
    rows = [
        {"name": name, "device": name, "hopper": 3} for name in ("tango2e", "zenius", "xid580i")
    ]
    return Office(rows, lambda: datetime.now(UTC)).printers


@pytest.fixture
def server(printers: dict[str, CardPrinter]) -> Iterator[ServerThread]:
    server = ServerThread(*printers.values())  # type: ignore[arg-type]
    yield server
    server.close()


@pytest.fixture
def tango(server: ServerThread) -> str:
    return f"usbip://127.0.0.1:{server.port}/1-1"


def configured(folder: Path, uri: str, model: str = "tango2e") -> Path:
    path = folder / "printstation.toml"
    path.write_text(
        'data_dir = "office"\nmin_free_mb = 0\n\n[[printers]]\n'
        f'name = "left"\nmodel = "{model}"  # as on its label\nuri = "{uri}"\n'
    )
    return path


# ------------------------------------------------------------------------------- check
def test_it_says_what_was_proved_and_what_not(
    command: Command, tango: str, printers: dict[str, CardPrinter]
) -> None:
    code, out, err = command("printer", "check", tango)
    assert (code, err) == (0, "")
    assert "model tango2e" in out and "0 broken" in out
    assert "  proved      it tells a serial number of its own: SIM00001\n" in out
    assert "  not proved  what is fed lies on the card: no printer can say so." in out
    assert printers["tango2e"].body.tally.picks == 0


@pytest.mark.slow  # full-size pictures of two retransfer sides are packed: 0.3 s
def test_programs_read_it(command: Command, server: ServerThread) -> None:
    uri = f"usbip://127.0.0.1:{server.port}/1-3"
    code, out, _ = command("printer", "check", uri, "--json")
    found = json.loads(out)
    assert (code, found["model"], found["family"]) == (0, "xid580i", "matica")
    assert {row["verdict"] for row in found["findings"]} == {"proved", "not proved"}


def test_of_models_with_the_same_ids_the_one_that_answers_is_tried_and_the_others_are_said(
    command: Command, server: ServerThread
) -> None:
    """An address alone is enough: the device is asked its name as each of them."""
    uri = f"usbip://127.0.0.1:{server.port}/1-2"
    code, out, err = command("printer", "check", uri)
    assert (code, err) == (0, "")
    assert f"{uri}, model zenius (" in out and "0 broken" in out
    assert (
        "  taken as zenius; it answers as zenius-ko would, too: --model says which it is\n" in out
    )
    found = json.loads(command("printer", "check", uri, "--json")[1])
    assert (found["model"], found["answers_as_well_as"]) == ("zenius", ["zenius-ko"])
    code, out, _ = command("printer", "check", uri, "--model", "zenius-ko")
    assert (code, "it answers as" in out) == (0, False)


def test_another_model_is_refused_with_both_names(command: Command, tango: str) -> None:
    code, out, err = command("printer", "check", tango, "--model", "alto")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "configured is alto, found is RioTango2D (0c1f:1800), which is tango2e" in err


def test_held_by_a_program_it_is_busy_elsewhere(
    command: Command, tango: str, server: ServerThread
) -> None:
    from drivers import open_port

    held = open_port(tango)
    try:
        code, _, err = command("printer", "check", tango, "--model", "tango2e")
    finally:
        held.close()
    assert (code, err.count("\n")) == (2, 1)
    assert "busy elsewhere" in err and "stop it (SIGTERM to `printstation serve`)" in err


def test_while_its_station_runs_the_printer_is_not_even_touched(
    command: Command, tango: str, tmp_path: Path, printers: dict[str, CardPrinter]
) -> None:
    configured(tmp_path, tango)
    (tmp_path / "office").mkdir()
    connection = printers["tango2e"].receiver.parser.offset
    with take_lock(tmp_path / "office"):
        code, _, err = command("printer", "check", tango)
    assert code == 2 and "busy elsewhere: another printstation (process" in err
    assert printers["tango2e"].receiver.parser.offset == connection
    assert command("printer", "check", tango)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tango",), "is no printer address"),
        (("usb://0c1f:1800", "--model", "rio"), "unknown printer model 'rio'; known are"),
        (("tcp://127.0.0.1:1",), "does not answer"),
        (("usbip://127.0.0.1:1/1-1",), "does not answer"),
        (("tcp://127.0.0.1:1", "--model", "zenius"), "does not answer"),
    ],
)
def test_what_cannot_be_tried_is_one_line(
    command: Command, arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = command("printer", "check", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err


# ------------------------------------------------------------------------------- calibrate
@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Cable]]:
    """A configured Tango of kind *pick* on a cable in memory, with specimen blanks, its station stopped."""
    clock = TestClock()
    path = configured(tmp_path, "usbip://127.0.0.1:1/1-1")
    rows = [{"name": "left", "device": "tango2e", "serial": "SIM-7", "hopper": 5}]
    device = Office(rows, lambda: datetime.now(UTC)).printer("left")
    cable = Cable(device, Shared(clock), "usb")
    monkeypatch.setattr("printstation.station.SystemClock", lambda speed: clock)
    monkeypatch.setattr("drivers.open_port", lambda uri: cable.plug())
    monkeypatch.setattr("drivers.OPENERS", {"magicard": lambda uri: cable.plug()})
    station = open_station(Config.load(path))
    known: dict[str, Any] = {"card_type": "specimen", "batch": "S1", "by": "ani"}
    stock.receive(station.store, ANEW, delivery="D-1", version="1", count=5, **known)
    stock.load(station.store, ANEW, printer="left", count=5, **known)
    station.stop(now=True)
    yield path, cable


@pytest.mark.slow  # three specimens are drawn and packed at full size: 0.5 s
def test_calibrate_writes_what_it_finds(command: Command, desk: tuple[Path, Cable]) -> None:
    path, cable = desk
    code, out, err = command("printer", "calibrate", "left", "--drawn", "--by", "Ani")
    assert (code, err) == (0, ""), err
    assert 'counter = "pick"' in out and "card 3 drawn: counter 3" in out
    assert f"written to {path.name}" in out
    assert "holds_job is not tried" in out and "It stays false, as the model's file has it" in out
    text = path.read_text()
    assert "  # as on its label\n" in text
    printer = Config.load(path).printer("left")
    assert printer is not None and (printer.counter, printer.path_sensor) == ("pick", None)
    assert printer.print_s is not None and printer.print_s < 180
    assert printer.holds_job is None, "what was not tried is not written"
    assert [p.name for p in path.parent.glob(".printstation*")] == []
    assert cable.device.body.tally.picks == 3


@pytest.mark.slow
def test_a_program_gets_one_document_and_the_file_may_be_left_alone(
    command: Command, desk: tuple[Path, Cable], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word about the third card may come through a pipe."""
    path, _ = desk
    before = path.read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, out, _ = command("printer", "calibrate", "left", "--no-write", "--json", "--by", "Ani")
    found = json.loads(out)
    assert (code, found["counter"], found["written_to"]) == (0, "pick", None)
    assert path.read_text() == before


@pytest.mark.slow
def test_without_a_persons_word_nothing_is_written(
    command: Command, desk: tuple[Path, Cable]
) -> None:
    path, _ = desk
    before = path.read_text()
    code, out, err = command("printer", "calibrate", "left", "--by", "Ani")
    assert (code, out) == (1, "")
    assert "printer left: not proved: nobody saw the third card inside" in err
    assert path.read_text() == before


def test_calibrate_is_refused_while_the_station_runs(
    command: Command, desk: tuple[Path, Cable]
) -> None:
    path, cable = desk
    with take_lock(path.parent / "office"):
        code, _, err = command("printer", "calibrate", "left", "--by", "Ani")
    assert code == 2 and "another printstation (process" in err
    code, _, err = command("printer", "calibrate", "right", "--by", "Ani")
    assert (code, "there is no printer right; there are: left" in err) == (2, True)
    assert cable.device.body.tally.picks == 0
