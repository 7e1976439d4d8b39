"""The Magicard family: how one of its printers is asked, fed, watched and cleared.

Bytes are in `wire.py`, models and codes in TOML, rules of evidence nowhere here: this driver says what
it saw. Sheet: magicard.md; the order of every step: exactly-once.md §3-§5.
"""

from __future__ import annotations

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
    Staged,
    Status,
    Supply,
    TransferTimeout,
    WrongDevice,
)
from drivers.magicard import wire
from drivers.magicard.clearing import cancel_until_ready
from drivers.magicard.dialogue import Dialogue
from drivers.magicard.staging import stage_card
from drivers.magicard.stream import CardStream
from drivers.magicard.watch import Watch
from drivers.memory import FeedMemory
from drivers.models import Model, known_as
from drivers.transports.device_id import fields_of, serial_of
from drivers.transports.port import Port

#: Cards, prints on this head, cleanings (magicard.md §6), in the order of `Counters`.
COUNTS = ("TCQ", "TCP", "TCN")
#: Of a 1284 name, as much as a line shows; real ones have some twelve signs.
MOST_NAME = 60


class MagicardDriver:
    """A `Driver`. Make it with `attach`, which brings the parser to idle before anything else."""

    def __init__(self, port: Port, model: Model, clock: Clock) -> None:
        self._port = port
        self._model = model
        self._clock = clock
        self._dialogue = Dialogue(port, clock, model.reply_s)
        self._watch = Watch(port, self._dialogue, clock, model.magicard.tells_rejection)
        self._memory = FeedMemory()
        self._waiting_for_bytes = True
        self._identity: Identity | None = None

    # ------------------------------------------------------------------------- opening (§4)
    def check_model(self) -> None:
        """Refuse another model, by control requests alone; `WrongDevice` names both."""
        fields = fields_of(self._port.device_id())
        told = fields.get("MDL", "")
        fits = self._model.accepts(self._port.usb_ids, told)
        if not fits:
            vendor, product = self._port.usb_ids
            # What a device calls itself is shown and logged: no sign of it steers a terminal.
            name = "".join(sign if sign.isprintable() else "?" for sign in told[:MOST_NAME])
            found = f"{name or 'an unnamed device'} ({vendor:04x}:{product:04x})"
            known = known_as(self._port.usb_ids, told)
            raise WrongDevice(f"configured is {self._model.name}, found is {found}{known}")

    def open(self, busy_wait_s: float) -> None:
        """§4: look until not busy, or until `busy_wait_s` is over; then idle the parser; then ask."""
        self._watch.wait_while_busy(busy_wait_s, self._model.status_interval_s)
        self._bring_to_idle()
        self.identify()

    def _bring_to_idle(self) -> None:
        self._dialogue.bring_to_idle()
        self._waiting_for_bytes = False

    # ------------------------------------------------------------------------- asking
    def identify(self) -> Identity:
        """Who is there; asked until the serial is known, then kept: one open port is one device."""
        if self._identity is not None:
            return self._identity
        fields = fields_of(self._port.device_id())
        may_ask = self._may_ask()
        found = Identity(
            manufacturer=fields.get("MFG", ""),
            model=fields.get("MDL", ""),
            serial=self._serial(may_ask),
            firmware=self._value("VRS") if may_ask else None,
            description=self._model.description,
        )
        if found.serial is not None:
            self._identity = found
        return found

    def status(self) -> Status:
        """One look: the port status, and an error's name where the parser may be asked."""
        seen = self._watch.look(may_ask=not self._waiting_for_bytes)
        self._memory.look(seen)
        return seen.status

    def supplies(self) -> tuple[Supply, ...]:
        """The ribbon's remaining panels, where the model tells them."""
        if "DFR" not in self._model.magicard.queries:
            return ()
        self._require_idle()
        text = self._value("DFR")
        known = text is not None and text.isdecimal()
        return (Supply("ribbon", remaining=int(text) if text and known else None),)

    def counters(self) -> Counters:
        """Cards, prints on this head, cleanings: None where the model has no such query, or the unit no answer."""
        told: dict[str, int | None] = {}
        if self._model.magicard.counter_query is None:
            return Counters()
        self._require_idle()
        self._dialogue.drain()
        for key in COUNTS:
            try:
                told[key] = self._count(key)
            except NotUnderstood:
                continue
            except TransferTimeout:
                # Each silence costs three answers' time: one that does not know the first is not asked the others.
                break
        return Counters(*map(told.get, COUNTS))

    def settings(self) -> Mapping[str, str]:
        """What its 1284 id and its firmware said at the opening: no public source has a query for more."""
        identity = self.identify()
        told = {"manufacturer": identity.manufacturer, "model": identity.model}
        return {**told, **({"firmware": identity.firmware} if identity.firmware else {})}

    def _count(self, key: str) -> int | None:
        if key not in self._model.magicard.queries:
            return None
        return self._dialogue.ask(
            wire.single_query(key), lambda body: wire.count(wire.single_value(body, key))
        )

    def _value(self, key: str) -> str | None:
        """A single value, None where the model has no such query or the answer is strange."""
        if key not in self._model.magicard.queries:
            return None
        self._dialogue.drain()
        try:
            return self._dialogue.ask(
                wire.single_query(key), lambda body: wire.single_value(body, key)
            )
        except (TransferTimeout, NotUnderstood):
            return None

    def _serial(self, may_ask: bool) -> str | None:
        """The printer's own serial where it answers MSR, else what USB or its 1284 id tell.

        Never one instead of the other: a second source with another number would look like a
        swapped unit.
        """
        if "MSR" in self._model.magicard.queries:
            return (self._value("MSR") or None) if may_ask else None
        told = serial_of(self._port.device_id())  # also proves that it is still there
        return self._port.usb_serial() or told

    def _may_ask(self) -> bool:
        """No query while the parser waits for a card's bytes (§4) or a card moves."""
        return not self._waiting_for_bytes and self._watch.condition() is not Condition.BUSY

    def _require_idle(self) -> None:
        if self._waiting_for_bytes:
            raise DriverError(
                "the printer waits for a broken-off card's bytes: discard comes first"
            )

    # ------------------------------------------------------------------------- printing
    def stage(self, faces: Sequence[Face]) -> Staged:
        """Separate and pack one card."""
        return stage_card(self._model, faces)

    def stage_by_hand(self, faces: Sequence[Face]) -> Staged:
        """The same with `HFD`: the printer waits for a card that is pushed in (§3)."""
        return stage_card(self._model, faces, by_hand=True)

    def feed(self, staged: Staged) -> None:
        """Send one card; see the contract. Broken off, it leaves the parser waiting until `discard`."""
        self._require_idle()
        self._memory.begin()
        try:
            CardStream(self._port, self._model, self._clock, self._memory).run(staged.payload)
        finally:
            observed = self._memory.observed()
            self._waiting_for_bytes = self._memory.offered and not observed.sent

    def outcome(self, before: Before) -> Outcome:
        """Serial and counter as read now, with what was seen since `feed`. `before` is not compared here."""
        moves = self.status().condition is Condition.BUSY
        may_ask = not moves and not self._waiting_for_bytes
        serial = self._serial(may_ask)
        counter = self._counter_witness() if may_ask else None
        return replace(self._memory.observed(), serial=serial, counter=counter)

    def _counter_witness(self) -> int | None:
        query = self._model.magicard.counter_query
        if self._model.counter == "none" or query is None:
            return None
        try:
            return self._count(query)
        except (TransferTimeout, NotUnderstood):
            return None

    def observed(self) -> Outcome:
        """What is remembered, without I/O."""
        return self._memory.observed()

    # ------------------------------------------------------------------------- clearing (§5)
    def discard(self) -> None:
        """Idle the parser if a stream was broken off, cancel the job, and see the device ready and
        without error; see the contract."""
        self._memory.discarding()
        try:
            if self._waiting_for_bytes:
                self._bring_to_idle()
            cancel_until_ready(self._model, self._clock, self._dialogue, self._watch, self._memory)
        except NotUnderstood as strange:
            raise DiscardFailed(f"the printer's answer cannot be read: {strange}") from strange
        self._memory.settle()

    def eject(self) -> None:
        """Bring a card out to the output and wait until the printer stands still."""
        if not self._model.magicard.eject:
            raise DriverError(f"{self._model.name}: no known command brings a card out")
        self._require_idle()
        self._dialogue.send(wire.simple_command("EJT"))
        self._watch.wait_while_busy(self._model.discard_s, self._model.near_end_interval_s)
        status = self.status()
        if status.condition is not Condition.READY:
            raise DriverError(f"the card was not brought out: {status.raw}")

    def reject(self) -> None:
        """No model of this family has a reject command in any source."""
        raise DriverError(f"{self._model.name}: no known command rejects a card")

    def clean(self) -> None:
        """Start the interactive cleaning run."""
        self._require_idle()
        self._dialogue.send(wire.request("CLN"))

    def close(self) -> None:
        """Let go of the cable."""
        self._port.close()


def attach(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> MagicardDriver:
    """A driver on an open port, §4 obeyed. The caller still closes the port if this raises."""
    driver = MagicardDriver(port, model, clock)
    driver.check_model()
    driver.open(busy_wait_s)
    return driver
