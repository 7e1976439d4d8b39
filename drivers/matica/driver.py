"""The Matica XID family: how one of its printers is asked, fed, watched and cleared.

Bytes are in `wire.py`, frames in `bulk.py`, models and codes in TOML, rules of evidence nowhere here.
Sheet: matica-xid.md; the order of every step: exactly-once.md §3-§5.
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
    Staged,
    Status,
    Supply,
    TransferTimeout,
    WrongDevice,
)
from drivers.matica import wire
from drivers.matica.bulk import Bulk
from drivers.matica.card import CardFeed
from drivers.matica.clearing import Clearing
from drivers.matica.pace import Pace
from drivers.matica.staging import pairs, stage_card
from drivers.matica.watch import Watch
from drivers.matica.wire import Place
from drivers.memory import FeedMemory
from drivers.models import Model, known_as
from drivers.transports.port import Port


class MaticaDriver:
    """A `Driver`. Make it with `attach`, which brings the pipe in step before anything else."""

    def __init__(self, port: Port, model: Model, clock: Clock) -> None:
        self._port = port
        self._model = model
        self._clock = clock
        self._bulk = Bulk(port, clock, model.reply_s, model.chunk_bytes)
        self._watch = Watch(self._bulk, clock)
        self._memory = FeedMemory()
        self._pace = Pace(model)
        self._must_discard = False
        self._identity: Identity | None = None

    # ------------------------------------------------------------------------- opening (§4)
    def check_ids(self) -> None:
        """Refuse another maker's or model's USB ids before a byte is sent; `WrongDevice` names both."""
        if not self._model.accepts(self._port.usb_ids, ""):
            vendor, product = self._port.usb_ids
            raise WrongDevice(
                f"configured is {self._model.name}, found is a device {vendor:04x}:{product:04x}"
                f"{known_as((vendor, product))}"
            )

    def open(self, busy_wait_s: float) -> None:
        """§4: the class has no port status, so the reset comes first; it stops no movement (Bulk-Only
        Transport 1.0 §3.1: only the command pipe is made ready). Then a query that is answered, then as
        long as it is busy nothing but that query, up to `busy_wait_s`."""
        self._bulk.recover()
        self._watch.wait_while_busy(busy_wait_s, self._model.status_interval_s)
        self._check_type()
        self.identify()

    def _check_type(self) -> None:
        told = self._identity_answer()
        if not re.fullmatch(self._model.matica.type_text, told.type):
            raise WrongDevice(f"configured is {self._model.name}, found is {told.type}")
        image = self._gauges(wire.STORED_PAGE).image
        if image != (self._model.width_px, self._model.height_px):
            raise WrongDevice(
                f"configured is {self._model.name}, "
                f"found is {told.type} with {image[0]} x {image[1]} dots"
            )

    # ------------------------------------------------------------------------- asking
    def _identity_answer(self) -> wire.IdentityAnswer:
        at = self._model.matica.serial_at
        return self._bulk.ask(
            wire.identity(), wire.IDENTITY_BYTES, lambda data: wire.identity_answer(data, at)
        )

    def _gauges(self, page: int) -> wire.Gauges:
        return self._bulk.ask(wire.mode(page), wire.MODE_BYTES[page], wire.gauges)

    def identify(self) -> Identity:
        """Who is there; asked until the serial is known, then kept: one open port is one device."""
        if self._identity is not None:
            return self._identity
        told = self._identity_answer()
        found = Identity(
            manufacturer=told.maker,
            model=told.type,
            serial=told.serial or None,
            firmware=" ".join(told.versions) or None,
            description=self._model.description,
        )
        if found.serial is not None:
            self._identity = found
        return found

    def _serial(self) -> str | None:
        """Read anew: another unit may hang on the cable by now."""
        try:
            return self._identity_answer().serial or None
        except (TransferTimeout, NotUnderstood):
            return None

    def status(self) -> Status:
        """One look: the sense code, and the card's place where the code does not tell."""
        seen = self._watch.look(fed=self._moves())
        self._memory.look(seen)
        return seen.status

    def _moves(self) -> bool:
        """Whether a card of ours may still be on its way."""
        return self._memory.offered and self._memory.observed().may_still_move

    def supplies(self) -> tuple[Supply, ...]:
        """Film, ribbon and whether the hopper bears cards (it counts none: 0 is empty, None is not)."""
        self._require_clear()
        found = self._gauges(wire.STORED_PAGE)
        ribbon = self._bulk.ask(
            wire.mode(wire.RIBBON_PAGE), wire.MODE_BYTES[wire.RIBBON_PAGE], wire.ribbon
        )
        kind = wire.RIBBONS.get(ribbon.type, f"type {ribbon.type}")
        return (
            Supply("film", remaining=found.film),
            Supply(f"ribbon {kind}", remaining=found.ribbon, capacity=ribbon.total or None),
            Supply("hopper", remaining=None if found.cards else 0),
        )

    def counters(self) -> Counters:
        """Total, head and cleaning counts (op 4D). When the total moves no source tells (§2)."""
        self._require_clear()
        if not self._model.matica.total_counter:
            return Counters()
        found = self._count()
        return Counters(found.get(0), found.get(2), found.get(3))

    def settings(self) -> Mapping[str, str]:
        """The stored settings as they stand in its mode pages, and its versions."""
        self._require_clear()
        pages = {
            f"page {page:02X}": self._fixed(page)
            for page in (wire.STORED_PAGE, wire.STORED_MORE_PAGE)
        }
        return {**pages, "firmware": self.identify().firmware or ""}

    def _fixed(self, page: int) -> str:
        return self._bulk.ask(
            wire.mode(page), wire.MODE_BYTES[page], lambda data: wire.fixed(data, page)
        )

    def _count(self) -> dict[int, int]:
        return self._bulk.ask(wire.counters(), wire.COUNTERS_BYTES, wire.counter_values)

    def _require_clear(self) -> None:
        if self._must_discard:
            raise DriverError("a card was broken off in the printer: discard comes first")

    # ------------------------------------------------------------------------- printing
    def stage(self, faces: Sequence[Face]) -> Staged:
        """Separate and pack one card: the commands and the image data, no byte of them sent."""
        return stage_card(self._model, faces)

    def feed(self, staged: Staged) -> None:
        """Send one card; see the contract. Broken off, it leaves the card where it is until `discard`."""
        self._require_clear()
        self._memory.begin()
        try:
            CardFeed(
                self._model, self._clock, self._bulk, self._watch, self._memory, self._pace
            ).run(pairs(staged))
        finally:
            self._must_discard = self._memory.offered and not self._memory.observed().sent

    def outcome(self, before: Before) -> Outcome:
        """Serial, counter and path as read now, with what was seen since `feed`."""
        moves = self.status().condition is Condition.BUSY
        if moves:
            return self._memory.observed()
        serial, counter, path = self._serial(), self._counter_witness(), self._path()
        return replace(self._memory.observed(), serial=serial, counter=counter, path=path)

    def _counter_witness(self) -> int | None:
        if self._model.counter == "none":
            return None
        try:
            return self._count().get(0)
        except (TransferTimeout, NotUnderstood):
            return None

    def _path(self) -> bool | None:
        try:
            return self._watch.position() is not None
        except (TransferTimeout, NotUnderstood):
            return None

    def observed(self) -> Outcome:
        """What is remembered, without I/O."""
        return self._memory.observed()

    # ------------------------------------------------------------------------- clearing (§5)
    def discard(self) -> None:
        """The pipe in step, the card inside in the reject tray, nothing wrong; see the contract."""
        self._memory.discarding()
        try:
            Clearing(self._model, self._clock, self._bulk, self._watch, self._memory).run()
        except NotUnderstood as strange:
            raise DiscardFailed(f"the printer's answer cannot be read: {strange}") from strange
        self._must_discard = False
        self._memory.settle()

    def eject(self) -> None:
        """Bring a card out to the output and wait until the printer stands still."""
        self._bring_out(Place.EJECT)

    def reject(self) -> None:
        """Bring a card out to the reject tray."""
        self._bring_out(Place.REJECT)

    def _bring_out(self, to: Place) -> None:
        self._require_clear()
        if self._watch.position() is None:
            return
        done = self._bulk.act(wire.move(to, film_init=True), lambda _: None)
        if done.status != wire.PASSED:
            raise DriverError(f"the card was not brought out: {self._watch.sense().code}")
        look = self._watch.await_out(self._model.discard_s, self._model.near_end_interval_s)
        if look.stopped or look.busy or self._watch.position() is not None:
            raise DriverError(f"the card was not brought out: {look.code}")

    def clean(self) -> None:
        """Always refused: no source has a command for it. A person starts it in the printer's own menu."""
        raise DriverError(
            f"{self._model.name}: no known command starts the cleaning run; start it in the printer's menu"
        )

    def close(self) -> None:
        """Let go of the cable."""
        self._port.close()


def attach(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> MaticaDriver:
    """A driver on an open port, §4 obeyed. The caller still closes the port if this raises."""
    driver = MaticaDriver(port, model, clock)
    driver.check_ids()
    driver.open(busy_wait_s)
    return driver
