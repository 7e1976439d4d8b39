"""`printstation-sim` as a process: its address lines, its ends, and what survives them.

Each start costs about a second of imports, hence `slow`.
"""

from __future__ import annotations

import io
import json
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

from tests.contract import simulator_process as kit
from tests.contract.cable_kit import IN, OUT, BareHost
from tests.contract.simulator_process import Simulator, job, pattern, picture, run

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


def wait_for_card(simulator: Simulator, printer: str = "left", place: str = "output") -> str:
    """The id of the first card there, as soon as one is."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        for card in simulator.cards():
            if (card["printer"], card["place"]) == (printer, place):
                return str(card["id"])
    raise AssertionError(f"no card came to {place}: {simulator.cards()}")


def front(simulator: Simulator, card: str) -> np.ndarray:
    png = simulator.fetch(f"/world/cards/{card}/front.png")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_independent_client_prints_a_card(start: Starter) -> None:
    simulator = start()
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

    host, port = simulator.usbip
    address = simulator.control.removeprefix("http://")
    again = start(*state, where=("--usbip", f"{host}:{port}", "--control", address))
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
    until = time.monotonic() + DEADLINE_S
    while (out := [c for c in again.cards() if c["place"] == "output"]) and len(out) < 2:
        assert time.monotonic() < until
    assert np.array_equal(front(again, out[1]["id"]), picture(planes))


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


def test_without_a_state_folder_the_world_starts_anew(start: Starter) -> None:
    simulator = start()
    simulator.ask("/printers/left/load", {"cards": 3})
    simulator.end(kill=True)
    assert len(start().cards()) == 10


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


def test_unplug_and_power_off_by_the_control_api(start: Starter) -> None:
    simulator = start()
    for off, on in (("unplug", "replug"), ("power-off", "power-on")):
        host, other = host_of(simulator), host_of(simulator, "right")
        simulator.ask("/printers/left/acts", {"act": off})
        assert host.ended()
        assert len(peer_host.list_devices(peer.USBIP(*simulator.usbip))) == 1
        assert other.control(0xA1, 1, size=1) == READY
        other.close()
        simulator.ask("/printers/left/acts", {"act": on})


def one_line(ended: kit.subprocess.CompletedProcess[str], code: int) -> str:
    assert ended.returncode == code, ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stdout == ""
    return ended.stderr


def test_a_taken_port(start: Starter) -> None:
    _, port = start().usbip
    taken = f"127.0.0.1:{port}"
    assert taken in one_line(run("serve", "--usbip", taken, "--control", "127.0.0.1:0"), 1)
    assert taken in one_line(run("serve", "--control", taken, "--usbip", "127.0.0.1:0"), 1)


def test_a_state_folder_in_use(start: Starter, tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"))
    start(*state)
    assert "in use" in one_line(run("serve", *ANYWHERE, *state), 2)


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


def test_a_bad_office_file(tmp_path: Path) -> None:
    office = tmp_path / "office.toml"
    office.write_text('[[printers]]\nname = "a"\ndevice = "tiny-pick"\ntypo = 1\n')
    assert "typo" in one_line(run("serve", *ANYWHERE, "--office", str(office)), 2)


def test_decode(tmp_path: Path) -> None:
    planes, file, out = pattern(6), tmp_path / "job", tmp_path / "a" / "out"
    file.write_bytes(job(planes) + job(pattern(7)))
    ended = run("decode", "tiny-pick", str(file), "--out", str(out))
    assert ended.returncode == 0, ended.stderr
    shown = np.asarray(Image.open(out / "card-1-front.png").convert("RGB"))
    assert np.array_equal(shown, picture(planes))
    told = json.loads((out / "card-2.json").read_text())
    assert told["sides"][0]["planes"] == {"B": 3840, "G": 3840, "R": 3840, "K": 640}
    assert not (out / "card-1-back.png").exists()


def test_decode_of_damage(tmp_path: Path) -> None:
    file, out = tmp_path / "job", tmp_path / "out"
    file.write_bytes(job(pattern(6)) + job(pattern(7))[:-5])
    assert one_line(run("decode", "tiny-pick", str(file), "--out", str(out)), 2).startswith(
        "offset "
    )
    assert sorted(p.name for p in out.iterdir()) == ["card-1-front.png", "card-1.json"]
    assert "no-such" in one_line(run("decode", "no-such", str(file), "--out", str(out)), 2)
    assert "gone" in one_line(run("decode", "tiny-pick", "gone", "--out", str(out)), 2)
