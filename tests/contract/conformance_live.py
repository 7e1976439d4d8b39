"""A bench whose cable is real: USB/IP, a pseudo-terminal or TCP to the simulator on a loop of its own.

The simulator's clock goes on by itself (so that answers come) and leaps whenever the host waits (so that a card
costs nothing): nothing here depends on how fast the machine is. Only what needs a hand on the cable is left out.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from drivers import DeviceBusy, DeviceGone, Driver, Model, open_driver
from simulator import addresses, hands
from simulator.heartbeat import Heartbeat
from simulator.line_ports import Lines
from simulator.lines import CardLine
from simulator.simclock import SimClock
from simulator.usbip.server import CableServer
from simulator.world import Card
from tests.contract.conformance_bench import BLANKS, Bench
from tests.contract.conformance_units import Unit
from tests.unit.drivers.memory_port import Time

T = TypeVar("T")

#: How many simulated seconds pass in a real one by themselves: an answer comes after some milliseconds, and
#: a movement of half a second outlasts any pause of a loaded machine.
SPEED = 10.0
#: A loop that does not answer for so long is dead.
DEAD_S = 30.0
#: Which real cables a family has.
LIVE_CABLES = {
    "magicard": ("usbip",),
    "evolis": ("usbip", "serial", "tcp"),
    "matica": ("usbip",),
}


class LeapingTime(Time):
    """The host's clock and the simulator's: real time, and every wait at once."""

    def __init__(self) -> None:
        self.leapt = 0.0
        self.sim = SimClock(SPEED, lambda: time.monotonic() + self.leapt / SPEED)
        self.call: Callable[[Callable[[], None]], None] = lambda act: act()

    @property
    def now(self) -> float:
        return self.sim.now()

    @now.setter
    def now(self, seconds: float) -> None:
        self.sleep(seconds - self.now)

    def sleep(self, seconds: float) -> None:
        def leap() -> None:
            self.leapt += seconds

        self.call(leap)


class LiveBench(Bench):
    """One unit on a real cable. To be closed."""

    def __init__(self, unit: Unit, cable: str, blanks: int = BLANKS) -> None:
        super().__init__(unit, "usb", blanks)
        self.kind = cable
        self.clock = self._time = LeapingTime()
        self._time.call = self._on_loop
        self.device.attach = cable
        self._heartbeat = Heartbeat([self.device], self._time.sim, lambda: None)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.uri = self._serve(cable)

    def _serve(self, cable: str) -> str:
        bound = addresses.bind(addresses.parse("127.0.0.1:0"))
        if cable == "usbip":
            server = CableServer([self.device], self._heartbeat)
            self._until(server.start(bound))
            self._end = server.close
            return f"usbip://{addresses.address_of(bound)}/{self.device.busid}"
        lines = Lines([CardLine(self.device, self._heartbeat)], self._heartbeat, {"p": bound})
        self._until(lines.start())
        self._end = lines.close
        if cable != "tcp":
            bound.close()
        return self.device.uri

    def _until(self, done: Any) -> None:
        asyncio.run_coroutine_threadsafe(done, self._loop).result(DEAD_S)

    def _on_loop(self, act: Callable[[], T]) -> T:
        """Run it on the simulator's thread, between two beats."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                self._heartbeat.beat()
                result = act()
                self._heartbeat.beat()
            except Exception as error:  # noqa: BLE001 - raised again in the test's thread
                done.set_exception(error)
            else:
                done.set_result(result)

        self._loop.call_soon_threadsafe(run)
        return done.result(DEAD_S)

    def close(self) -> None:
        """Host and simulator go."""
        if self._driver is not None:
            self._driver.close()

        def end() -> None:
            self._heartbeat.stop()
            self._end()
            self._loop.call_soon(self._loop.stop)

        self._loop.call_soon_threadsafe(end)
        self._thread.join(DEAD_S)
        self._loop.close()

    # ------------------------------------------------------------------ the host
    def connect(self, model: Model | None = None, busy_wait_s: float = 0.0) -> Driver:
        return open_driver(self.uri, model or self.model, self.clock, busy_wait_s)

    def restart(self) -> Driver:
        if self._driver is not None:
            self._driver.close()  # what the system does for a process that was killed
        self._driver = self.connect()
        return self._driver

    @property
    def tells_loss(self) -> bool:
        """A serial line stays where it is when the printer at its end goes."""
        return self.kind != "serial"

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        """A raw port has no word for "busy"."""
        return (DeviceGone,) if self.kind == "tcp" else (DeviceBusy,)

    # ------------------------------------------------------------------ time, hands and the truth
    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def refill(self) -> None:
        body = self.device.body
        self._on_loop(lambda: hands.load(body, BLANKS - len(body.hopper)))

    def act(self, act: str) -> None:
        self._on_loop(lambda: self.office.act("p", act, None, self._time.now))

    def arm(self, fault: str, **where: Any) -> None:
        self._on_loop(lambda: self.office.arm("p", {"fault": fault, **where}))

    @property
    def revision(self) -> int:
        return self._on_loop(lambda: self.office.world.revision)

    def cards(self, *places: str) -> list[Card]:
        everything = self._on_loop(lambda: list(self.office.world.cards.values()))
        return [card for card in everything if card.place in places]
