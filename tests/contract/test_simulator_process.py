"""`printstation-sim` as a process: its address lines, its ends, and what survives them.

Each start costs about a second of imports, hence `slow`.
"""

from __future__ import annotations

import io
import socket
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import usbip as peer
from PIL import Image
from usbip import host as peer_host

from tests.contract.cable_kit import IN, OUT, BareHost
from tests.contract.simulator_process import Simulator, job, pattern, picture

pytestmark = pytest.mark.slow

READY, DEADLINE_S = b"\x18", 10.0
ANYWHERE = ("--usbip", "127.0.0.1:0", "--control", "127.0.0.1:0")
Starter = Callable[..., Simulator]

OFFICE = """
[[printers]]
name = "left"
device = "tiny-pick"
hopper = 5

[[printers]]
name = "right"
device = "tiny-eject"
hopper = 5
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulator for the tests that neither end it nor mind what others left in its trays."""
    office = tmp_path_factory.mktemp("office") / "office.toml"
    office.write_text(OFFICE, encoding="utf-8")
    simulator = Simulator("--office", str(office), "--speed", "1000", *ANYWHERE)
    yield simulator
    simulator.end(kill=True)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Starts simulators of two tiny printers and leaves none behind."""
    office = tmp_path / "office.toml"
    office.write_text(OFFICE, encoding="utf-8")
    started: list[Simulator] = []

    def start(*options: str, speed: float = 1000, where: tuple[str, ...] = ANYWHERE) -> Simulator:
        words = ("--office", str(office), "--speed", str(speed), *where, *options)
        started.append(Simulator(*words))
        return started[-1]

    yield start
    for simulator in started:
        if simulator.process.poll() is None:
            simulator.end(kill=True)


def host_of(simulator: Simulator, name: str = "left") -> BareHost:
    uris = {p["name"]: p["uri"] for p in simulator.ask("/printers")}
    host = BareHost(simulator.usbip[1])
    assert host.attach(uris[name].rsplit("/", 1)[1]) == 0
    return host


def write(host: BareHost, data: bytes) -> None:
    host.submit(OUT, data)
    _command, _seq, status, actual, _ = host.reply()
    assert (status, actual) == (0, len(data))


def wait_for_card(
    simulator: Simulator, place: str = "output", but: str = "", whole: bool = False
) -> str:
    """The id of the first card there, as soon as one is; `whole`: with all planes on its front."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        for card in simulator.cards():
            printed = card["sides"]["front"]["printed"] == ["B", "G", "R", "K"]
            if card["place"] == place and card["id"] != but and (printed or not whole):
                return str(card["id"])
    raise AssertionError(f"no card came to {place}: {simulator.cards()}")


def front(simulator: Simulator, card: str) -> np.ndarray:
    png = simulator.fetch(f"/world/cards/{card}/front.png")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_independent_client_prints_a_card(shared: Simulator) -> None:
    simulator = shared
    cable = peer.USBIP(*simulator.usbip)
    listed = peer_host.list_devices(cable)
    assert len(listed) == 2
    planes = pattern(1)
    with peer_host.open(busid=listed[0]["busid"], transport=cable) as handle:
        device_id = handle.control(0xA1, 0, 0, 0, 1024)
        assert int.from_bytes(device_id[:2], "big") == len(device_id)
        assert b"MDL:tiny-pick" in device_id
        assert handle.control(0xA1, 1, 0, 0, 1) == READY
        data = job(planes)
        sent = 0
        while sent < len(data):
            sent += handle.bulk_out(OUT, data[sent : sent + 512])
        card = wait_for_card(simulator)
        handle.bulk_out(OUT, b"\x01,REQ,ERR,\x1c\x03")
        assert b"OK" in handle.bulk_in(IN, 64)
    assert np.array_equal(front(simulator, card), picture(planes))
    with pytest.raises(urllib.error.HTTPError, match="304"):
        simulator.fetch(f"/world/cards/{card}/front.png", known=True)
    assert simulator.cards()[0]["sides"]["front"]["printed"] == ["B", "G", "R", "K"]
    assert [c["place"] for c in simulator.cards()].count("hopper") == 9
    with pytest.raises(urllib.error.HTTPError, match="404"):
        simulator.fetch(f"/world/cards/{card}/back.png")


def test_a_killed_simulator_keeps_its_world_and_its_port(start: Starter, tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"))
    simulator = start(*state)
    host = host_of(simulator)
    planes = pattern(2)
    write(host, job(planes))
    card = wait_for_card(simulator)
    armed = simulator.ask("/printers/right/faults", {"fault": "jam", "phase": "eject"})["id"]
    write(host, job(pattern(3))[:3000])  # half a job: forgotten by the power cut
    before = simulator.ask("/printers")
    simulator.end(kill=True)

    name, port = simulator.usbip
    address = simulator.control.removeprefix("http://")
    again = start(*state, where=("--usbip", f"{name}:{port}", "--control", address))
    assert again.usbip == simulator.usbip
    assert np.array_equal(front(again, card), picture(planes))
    assert [f["id"] for f in again.ask("/printers/right/faults")] == [armed]
    for old, new in zip(before, again.ask("/printers"), strict=True):
        assert (old["name"], old["uri"], old["counters"]) == (
            new["name"],
            new["uri"],
            new["counters"],
        )
    planes = pattern(4)
    write(host_of(again), job(planes))
    # The card that waited for the other half of job 3 came out blank at power-on.
    second = wait_for_card(again, but=card, whole=True)
    assert np.array_equal(front(again, second), picture(planes))


def test_a_card_in_the_path_survives_the_kill(start: Starter, tmp_path: Path) -> None:
    """Killed between two planes: the same card comes out at power-on, no other, none is lost."""
    state = ("--state", str(tmp_path / "state"))
    simulator = start(*state)
    host = host_of(simulator)
    data = job(pattern(5))
    write(host, data[: len(data) - 100])
    card = wait_for_card(simulator, place="path")
    simulator.end(kill=True)
    again = start(*state)
    assert wait_for_card(again, place="output") == card
    assert len(again.cards()) == 10


def test_sigterm_ends_it_at_once(start: Starter, tmp_path: Path) -> None:
    """With a host that holds a parked transfer, and a browser that keeps its connection."""
    simulator = start("--state", str(tmp_path / "state"))
    host = host_of(simulator)
    host.submit(IN, size=64)
    address = ("127.0.0.1", int(simulator.control.rsplit(":", 1)[1]))
    with socket.create_connection(address) as browser:
        browser.sendall(b"GET /clock HTTP/1.1\r\nHost: x\r\n\r\n")
        assert browser.recv(12) == b"HTTP/1.1 200"
        began = time.monotonic()
        assert simulator.end() == (0, "")
        assert time.monotonic() - began < 2
    assert host.ended()


def test_unplug_and_power_off_by_the_control_api(shared: Simulator) -> None:
    simulator = shared
    for off, on in (("unplug", "replug"), ("power-off", "power-on")):
        host, other = host_of(simulator), host_of(simulator, "right")
        simulator.ask("/printers/left/acts", {"act": off})
        assert host.ended()
        assert len(peer_host.list_devices(peer.USBIP(*simulator.usbip))) == 1
        assert other.control(0xA1, 1, size=1) == READY
        other.close()
        simulator.ask("/printers/left/acts", {"act": on})
