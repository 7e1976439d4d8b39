"""One office: a simulator and a daemon as processes, an application that posts, hands at the printers.

Everything goes through commands, HTTP routes and files as outside programs know them.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from tests.contract.simulator_process import Simulator
from tests.process.daemon import Daemon, command
from tests.process.world import Eyes, WorldCard

T = TypeVar("T")

CARD_TYPE = "ktp-el-wni"
BATCH = "B-1"
#: How much faster than life: a card of two sides takes about 45 s of a printer's time.
SPEED = 15.0
#: Nothing in these offices takes so long, however loaded the machine is.
PATIENCE_S = 60.0
#: The simulator's own limit.
FASTEST = 100_000.0
ENDED = ("completed", "canceled", "aborted")


@dataclass(frozen=True)
class Machine:
    """One printer as the office file and the configuration have it."""

    name: str
    device: str
    blanks: int = 10
    counter: str = "none"
    ribbon: int = 300


MACHINES = (Machine("tango", "tango2e", counter="pick"), Machine("enduro", "enduro"))


class Office:
    """A folder with a simulator's state and a station's data; processes come and go."""

    def __init__(
        self, folder: Path, machines: tuple[Machine, ...] = MACHINES, speed: float = SPEED
    ) -> None:
        self.folder = folder
        self.machines = machines
        self.speed = speed
        self.config = folder / "printstation.toml"
        self._numbers = itertools.count(1)
        self._eyes = Eyes()
        self._http = _client()
        self._addresses = ("127.0.0.1:0", "127.0.0.1:0")
        self._listen = "127.0.0.1:0"
        self._sample: dict[str, Any] = {}
        self._simulator: Simulator | None = None
        self._daemon: Daemon | None = None
        (folder / "office.toml").write_text(
            "".join(
                f'[[printers]]\nname = "{m.name}"\ndevice = "{m.device}"\nribbon = {m.ribbon}\n'
                for m in machines
            )
        )

    # ------------------------------------------------------------------ processes
    @property
    def simulator(self) -> Simulator:
        assert self._simulator is not None, "no simulator runs"
        return self._simulator

    @property
    def daemon(self) -> Daemon:
        assert self._daemon is not None, "no daemon runs"
        return self._daemon

    def start_simulator(self) -> None:
        """With the world that it had; at the addresses that it had."""
        usbip, control = self._addresses
        self._simulator = Simulator(
            *("--office", str(self.folder / "office.toml"), "--speed", str(self.speed)),
            *("--state", str(self.folder / "world")),
            *("--usbip", usbip, "--control", control),
        )
        host, port = self._simulator.usbip
        self._addresses = (f"{host}:{port}", self._simulator.control.removeprefix("http://"))

    def kill_simulator(self) -> None:
        """A power cut of every printer."""
        self.simulator.end(kill=True)
        self._simulator = None

    def start_daemon(self) -> None:
        """With the data that it has; at the port that it had."""
        if not self.config.exists():
            self.write_config()
        self._daemon = Daemon(self.config)
        # Anew for every daemon, so that no connection to a dead one is tried.
        self._http.close()
        self._http = _client()
        # A fixed port from now on: after SIGKILL it must be free at once.
        chosen = self._daemon.url.removeprefix("http://")
        self.config.write_text(self.config.read_text().replace(self._listen, chosen))
        self._listen = chosen

    def kill_daemon(self) -> None:
        self.daemon.kill()
        self._daemon = None

    def stop_daemon(self) -> float:
        """SIGTERM; how long it took."""
        took = self.daemon.terminate()
        self._daemon = None
        return took

    def end(self) -> None:
        if self._daemon is not None:
            self._daemon.end()
        if self._simulator is not None:
            self._simulator.end(kill=True)
        self._daemon = self._simulator = None
        self._http.close()

    def write_config(self, uris: dict[str, str] | None = None) -> None:
        """The configuration, as the simulator's printers ask for it unless `uris` are given."""
        if uris is None:
            uris = {p["name"]: p["uri"] for p in self.simulator.ask("/printers")}
        head = f'data_dir = "data"\nlisten = "{self._listen}"\nclock_speed = {self.speed}\n'
        self.config.write_text(
            head
            + "min_free_mb = 1\n"
            + "".join(
                f'\n[[printers]]\nname = "{m.name}"\nmodel = "{m.device}"\n'
                f'uri = "{uris[m.name]}"\ncounter = "{m.counter}"\n'
                for m in self.machines
            )
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of `printstation` on this office's configuration."""
        return command(self.config, *arguments)

    # ------------------------------------------------------------------ the station's API
    def get(self, path: str, **params: Any) -> Any:
        """A GET that must succeed; a list is given as its items."""
        answer = self._ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return found["items"] if "items" in found and "next" in found else found

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx2.Response:
        """A POST, once; raises a TransportError where the answer is lost."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._ask("POST", path, json=body or {}, headers=headers)

    def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return self._http.request(method, f"http://{self._listen}/v1{path}", **more)

    def act(self, path: str, body: Any = None) -> Any:
        """A POST that must succeed."""
        answer = self.post(path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def stock_up(self) -> None:
        """Blanks for every printer, on both sides of the cable."""
        for machine in self.machines:
            if machine.blanks:
                self.receive_and_load(machine.name, machine.blanks)
                self.fill(machine.name, machine.blanks)

    def receive_and_load(self, printer: str, count: int, card_type: str = CARD_TYPE) -> None:
        """The rows only."""
        kind = {"card_type": card_type, "batch": BATCH, "count": count, "by": "tester"}
        delivery = f"D-{next(self._numbers)}"
        self.act("/stock/receipts", {**kind, "delivery": delivery, "version": "1"})
        self.act("/stock/loads", {**kind, "printer": printer})

    def body(self) -> dict[str, Any]:
        """The job of a resident of its own, as `GET …/samples` shows how."""
        if not self._sample:
            self._sample = self.get("/layouts/specimen-resident/samples/emptiest")
        number = next(self._numbers)
        new = {
            self._sample["resident"]: f"17719901019{number:05d}",
            self._sample["reference"]: f"R-{number:05d}",
        }
        values = {k: new.get(v, v) for k, v in self._sample["values"].items()}
        changed = {name: new[self._sample[name]] for name in ("resident", "reference")}
        return {**self._sample, **changed, "values": values, "card_type": CARD_TYPE}

    def job(self, **changes: Any) -> dict[str, Any]:
        """A posted job."""
        body = {**self.body(), **changes}
        answer = self.post("/jobs", body, key=f"key-{body['reference']}")
        assert answer.status_code == 201, answer.text
        posted: dict[str, Any] = answer.json()
        return posted

    def show(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job as it is now."""
        shown: dict[str, Any] = self.get(f"/jobs/{job['id']}")
        return shown

    def printer(self, name: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.get(f"/printers/{name}")
        return shown

    def reasons(self, name: str) -> set[str]:
        return {reason["keyword"] for reason in self.printer(name)["reasons"]}

    def questions(self, **params: str) -> list[dict[str, Any]]:
        """The open ones."""
        found: list[dict[str, Any]] = self.get("/questions", state="open", **params)
        return found

    # ------------------------------------------------------------------ hands and eyes
    def hand(self, printer: str, act: str) -> None:
        """One act at a simulated printer."""
        self.simulator.ask(f"/printers/{printer}/acts", {"act": act})

    def fill(self, printer: str, cards: int) -> None:
        """Blanks into a hopper; no row is written."""
        self.simulator.ask(f"/printers/{printer}/load", {"cards": cards})

    def arm(self, printer: str, **fault: Any) -> None:
        """Arm a fault."""
        self.simulator.ask(f"/printers/{printer}/faults", fault)

    def device(self, printer: str) -> dict[str, Any]:
        """The state of the simulated printer itself."""
        shown: dict[str, Any] = self.simulator.ask(f"/printers/{printer}")["state"]
        return shown

    def world(self) -> list[WorldCard]:
        """Every card that exists."""
        return self._eyes.look(self.simulator)

    def pass_time(self, seconds: float) -> None:
        """Let so much of the printers' own time pass quickly."""
        end = self.simulator.ask("/clock")["now"] + seconds
        self.pace(FASTEST)
        while self.simulator.ask("/clock")["now"] < end:
            pass
        self.pace(self.speed)

    def pace(self, speed: float) -> None:
        """Another speed for the printers alone."""
        self.simulator.ask("/clock", {"speed": speed}, method="PUT")

    def made(self) -> list[WorldCard]:
        """Every card that left its hopper."""
        return [card for card in self.world() if card.place != "hopper"]

    # ------------------------------------------------------------------ waiting
    def until(self, look: Callable[[], T], what: str, within_s: float = PATIENCE_S) -> T:
        """Look again and again until it is so; fail with the whole story when it is not in time."""
        end = time.monotonic() + within_s
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {within_s:.1f} s: {what}\n{self.story()}")
            self.daemon.breathe()
        return found

    def story(self) -> str:
        """Everything that helps to see why."""
        lines = []
        for noun in ("jobs", "printers", "questions"):
            with contextlib.suppress(httpx2.TransportError):
                lines += [f"{noun}: {_short(item)}" for item in self.get(f"/{noun}")]
        if self._simulator is not None:
            lines += [f"{m.name}: {self.device(m.name)}" for m in self.machines]
            lines += [f"world: {card}" for card in self.made()]
        if self._daemon is not None:
            lines.append(self._daemon.log)
        return "\n".join(lines)


def _client() -> httpx2.Client:
    # Certificates are of no use on loopback, and loading them takes longer than a request.
    return httpx2.Client(trust_env=False, verify=False, timeout=PATIENCE_S)


def _short(item: dict[str, Any]) -> dict[str, Any]:
    words = "id name state state_reasons reference printer job card reason reasons evidence answers"
    shown = {name: item[name] for name in (*words.split(), "answer", "question") if item.get(name)}
    if "reasons" in shown:
        shown["reasons"] = [(reason["keyword"], reason["raw"]) for reason in shown["reasons"]]
    if "answers" in shown:
        shown["answers"] = [f"{pair['card']}/{pair['job']}" for pair in shown["answers"]]
    return shown


@contextlib.contextmanager
def opened(
    folder: Path, machines: tuple[Machine, ...] = MACHINES, speed: float = SPEED
) -> Iterator[Office]:
    """An office with both processes running and its blanks in place; both ended at the end."""
    office = Office(folder, machines, speed)
    try:
        office.start_simulator()
        office.start_daemon()
        office.stock_up()
        yield office
    finally:
        office.end()
