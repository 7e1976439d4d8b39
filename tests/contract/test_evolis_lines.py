"""The Evolis driver over a real pseudo-terminal and a real TCP connection to the simulator's lines."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from PIL import Image

from drivers import (
    Before,
    Condition,
    DeviceGone,
    Driver,
    DriverError,
    Face,
    FeedBroken,
    TransferTimeout,
    model,
    open_driver,
    open_port,
)
from printstation.cli import check
from simulator import addresses, hands
from simulator.heartbeat import Heartbeat
from simulator.line_ports import Lines
from simulator.lines import CardLine
from simulator.office import Office
from simulator.simclock import SimClock

T = TypeVar("T")

SPEED = 100.0
#: Its answers come within a millisecond here; a silent line is not waited for as long as a real one.
MODEL = replace(model("dualys3-k"), reply_s=0.25)
BLANKS = 20
SERIALS = {"serial": "SIM-S", "tcp": "SIM-T"}


class FastClock:
    """The driver's clock, as fast as the printers'."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def monotonic(self) -> float:
        return time.monotonic() * SPEED

    def sleep(self, seconds: float) -> None:
        self._never.wait(seconds / SPEED)


class Lined:
    """Two printers on their lines, on a loop in a thread of its own."""

    def __init__(self) -> None:
        rows = [
            {"name": kind, "device": MODEL.name, "attach": kind, "serial": serial, "hopper": BLANKS}
            for kind, serial in SERIALS.items()
        ]
        self.office = Office(rows, lambda: datetime.now(UTC))
        self.clock = SimClock(SPEED)
        printers = list(self.office.printers.values())
        self.heartbeat = Heartbeat(printers, self.clock, lambda: None)
        sockets = {"tcp": addresses.bind(addresses.parse("127.0.0.1:0"))}
        lines = [CardLine(printer, self.heartbeat) for printer in printers]
        self._loop = asyncio.new_event_loop()
        self.lines = Lines(lines, self.heartbeat, sockets)
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.lines.start(), self._loop).result(5)

    def call(self, act: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def run() -> None:
            self.heartbeat.beat()
            result = act()
            self.heartbeat.beat()
            done.set_result(result)

        self._loop.call_soon_threadsafe(run)
        return done.result(5)

    def close(self) -> None:
        def end() -> None:
            self.heartbeat.stop()
            self.lines.close()
            self._loop.call_soon(self._loop.stop)

        self._loop.call_soon_threadsafe(end)
        self._thread.join(5)
        self._loop.close()


class Desk:
    """One printer of the two, and whoever speaks to it."""

    def __init__(self, lined: Lined, kind: str) -> None:
        self._lined = lined
        self.kind = kind
        self.uri = lined.office.printer(kind).uri
        self.driver: Driver | None = None

    def open(self) -> Driver:
        self.close()
        self.driver = open_driver(self.uri, MODEL, FastClock())
        return self.driver

    def close(self) -> None:
        if self.driver is not None:
            self.driver.close()
            self.driver = None

    def act(self, act: str) -> None:
        now = self._lined.clock.now
        self._lined.call(lambda: self._lined.office.act(self.kind, act, None, now()))

    def fill(self) -> None:
        """Blanks are laid in again."""
        printer = self._lined.office.printer(self.kind)
        self._lined.call(lambda: hands.load(printer.body, BLANKS - len(printer.body.hopper)))

    def arm(self, fault: str, **where: object) -> None:
        self._lined.call(lambda: self._lined.office.arm(self.kind, {"fault": fault, **where}))

    def powered(self) -> bool:
        shown = self._lined.call(lambda: self._lined.office.printer_json(self.kind))
        return bool(shown["state"]["power"])

    def places(self) -> list[str]:
        cards = self._lined.call(self._lined.office.world_json)["cards"]
        mine = [card for card in cards if card["printer"] == self.kind]
        return sorted(card["place"] for card in mine if card["place"] != "hopper")


@pytest.fixture(scope="module")
def lined() -> Iterator[Lined]:
    running = Lined()
    yield running
    running.close()


@pytest.fixture(params=SERIALS)
def desk(lined: Lined, request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(lined, request.param)
    yield desk
    desk.close()
    for act in ("replug", "power-on", "clear-jam", "close-cover", "take-cards"):
        desk.act(act)


def face() -> Face:
    size = (MODEL.width_px, MODEL.height_px)
    return Face(Image.linear_gradient("L").resize(size).convert("RGB"), Image.new("L", size, 0))


def watch(driver: Driver) -> Condition:
    clock = FastClock()
    while True:
        condition = driver.status().condition
        if condition is Condition.STOPPED or not driver.observed().may_still_move:
            return condition
        clock.sleep(1.0)


def test_a_card_and_then_another(desk: Desk) -> None:
    driver = desk.open()
    before = desk.places().count("output")
    for _ in range(2):
        driver.feed(driver.stage([face()]))
        assert watch(driver) is Condition.READY
        seen = driver.outcome(Before(None, None, None))
        assert (seen.serial, seen.path, seen.errors) == (SERIALS[desk.kind], False, ())
    assert desk.places().count("output") == before + 2


def test_a_jam_is_named_and_cleared(desk: Desk) -> None:
    driver = desk.open()
    desk.arm("jam", phase="K")
    driver.feed(driver.stage([face()]))
    assert watch(driver) is Condition.STOPPED
    assert [r.keyword for r in driver.observed().errors] == ["media-jam"]
    desk.act("clear-jam")
    driver.discard()
    assert driver.outcome(Before(None, None, None)).path is False


def test_a_printer_that_takes_nothing_for_a_while(desk: Desk) -> None:
    """What it does not take stays in the system's buffers until a write finds no room."""
    driver = desk.open()
    desk.arm("busy", byte=20_000, seconds=10)
    driver.feed(driver.stage([face()]))
    assert watch(driver) is Condition.READY


def test_an_error_in_mid_panel_is_named_and_cleared(desk: Desk) -> None:
    """At the speed of a real line every error strikes in some panel: its length decides where it ends, and only
    then does the printer say what happened (evolis.md §2, §7: the host reads the reply, then Scs)."""
    driver = desk.open()
    desk.arm("busy", byte=20_000, seconds=20)
    desk.arm("hopper-empty")
    with pytest.raises(FeedBroken, match="FEEDER EMPTY"):
        driver.feed(driver.stage([face()]))
    assert [r.keyword for r in driver.observed().errors] == ["media-empty"]
    desk.fill()
    driver.discard()
    seen = driver.outcome(Before(None, None, None))
    assert (seen.drew_no_card, seen.path) == (True, False)
    driver.feed(driver.stage([face()]))
    assert watch(driver) is Condition.READY


def test_a_host_that_died_in_mid_panel(desk: Desk) -> None:
    """The next one brings the parser to idle without a reset, and its card is its own."""
    whole = b"".join(desk.open().stage([face()]).payload)
    desk.close()
    port = open_port(desk.uri)
    sent = 0
    part = whole[: len(whole) // 2]
    while sent < len(part):
        sent += port.write(part[sent:], 1.0)
    port.close()
    driver = desk.open()
    driver.discard()
    desk.act("take-cards")
    driver.feed(driver.stage([face()]))
    assert watch(driver) is Condition.READY
    assert desk.places().count("output") == 1


def test_the_cable_is_pulled_and_put_back(desk: Desk) -> None:
    """TCP ends the connection; a serial line is only silent."""
    driver = desk.open()
    desk.act("unplug")
    with pytest.raises(DeviceGone if desk.kind == "tcp" else TransferTimeout):
        driver.status()
    desk.close()
    with pytest.raises(DriverError):
        desk.open()
    desk.act("replug")
    assert desk.open().identify().serial == SERIALS[desk.kind]


def test_the_power_is_cut(desk: Desk) -> None:
    driver = desk.open()
    desk.arm("power-loss", phase="K")
    driver.feed(driver.stage([face()]))
    if desk.kind == "tcp":
        with pytest.raises(DeviceGone):
            watch(driver)
    while desk.powered():
        FastClock().sleep(1.0)
    desk.close()
    desk.act("power-on")
    driver = desk.open()
    driver.discard()
    assert driver.outcome(Before(None, None, None)).path is False


def test_two_programs_on_one_line(desk: Desk) -> None:
    driver = desk.open()
    with pytest.raises(DriverError):
        open_driver(desk.uri, MODEL, FastClock())
    assert driver.status().condition is Condition.READY


# ------------------------------------------------------------------------------- which model
def test_its_address_alone_tells_printer_check_the_model(desk: Desk) -> None:
    """No id tells what hangs on a line: the device is asked its name as each model of the family."""
    assert [found.name for found in check.fitting(None, desk.uri, None)] == [MODEL.name]
