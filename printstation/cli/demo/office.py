"""The demo from the first process to the last check."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from printstation.cli.client import Client
from printstation.cli.demo import check, families, look, report
from printstation.cli.demo.children import Children, children
from printstation.cli.demo.people import residents
from printstation.cli.demo.progress import Progress
from printstation.cli.demo.queue import PRINTER as QUEUE
from printstation.cli.demo.queue import Queue, refuse_without_cups
from printstation.cli.demo.world import World, WorldCard
from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure
from printstation.clock import Clock, SystemClock

#: (name, device file of the simulator)
PRINTERS = (("tango", "tango2e"), ("enduro", "enduro"))
LAYOUT = "specimen-resident"
CARD_TYPE = "ktp-el-wni"
#: Blanks of one printer: 20 in all, more only where more cards are asked for.
BLANKS = 10
POLL_S = 0.2
#: A card takes about a minute of a printer's time; five of them before we call it stuck.
CARD_S = 300.0
#: Rendering and the host's own time do not grow with the speed.
HOST_S = 60.0
OPEN = ("pending", "pending-held", "processing")


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    once: bool
    cards: int
    out: Path | None
    keep: Path | None
    speed: float
    all_families: bool = False

    @property
    def simulated(self) -> tuple[tuple[str, str], ...]:
        """The printers of the simulator."""
        return families.SIMULATED if self.all_families else PRINTERS

    @property
    def printers(self) -> tuple[str, ...]:
        """Every printer of the station."""
        return tuple(families.FAMILIES) if self.all_families else tuple(n for n, _ in PRINTERS)

    @property
    def card_type(self) -> str:
        """The blanks of this demo."""
        return families.CARD_TYPE if self.all_families else CARD_TYPE

    @property
    def blanks(self) -> int:
        """Blanks of one printer."""
        share = 1 if self.all_families else len(PRINTERS)
        return max(BLANKS, -(-self.cards // share))


@dataclass(frozen=True)
class Office:
    """Everything that runs: the station's client, the simulator's world, the folders, the processes."""

    station: Client
    world: World
    folder: Path
    out: Path
    clock: Clock
    running: Children
    #: The queue of the family ipp; None where it is not asked for.
    queue: Queue | None = None

    def made(self) -> list[WorldCard]:
        """Every card that bears something."""
        return [*self.world.made(), *(self.queue.made() if self.queue else ())]


def run(wish: Wish) -> None:
    """Carry the demo out; raises Failure where anything differs from what should be."""
    clock = SystemClock()
    if wish.all_families:
        refuse_without_cups()
    with _folders(wish) as (folder, out), children(folder, clock) as running:
        office = _open(wish, folder, out, clock, running)
        print(f"station   {office.station.url}  (pages: {office.station.url}/docs)")
        print(f"simulator {office.world.url}")
        before = office.station.get("/v1/stock").get(wish.card_type, {})
        _blanks(office, wish)
        jobs = _print(office, wish)
        summary = report.write(office.station, office.made(), jobs, folder, out)
        report.tell(summary, out)
        wrong = check.differences(summary, jobs, before, wish.blanks * len(wish.printers))
        if wish.all_families:
            wrong += families.differences(summary, wish.cards)
            wrong += look.differences(office.station, summary, out)
        if wrong:
            raise Failure("the demo differs from what should be:\n  " + "\n  ".join(wrong), REFUSED)
        print(f"all {len(jobs)} cards are in the world; the audit agrees")
        if not wish.once:
            _stay(office)


@contextmanager
def _folders(wish: Wish) -> Iterator[tuple[Path, Path]]:
    """The station's folder (kept if so wished) and the pictures' (always kept)."""
    try:
        out = wish.out or Path(tempfile.mkdtemp(prefix="printstation-demo-"))
        out.mkdir(parents=True, exist_ok=True)
        if wish.keep is not None:
            wish.keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{error.filename} cannot be made: {error.strerror}", IMPOSSIBLE) from None
    folder = wish.keep or Path(tempfile.mkdtemp(prefix="printstation-office-"))
    try:
        yield folder.resolve(), out.resolve()
    finally:
        if wish.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _open(wish: Wish, folder: Path, out: Path, clock: Clock, running: Children) -> Office:
    office_file = folder / "office.toml"
    office_file.write_text(
        "".join(
            f'[[printers]]\nname = "{name}"\ndevice = "{device}"\n'
            for name, device in wish.simulated
        )
    )
    arguments = ["serve", "--office", str(office_file), "--speed", str(wish.speed)]
    arguments += ["--usbip", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    if wish.keep is not None:
        # A kept station meets the same cards again.
        arguments += ["--state", str(folder / "simulator")]
    simulator = running.start("simulator", "simulator", arguments)
    simulator.says("usbip on")
    world = World(simulator.says("control on"))
    config = folder / "printstation.toml"
    queue = _queue(wish, folder, clock, running)
    config.write_text(_config(world.printers(), wish.speed) + (queue.config() if queue else ""))
    station = running.start("station", "printstation.cli", ["--config", str(config), "serve"])
    return Office(Client(station.says("listening on")), world, folder, out, clock, running, queue)


def _queue(wish: Wish, folder: Path, clock: Clock, running: Children) -> Queue | None:
    """The print server of the family ipp, anew each time: it has no state worth keeping."""
    if not wish.all_families:
        return None
    place = folder / "print-server"
    shutil.rmtree(place, ignore_errors=True)
    queue = Queue(place, wish.speed)
    queue.start(running, clock)
    return queue


def _config(printers: list[dict[str, Any]], speed: float) -> str:
    head = f'data_dir = "."\nlisten = "127.0.0.1:0"\nclock_speed = {speed}\nmin_free_mb = 10\n'
    return head + "".join(
        f'\n[[printers]]\nname = "{p["name"]}"\nmodel = "{p["model"]}"\nuri = "{p["uri"]}"\n'
        for p in printers
    )


def _blanks(office: Office, wish: Wish) -> None:
    """A delivery, and its blanks in every hopper: in the world and as rows."""
    each, total = wish.blanks, wish.blanks * len(wish.printers)
    number = secrets.token_hex(4).upper()
    office.station.post(
        "/v1/stock/receipts",
        {
            "delivery": f"DEMO-{number}",
            "card_type": wish.card_type,
            "version": "1",
            "batch": f"D-{number}",
            "count": total,
            "by": "demo",
        },
    )
    for name in wish.printers:
        if name != QUEUE:
            office.world.load(name, each)
        load = {"printer": name, "card_type": wish.card_type, "batch": f"D-{number}", "count": each}
        office.station.post("/v1/stock/loads", {**load, "by": "demo"})
    print(f"{total} blanks received, {each} loaded in each of {len(wish.printers)} printers")


def _print(office: Office, wish: Wish) -> list[dict[str, Any]]:
    """Post everybody's job and wait until each has ended or stopped."""
    base = f"/v1/layouts/{LAYOUT}"
    names = office.station.get(base)["samples"]
    samples = [office.station.get(f"{base}/samples/{name}") for name in names]
    make = families.bodies if wish.all_families else residents
    people = make(samples, wish.cards, secrets.randbits(32))
    posted = [office.station.post("/v1/jobs", body)["id"] for body in people]
    deadline = office.clock.monotonic() + HOST_S + CARD_S * wish.cards / wish.speed
    with Progress(posted) as progress:
        while True:
            office.running.check()
            jobs = [office.station.get(f"/v1/jobs/{job}") for job in posted]
            progress.show(jobs)
            if not any(job["state"] in OPEN for job in jobs):
                return jobs
            stopped = [job for job in jobs if job["state"] == "processing-stopped"]
            answered = [_answer(office, job) for job in stopped]
            if not all(answered) or office.clock.monotonic() > deadline:
                raise _stuck(office, jobs)
            office.clock.sleep(POLL_S)


