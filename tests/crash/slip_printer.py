"""The receipt printer of a history: the simulated device on the in-memory cable, its mishaps, and the acts that ask
for slips. It stays broken while cards are put in order, since no card may wait for it, and is mended last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import cast

from drivers.receipt.driver import ReceiptPrinter as Driver
from printstation.acts import handover, slips
from printstation.acts.request import Done, Request
from printstation.spool.slips import Paper, SlipWorker
from printstation.station import Station
from printstation.store.tables import OldCard, Receiver, SlipKind
from simulator.receipt.paper import Slip
from simulator.receipt.printer import ReceiptPrinter
from simulator.receipt.spec import ArmedFault, load_receipt
from tests.crash.cable import MemoryPort
from tests.crash.desk import RINA, Desk, void
from tests.crash.sim import Sim
from tests.crash.world import SimPrinter

NAME, MODEL = "receipts", "tm-80"
#: What a hand or a bad day does to it, and what every printer needs to be well again.
HANDS = ("unplug", "power-off", "open-cover", "take-paper")
FAULTS = ("paper-end", "power-loss", "unplug", "cover-open", "overheat", "cutter", "no-reply")
MENDING = ("replug", "power-off", "power-on", "close-cover", "clear-cutter", "new-paper")
#: Lines of a slip before which a fault strikes.
LINES = 20
#: A request about a slip; and about one that has an id.
Act = Callable[[Station, Request], Done]
ActOn = Callable[[Station, Request, str], Done]
#: Headlines, and the word of a copy, as people read them.
TITLES = {"pick-up": "BUKTI PENGAMBILAN KARTU", "hand-over": "TANDA TERIMA KARTU"}
COPY = "SALINAN"


class SlipRoom:
    """What the cable needs: every transfer is a cut point of the whole history."""

    def __init__(self, sim: Sim) -> None:
        self.turns = sim.turns
        self.latency_s = sim.latency_s
        self._sim = sim

    def point(self, printer: str | None) -> None:
        """It is nobody's printer in particular that a cut hits here."""
        self._sim.point(None)

    def seen(self, printer: str, what: str, data: bytes | int) -> None:
        """No verdict hangs on a slip."""


class SlipDesk:
    """The device, and the papers that came out of it."""

    def __init__(self, sim: Sim, *, answers: bool) -> None:
        self.device = ReceiptPrinter(NAME, "usb", "1-99", "SLIP0001", load_receipt(MODEL))
        self.answers = answers
        self._sim = sim
        self._holders: dict[str, MemoryPort] = {}

    def worker(self, station: Station) -> SlipWorker:
        """The production loop on this device; a port of a station that died is nobody's."""
        self._holders.clear()
        return SlipWorker(
            station.store,
            self._sim.clock,
            Paper("Dinas Contoh", self.device.spec.columns, UTC),
            self._open,
            lambda: station.stopping,
            answers=self.answers,
        )

    def _open(self) -> Driver:
        # The cable asks of a printer only what every simulated USB device has.
        device = cast(SimPrinter, self.device)
        return Driver(
            MemoryPort(SlipRoom(self._sim), device, self._holders), self._sim.clock, self.answers
        )

    def papers(self) -> Iterator[Slip]:
        """Every piece, the one that still hangs there last."""
        yield from self.device.body.slips
        if self.device.body.paper.touched:
            yield self.device.body.paper.slip(cut=False)

    def pieces(self) -> Iterator[tuple[str, str, bool]]:
        """(kind, words, whether the paper was cut) of each slip, whole or not. What was begun and broken off
        hangs on the same strip as the next one."""
        for paper in self.papers():
            text = "\n".join(paper.lines)
            starts = sorted(
                (found.start(), kind)
                for kind, title in TITLES.items()
                for found in re.finditer(title, text)
            )
            ends = [at for at, _ in starts[1:]] + [len(text)]
            for (start, kind), end in zip(starts, ends, strict=False):
                yield kind, text[start:end], paper.cut

    def mend(self) -> None:
        """Cable, power, cover, cutter, paper. A strip that hangs there is torn off."""
        self.device.advance(self._sim.turns.now)
        self.device.body.faults.clear()
        self.device.act("tear-off")
        for act in MENDING:
            self.device.act(act)


class Slips(Desk):
    """Acts about slips."""

    slip_desk: SlipDesk

    def ask_slip(self) -> None:
        """Somebody is told that the card waits."""
        self._on_a_card(self.rng.choice(("printed", "accepted")), self._pick_up)

    def _pick_up(self, card: str) -> None:
        self._slip_act(
            f"slip of {card}",
            lambda s, r: slips.ask(s.store, s.seal, r, card, kind=SlipKind.PICK_UP, by=RINA),
        )

    def hand_over_with_slip(self) -> None:
        """The receipt is asked for with the hand-over itself."""
        self._on_a_card("accepted", self._with_slip)

    def _with_slip(self, card: str) -> None:
        said = handover.HandOver(RINA, Receiver.HOLDER, OldCard.NONE, slip=True)
        self._slip_act(
            f"hand-over {card} with a receipt",
            lambda s, r: handover.hand_over(s.store, s.seal, card, said, r),
        )

    def slip_again(self) -> None:
        """Another copy of one that is out."""
        self._on_a_slip("printed", lambda s, r, i: slips.again(s.store, r, i, RINA))

    def slip_canceled(self) -> None:
        """Nobody needs it any more."""
        self._on_a_slip("waiting", lambda s, r, i: slips.cancel(s.store, r, i, RINA))

    def _on_a_slip(self, state: str, act: ActOn) -> None:
        found = self.sim.rows("SELECT id FROM slip WHERE state = ? ORDER BY seq", state)
        if self.sim.up and found:
            slip = self.rng.choice(found)["id"]
            self.counter.in_background(
                "slips",
                lambda: self._slip_act(f"slip {slip}, {state}", lambda s, r: act(s, r, slip)),
            )

    def _slip_act(self, scope: str, act: Act) -> None:
        def and_wake(station: Station, request: Request) -> Done:
            done = act(station, request)
            station.wake()
            return done

        void(self._ask(scope, and_wake))

    # ------------------------------------------------------------------ the machine
    def slip_mishap(self) -> None:
        """It is hurt now, or in the middle of its next slip; half of the time nobody cares for long."""
        device = self.slip_desk.device
        device.advance(self.sim.turns.now)
        if self.rng.random() < 0.4:
            act = self.rng.choice(HANDS)
            self.sim.note("world", f"{act} at the receipt printer")
            device.act(act)
        else:
            fault, line = self.rng.choice(FAULTS), self.rng.randrange(LINES)
            self.sim.note("world", f"arms {fault} at line {line} of the receipt printer")
            device.body.faults.append(ArmedFault(device.arm_id(), fault, line))
        if self.rng.random() < 0.5:
            self.counter.in_background("paper", self._mend_slips_later)

    def _mend_slips_later(self) -> None:
        self.sim.turns.sleep(self.rng.uniform(1, 12))
        self.mend_slips()

    def mend_slips(self) -> None:
        """Somebody looks after the receipt printer at last."""
        self.sim.note("world", "the receipt printer is mended")
        self.slip_desk.mend()
