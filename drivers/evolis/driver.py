"""The Evolis family: how one of its printers is asked, fed, watched and cleared.

Bytes are in `wire.py`, models and texts in TOML, rules of evidence nowhere here: this driver says what
it saw. Sheet: evolis.md; the order of every step: exactly-once.md §3-§5. By USB, serial line or TCP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from drivers.contract import (
    Before,
    Clock,
    Condition,
    Counters,
    DiscardFailed,
    DriverError,
    Face,
    Identity,
    NotUnderstood,
    Outcome,
    Reason,
    Staged,
    Status,
    Supply,
    TransferStalled,
    TransferTimeout,
    WrongDevice,
)
from drivers.evolis import wire
from drivers.evolis.clearing import clear_until_ready, hold_error_mode
from drivers.evolis.codes import reply_row
from drivers.evolis.coding import BITS
from drivers.evolis.dialogue import Dialogue
from drivers.evolis.naming import found_as
from drivers.evolis.staging import stage_card
from drivers.evolis.stream import CardStream
from drivers.evolis.watch import PATH_NOT_EMPTY, Watch
from drivers.evolis.wire import is_error_text
from drivers.memory import FeedMemory
from drivers.models import Model
from drivers.transports.device_id import model_of
from drivers.transports.port import Port, is_usb

#: What it is set to, by query (§3).
SETTINGS = {"error mode": "Rem", "zone": "Rzp", "head kit": "Rkn", "firmware": "Rfv"}
#: The guide's own sizes of a panel are up to 676,992 dots where 1016 x 648 are 658,368 (§4).
GUIDE_SURPLUS = 676_992 / 658_368


class EvolisDriver:
    """A `Driver`. Make it with `attach`, which brings the parser to idle before anything else."""

    def __init__(self, port: Port, model: Model, clock: Clock) -> None:
        self._port = port
        self._model = model
        self._clock = clock
        self._dialogue = Dialogue(port, clock, model.reply_s)
        self._watch = Watch(port, self._dialogue, clock, model)
        self._memory = FeedMemory()
        self._waiting_for_bytes = True
        self._blocked = False
        self._cleaning: tuple[Reason, ...] = ()
        self._identity: Identity | None = None

    # ------------------------------------------------------------------------- opening (§4)
    def check_ids(self) -> None:
        """Refuse another maker's device by its USB ids alone; `WrongDevice` names both."""
        if not is_usb(self._port):
            return
        vendor, product = self._port.usb_ids
        known = self._model.usb_ids
        vendors = {ours for ours, _ in known}
        fits = vendor in vendors if self._model.evolis.any_product else (vendor, product) in known
        if not fits:
            found = found_as(self._name_by_usb(), (vendor, product))
            raise WrongDevice(f"configured is {self._model.name}, found is {found}")

    def _name_by_usb(self) -> str:
        """What its 1284 text calls it; no public text shows what this family's says (evolis.md §1)."""
        try:
            return model_of(self._port.device_id())
        except (TransferTimeout, TransferStalled, NotUnderstood):
            return ""

    def open(self, busy_wait_s: float) -> None:
        """§4: look until not busy, or until `busy_wait_s` is over; idle the parser; ask who it is.

        Along a line a look is a question, so that the parser is brought to idle first.
        """
        interval = self._model.status_interval_s
        if is_usb(self._port):
            self._watch.wait_while_moving(busy_wait_s, interval)
            self._bring_to_idle()
        else:
            self._bring_to_idle()
            self._watch.wait_while_moving(busy_wait_s, interval)
        self._check_type()
        hold_error_mode(self._model, self._dialogue)
        self.identify()

    def _bring_to_idle(self) -> None:
        dots = self._model.width_px * self._model.height_px * GUIDE_SURPLUS
        panel = int(dots * BITS[self._model.evolis.levels] / 8) + len(wire.PADDING)
        stall_s = self._model.evolis.move_reply_s
        self._dialogue.bring_to_idle(panel, self._model.send_s, stall_s)
        self._waiting_for_bytes = False

    def _check_type(self) -> None:
        told = self._dialogue.witness("Rtp", str)
        if re.fullmatch(self._model.evolis.type_text, told) is None:
            raise WrongDevice(f"configured is {self._model.name}, found is {found_as(told)}")

    # ------------------------------------------------------------------------- asking
    def identify(self) -> Identity:
        """Who is there; asked until the serial is known, then kept: one open port is one device."""
        if self._identity is not None:
            return self._identity
        may_ask = self._may_ask()
        found = Identity(
            manufacturer="Evolis",
            model=(self._text("Rtp") or "") if may_ask else "",
            serial=self._serial() if may_ask else None,
            firmware=self._text("Rfv") if may_ask else None,
            description=self._model.description,
        )
        if found.serial is not None:
            self._identity = found
        return found

    def status(self) -> Status:
        """One look; see `watch.py`. A printer that is ready may have a card inside that nobody sent there,
        which only a question tells by USB: it is asked again and again once `outcome` has found one."""
        seen = self._watch.look(may_ask=not self._waiting_for_bytes, ours=self._ours())
        self._memory.look(seen)
        if seen.status.condition is not Condition.READY:
            return seen.status
        if self._blocked and self._card_inside() is not False:
            return Status(Condition.STOPPED, (Reason(PATH_NOT_EMPTY, "Rlr;p"),), "card inside")
        self._blocked = False
        new = tuple(r for r in self._cleaning if r.keyword not in _words(seen.status))
        return replace(seen.status, reasons=(*seen.status.reasons, *new))

    def _ours(self) -> bool:
        """Whether a card of ours may be on its way."""
        return self._memory.offered and self._memory.observed().may_still_move

    def _moves(self) -> bool:
        """Whether a card moves. Along a line nothing tells so of a card that is not ours: one that is found
        inside at opening lies there until somebody brings it out."""
        return (is_usb(self._port) or self._ours()) and self._watch.moves()

    def supplies(self) -> tuple[Supply, ...]:
        """The ribbon by its tag; None where the tag tells nothing. Asks about cleaning as well."""
        self._require_idle()
        if self._moves():
            return ()
        self._cleaning = self._cleaning_due()
        remaining, capacity = self._number("Rrt;count"), self._number("Rrt;qty")
        return (Supply("ribbon", remaining, capacity),)

    def _cleaning_due(self) -> tuple[Reason, ...]:
        for query in ("Rlr;c", "Rlr;r"):
            text = self._text(query)
            row = reply_row(text) if text is not None else None
            if text is not None and row is not None and row.keyword.startswith("cleaning"):
                return (Reason("cleaning-due", text),)
        return ()

    def counters(self) -> Counters:
        """Cards, panels and cleanings, as Rco tells them; nothing while a card moves."""
        self._require_idle()
        if self._moves():
            return Counters()
        return Counters(self._number("Rco;c"), self._number("Rco;p"), self._number("Rco;n"))

    def settings(self) -> Mapping[str, str]:
        """Error modes, zone, print head and firmware, as far as it answers."""
        self._require_idle()
        if self._moves():
            return {}
        told = {name: self._text(query) for name, query in SETTINGS.items()}
        return {name: text for name, text in told.items() if text and not is_error_text(text)}

    def _number(self, query: str) -> int | None:
        """A number, None where the device answers something else. In step with its question."""
        try:
            return self._dialogue.witness(query, wire.count)
        except (TransferTimeout, NotUnderstood):
            return None

    def _text(self, query: str) -> str | None:
        try:
            return self._dialogue.witness(query, str)
        except (TransferTimeout, NotUnderstood):
            return None

    def _serial(self) -> str | None:
        try:
            return self._dialogue.read_serial()
        except NotUnderstood:
            return None

    def _may_ask(self) -> bool:
        """No query while the parser waits for a card's bytes (§4) or a card moves."""
        return not self._waiting_for_bytes and not self._moves()

    def _require_idle(self) -> None:
        if self._waiting_for_bytes:
            raise DriverError(
                "the printer waits for a broken-off card's bytes: discard comes first"
            )

    # ------------------------------------------------------------------------- printing
    def stage(self, faces: Sequence[Face]) -> Staged:
        """Separate and code one card."""
        return stage_card(self._model, faces)

    def feed(self, staged: Staged) -> None:
        """Send one card; see the contract. Broken off, it leaves the parser waiting until `discard`."""
        self._require_idle()
        self._memory.begin()
        stream = CardStream(self._port, self._model, self._clock, self._memory, self._dialogue)
        try:
            stream.run(staged.payload)
        finally:
            sent = self._memory.observed().sent
            self._waiting_for_bytes = (self._memory.offered and not sent) or stream.in_message

    def outcome(self, before: Before) -> Outcome:
        """Serial, counter and path as read now, with what was seen since `feed`; `before` is not compared."""
        moves = self.status().condition is Condition.BUSY
        if moves or self._waiting_for_bytes:
            return self._memory.observed()
        inside = self._card_inside()
        self._blocked = inside is True
        counter = self._number("Rco;c") if self._model.counter != "none" else None
        return replace(self._memory.observed(), serial=self._serial(), counter=counter, path=inside)

    def _card_inside(self) -> bool | None:
        """None where the model has no such witness, or where it says nothing now."""
        if not self._model.path_sensor:
            return None
        try:
            return self._watch.card_inside()
        except (TransferTimeout, NotUnderstood):
            return None

    def observed(self) -> Outcome:
        """What is remembered, without I/O."""
        return self._memory.observed()

    # ------------------------------------------------------------------------- clearing (§5)
    def discard(self) -> None:
        """Idle the parser if a stream was broken off, clear error and sequence, bring the card out, and
        read the error mode back; see the contract."""
        self._memory.discarding()
        try:
            if self._waiting_for_bytes:
                self._bring_to_idle()
            hold_error_mode(self._model, self._dialogue)
            clear_until_ready(self._model, self._clock, self._dialogue, self._watch, self._memory)
        except NotUnderstood as strange:
            raise DiscardFailed(f"the printer's answer cannot be read: {strange}") from strange
        self._memory.settle()

    def eject(self) -> None:
        """Bring a card out to the output and wait until the printer stands still."""
        self._bring_out("Se")

    def reject(self) -> None:
        """Bring a card out to the reject tray, where the model has one."""
        if not self._model.evolis.rejects:
            raise DriverError(f"{self._model.name}: it has no reject tray")
        self._bring_out("Ser")

    def _bring_out(self, text: str) -> None:
        self._require_idle()
        self._dialogue.pending()
        self._dialogue.send(wire.command(text))
        answer = self._dialogue.poll(self._model.evolis.move_reply_s)
        inside = self._await_out()
        status = self.status()
        if status.condition is not Condition.READY or inside:
            raise DriverError(f"the card was not brought out: {answer}, {status.raw}")

    def _await_out(self) -> bool | None:
        """Until nothing moves and no card is inside: "ready" may come before the movement."""
        end = self._clock.monotonic() + self._model.discard_s
        while True:
            interval = self._model.near_end_interval_s
            self._watch.wait_while_moving(self._model.discard_s, interval)
            inside = self._card_inside()
            if not inside or self._clock.monotonic() >= end:
                return inside
            self._clock.sleep(interval)

    def clean(self) -> None:
        """Start the cleaning run."""
        self._require_idle()
        self._dialogue.pending()
        self._dialogue.send(wire.command("Scp"))

    def close(self) -> None:
        """Let go of the cable."""
        self._port.close()


def _words(status: Status) -> set[str]:
    return {reason.keyword for reason in status.reasons}


def attach(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> EvolisDriver:
    """A driver on an open port, §4 obeyed. The caller still closes the port if this raises."""
    driver = EvolisDriver(port, model, clock)
    driver.check_ids()
    driver.open(busy_wait_s)
    return driver