def _answer(office: Office, job: dict[str, Any]) -> bool:
    """What an operator does about a card of the queue: he looks into the tray, once nothing can move there.

    False where nothing can be answered: the demo has no other trouble than that a queue cannot prove a card.
    """
    if job["printer"] != QUEUE or office.queue is None or job["question"] is None:
        return False
    question = office.station.get(f"/v1/questions/{job['question']}")
    if question["answer"] is not None or question["evidence"]["may_still_move"]:
        return True
    if [card.reference for card in office.queue.made()].count(job["reference"]) != 1:
        return False
    print(f"{job['reference']}: the operator finds the card in the tray")
    answer = {"card": "printed", "job": None, "by": "demo"}
    office.station.post(f"/v1/questions/{question['id']}/answer", answer)
    return True


def _stuck(office: Office, jobs: list[dict[str, Any]]) -> Failure:
    """Why nothing goes on: the questions and the printers' reasons."""
    lines = [f"job {job['id']} is {job['state']}" for job in jobs if job["state"] != "completed"]
    for question in office.station.items("/v1/questions", 10, state="open"):
        lines.append(f"question {question['id']}: {question['sentence']['en']}")
    for printer in office.station.get("/v1/printers")["items"]:
        reasons = ", ".join(reason["keyword"] for reason in printer["reasons"])
        lines.append(f"printer {printer['name']} is {printer['state']}: {reasons or 'no reason'}")
    return Failure("the cards were not all made:\n  " + "\n  ".join(lines), REFUSED)


def _stay(office: Office) -> None:
    print("Ctrl-C ends it")
    sys.stdout.flush()
    try:
        while True:
            office.running.check()
            office.clock.sleep(1.0)
    except KeyboardInterrupt:
        print()
