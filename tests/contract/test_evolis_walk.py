"""Cards of Evolis printers, end to end: the daemon, three kinds of cable and the simulated printers as processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.process.office import Machine, Office
from tests.process.operator import Operator

pytestmark = pytest.mark.slow  # two processes start: 6 s

#: Faster than life, and slow enough that the daemon sees each printer move.
SPEED = 30.0
#: The body's names of the planes: y is its B, m its G, c its R.
PRINTED = {"front": ("B", "G", "R", "K"), "back": ("K",)}


@dataclass(frozen=True)
class Attached(Machine):
    """A printer on a cable of its kind."""

    attach: str = "usbip"


#: One blank each, so that each of them prints one card.
MACHINES = (
    Attached("usb", "primacy", blanks=1),
    Attached("line", "primacy", blanks=1, attach="serial"),
    Attached("net", "primacy", blanks=1, attach="tcp"),
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, MACHINES, speed=SPEED)
    rows = (
        f'[[printers]]\nname = "{m.name}"\ndevice = "{m.device}"\nattach = "{m.attach}"\n'
        for m in MACHINES
    )
    (tmp_path / "office.toml").write_text("".join(rows))
    try:
        office.start_simulator()
        office.start_daemon()
        office.stock_up()
        yield office
    finally:
        office.end()


def test_three_cables_print_a_card_each(office: Office) -> None:
    uris = {p["name"]: p["uri"].partition("://")[0] for p in office.get("/printers")}
    assert uris == {"usb": "usbip", "line": "serial", "net": "tcp"}
    jobs = [office.job() for _ in MACHINES]
    ended = Operator(office).see_through(*jobs)
    assert {(job["state"], job["evidence"]["rule"]) for job in ended} == {("completed", 3)}
    assert {job["printer"] for job in ended} == set(uris)
    cards = {card.printer: card for card in office.made()}
    assert len(office.made()) == len(MACHINES)
    assert {card.reference for card in cards.values()} == {job["reference"] for job in jobs}
    for machine in MACHINES:
        card = cards[machine.name]
        assert card.place == "output"
        assert card.printed == PRINTED
    assert office.command("audit").returncode == 0
