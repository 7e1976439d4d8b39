"""The recorder of the wire at every family: it hears what goes over the cable, and leaves the pictures out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

import drivers
from drivers import Record, RecordingPort, Tap, attach
from drivers.transports import recorder
from drivers.transports.port import Port
from tests.contract.conformance_bench import CABLES, Bench
from tests.contract.conformance_units import unit

MODELS = {"magicard": "enduro", "evolis": "primacy", "matica": "xid580i"}
WAYS = [(family, cable) for family, cables in CABLES.items() for cable in cables]


class Heard(Bench):
    """A bench with a recorder between driver and cable."""

    def __init__(self, family: str, cable: str) -> None:
        super().__init__(unit(drivers.model(MODELS[family])), cable)
        tap = drivers.tap(self.model, self.clock)
        assert tap is not None
        self.tap: Tap = tap

    def connect(self, *_: Any, **__: Any) -> drivers.Driver:
        port: Port = RecordingPort(self.cable.plug(), self.tap)
        return attach(port, self.model, self.clock)

    def sent(self) -> bytes:
        """What the device was given on its bulk pipe."""
        return b"".join(part for part in self.cable.sent if isinstance(part, bytes))


@dataclass(frozen=True)
class Told:
    """A record as its file tells it."""

    head: dict[str, Any]
    lines: list[dict[str, Any]]

    @classmethod
    def of(cls, record: Record | None) -> Told:
        assert record is not None
        head, *lines = map(json.loads, record.text().splitlines())
        return cls(head, lines)

    def out(self) -> list[bytes | int]:
        """The OUT stream: bytes, or how many were left out."""
        return [
            bytes.fromhex(line["hex"]) if "hex" in line else line["left_out"]
            for line in self.lines
            if line["kind"] == "out"
        ]


@pytest.mark.parametrize(("family", "cable"), WAYS)
def test_every_byte_is_there_and_no_picture(family: str, cable: str) -> None:
    bench = Heard(family, cable)
    assert bench.tap.start(600, False, {})
    bench.feed(sides=bench.model.sides)
    bench.watch()
    told, sent = Told.of(bench.tap.end()), bench.sent()
    at = 0
    for part in told.out():
        if isinstance(part, bytes):
            assert sent[at : at + len(part)] == part
        at += part if isinstance(part, int) else len(part)
    assert at == len(sent)
    kept = sum(len(part) for part in told.out() if isinstance(part, bytes))
    assert told.head["left_out"] == len(sent) - kept
    # Pictures are noise here: of what is kept nearly nothing is theirs.
    assert kept < 0.25 * len(sent)
    staged = bench.driver.stage([bench.face(1 + n) for n in range(bench.model.sides)])
    pictures = [part for part in staged.payload if len(part) > 2048] or list(staged.payload)
    words = b"\n".join(part for part in told.out() if isinstance(part, bytes))
    for picture in pictures:
        middle = len(picture) // 2
        assert picture[middle : middle + 12] not in words
    assert {"in"} <= {line["kind"] for line in told.lines}
    times = [line["t"] for line in told.lines]
    assert times == sorted(times)


@pytest.mark.parametrize(("family", "cable"), WAYS)
def test_with_images_it_is_the_stream_itself(family: str, cable: str) -> None:
    bench = Heard(family, cable)
    assert bench.tap.start(600, True, {})
    bench.feed()
    told = Told.of(bench.tap.end())
    assert b"".join(part for part in told.out() if isinstance(part, bytes)) == bench.sent()
    assert (told.head["images"], told.head["left_out"]) == (True, 0)


@pytest.mark.parametrize("family", MODELS)
def test_a_skimmer_needs_no_whole_chunks(family: str) -> None:
    bench = Heard(family, CABLES[family][0])
    bench.feed(sides=bench.model.sides)
    stream = bench.sent()
    make = drivers.SKIMMERS[family]
    whole = list(make(bench.model).skim(stream))
    piecemeal = make(bench.model)
    parts = [
        part for at in range(0, len(stream), 7) for part in piecemeal.skim(stream[at : at + 7])
    ]
    for picture in (True, False):
        joined = [
            b"".join(p for is_one, p in found if is_one is picture) for found in (whole, parts)
        ]
        assert joined[0] == joined[1] != b""


@pytest.mark.parametrize("family", MODELS)
def test_what_fits_nothing_is_left_out_until_the_next_start(family: str) -> None:
    bench = Heard(family, CABLES[family][0])
    skimmer = drivers.SKIMMERS[family](bench.model)
    strange = b"\x7f secret of somebody"
    assert [picture for picture, _ in skimmer.skim(strange)] == [True]
    assert [picture for picture, _ in skimmer.skim(strange)] == [True]
    bench.feed()
    skimmer.reset()
    assert {picture for picture, _ in skimmer.skim(bench.sent())} == {True, False}


def test_a_record_that_begins_in_the_middle_of_a_card_keeps_none_of_it() -> None:
    bench = Heard("magicard", "usb")
    driver = bench.driver
    staged = driver.stage([bench.face()])
    wrapped = RecordingPort(bench.cable.holder, bench.tap)  # type: ignore[arg-type]
    stream = b"".join(staged.payload)
    wrapped.write(stream[:1000], 1.0)
    assert bench.tap.start(60, False, {})
    wrapped.write(stream[1000:2000], 1.0)
    assert Told.of(bench.tap.record()).out() == [1000]
    wrapped.soft_reset()
    assert wrapped.write(b"\x01,REQ,ERR,\x1c\x03", 1.0)
    assert Told.of(bench.tap.record()).out()[-1] == b"\x01,REQ,ERR,\x1c\x03"


def test_one_record_at_a_time_that_ends_by_itself_and_is_forgotten() -> None:
    bench = Heard("magicard", "usb")
    assert bench.tap.start(10, False, {"printer": "p"})
    assert not bench.tap.start(10, False, {})
    bench.driver.status()
    before = len(Told.of(bench.tap.record()).lines)
    bench.clock.sleep(11)
    bench.driver.status()
    record = bench.tap.record()
    assert record is not None and record.ended
    assert len(record.lines) == before > 0
    assert bench.tap.start(10, False, {})
    bench.tap.forget()
    assert bench.tap.record() is None


def test_a_record_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MOST_BYTES", 1000)
    bench = Heard("magicard", "usb")
    assert bench.tap.start(600, False, {})
    for _ in range(50):
        bench.driver.status()
    told = Told.of(bench.tap.record())
    assert told.head["full"] and told.lines[-1]["kind"] == "full"
    assert len(json.dumps(told.lines)) < 2000


def test_a_loss_is_in_it() -> None:
    bench = Heard("magicard", "usb")
    driver = bench.driver
    assert bench.tap.start(600, False, {})
    bench.act("unplug")
    with pytest.raises(drivers.DeviceGone):
        driver.status()
    lost = Told.of(bench.tap.record()).lines[-1]
    assert (lost["kind"], lost["what"], lost["error"]) == ("failed", "port-status", "DeviceGone")


def test_a_queue_has_no_wire_of_ours() -> None:
    assert (
        drivers.tap(drivers.model("ipp-card"), Bench(unit(drivers.model("enduro")), "usb").clock)
        is None
    )
