"""One loop a printer: hold the device, keep its rows right, walk one card after the other.

The loop is the only place where this printer is waited for; a fault here never delays another printer.
An assertion (our own mistake) ends this worker loudly and leaves its rows as they are.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from drivers import (
    Condition,
    DeviceBusy,
    DeviceGone,
    DiscardFailed,
    DriverError,
    Status,
    TransportError,
    WrongDevice,
)
from printstation import logs
from printstation.acts import fates
from printstation.clock import rfc3339
from printstation.diagnostics import settings
from printstation.spool import recovery, watch
from printstation.spool.desk import Desk, Leave
from printstation.spool.duty import RESTING, DutyWatch
from printstation.spool.view import PrinterState, PrinterView, SeenReason
from printstation.spool.walk import Held, Turn, Walk, lost
from printstation.store import journal
from printstation.store.engine import Remembered

log = logging.getLogger(__name__)

#: How often an absent device is looked for. "Goes on within 5 s" after a replug leaves room for three.
PRESENCE_INTERVAL_S = 1.0
#: Device presence is debounced: shorter gaps are *connecting*, not a stop of its own in the journal.
DEBOUNCE_S = 2.0
#: After "drew no card": the first wait keeps "goes on within 5 s"; the longest keeps the journal short when
#: a printer stands without blanks for a night and its status does not show it.
EMPTY_AGAIN_S = 2.0
EMPTY_LONGEST_S = 60.0
#: How soon a self-test at an idle printer is noticed; its counter is a query on the bulk pipe.
CONTINUITY_INTERVAL_S = 10.0
#: Tells the operator why an open failed.
OPEN_FAILED: tuple[tuple[type[DriverError], str], ...] = (
    (DeviceBusy, "busy-elsewhere"),
    (WrongDevice, "wrong-device"),
    (TransportError, "disconnected"),
    (DriverError, "not-understood"),
)


class Worker:
    """One printer's thread. `run` returns when the station stops; `view` may be read by anybody."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._held: Held | None = None
        self._walk: Walk | None = None
        self._absent_since: float | None = None
        self._hopper_seen_full = False
        self._cover_was_open = False
        #: What the device said of itself when nothing moved last.
        self._told: frozenset[str] = frozenset()
        self._standing = Remembered(desk.store, desk.name, lambda: watch.standing(desk, None))
        self._settings = settings.SettingsWatch(desk.store, desk.name, desk.clock)
        self._duty = DutyWatch(desk.store, desk.name, desk.duty, desk.clock)
        #: The store's version at which counter and rows last agreed, and until when that is believed.
        self._agreed: tuple[tuple[int, int], float] | None = None
        self._not_before = 0.0
        self._empty_wait_s = 0.0
        self._reported: tuple[str, ...] = ()
        self.view = PrinterView(
            desk.name,
            desk.model.name,
            desk.model.family,
            desk.uri,
            PrinterState.STOPPED,
            reasons=(SeenReason("connecting"),),
        )

    @property
    def busy(self) -> bool:
        """Whether a card is in this worker's hands."""
        return self._walk is not None and self._walk.job is not None

    def run(self) -> None:
        """Until the station stops. Never raises."""
        try:
            while not self._desk.leaving():
                if self._desk.stopping():
                    break
                self._turn()
        except Leave:
            pass
        except Exception as error:  # noqa: BLE001 - the last line of defence; it is logged
            # Our own mistake: this printer stands still and says so; rows stay as they are, others go on.
            # Where it happened and not its text, which may quote a resident's data.
            extra = {"printer": self._desk.name, **logs.of_error(error)}
            log.error("worker stopped: %s", type(error).__name__, extra=extra)
            self._show([SeenReason("worker-stopped")])
        finally:
            self._let_go()

    def _turn(self) -> None:
        try:
            if self._held is None:
                self._open()
            try:
                self._tend()
            except DiscardFailed as error:
                self._show([SeenReason("discard-due", str(error)), *self._look()])
                self._pause(self._desk.model.status_interval_s)
        except DriverError as error:
            self._absent(error)

    # ------------------------------------------------------------------------- the device
    def _open(self) -> None:
        desk = self._desk
        self._held = held = recovery.open_device(desk)
        self._walk = Walk(desk, held, self._refresh)
        self._standing = Remembered(
            desk.store, desk.name, lambda: watch.standing(desk, held.serial)
        )
        self._absent_since = None
        self._agreed = None
        self._settings.opened()
        self._read_gauges()
        if self._cover_was_open:
            # Power was lost with the cover open: hands were in the hopper, perhaps (§10).
            self._cover_was_open = False
            self._desk.write(lambda tx: fates.ask_count(tx, self._desk.name))

    def _let_go(self) -> None:
        held, self._held, self._walk = self._held, None, None
        self._desk.sight.lost()
        if held is not None:
            held.driver.close()

    def _absent(self, error: DriverError) -> None:
        """The device cannot be held. Its rows are put right at once; its absence is debounced."""
        self._let_go()
        lost(self._desk, type(error).__name__)
        now = self._desk.clock.monotonic()
        if self._absent_since is None:
            self._absent_since = now
            self._hopper_seen_full = False
        keyword = next(word for kind, word in OPEN_FAILED if isinstance(error, kind))
        # One that is there and says nothing is no plug on its way: along a line, opening it again may take the
        # time of a whole card, and so long nobody should read "wait a moment".
        plug = isinstance(error, DeviceGone) and now - self._absent_since < DEBOUNCE_S
        if keyword == "disconnected" and plug:
            self._show([SeenReason("connecting")], report=False)
        else:
            self._show([SeenReason(keyword, str(error))])
        self._pause(PRESENCE_INTERVAL_S)

    def _look(self) -> list[SeenReason]:
        assert self._held is not None
        return watch.device_reasons(self._status())

    def _status(self) -> Status:
        assert self._held is not None
        status = self._held.driver.status()
        self._desk.sight.saw(status, rfc3339(self._desk.clock.now()))
        words = {reason.keyword for reason in status.reasons}
        self._cover_was_open = "cover-open" in words
        if "media-empty" in words:
            if self._hopper_seen_full:
                # *Empty* while rows remain asks for a count; an empty hopper at the start asks nothing,
                # since rows may be loaded before the human act or after it.
                self._desk.write(lambda tx: fates.ask_count(tx, self._desk.name))
            self._hopper_seen_full = False
        elif status.condition is Condition.READY:
            self._hopper_seen_full = True
        return status

    # ------------------------------------------------------------------------- the loop's body
    def _tend(self) -> None:
        """One turn with a held device: settle what is due, look, and walk a card if nothing forbids it."""
        assert self._held is not None and self._walk is not None
        if self._desk.tap is not None:
            self._desk.tap.between_cards()
        if self._standing.get().discard_due:
            recovery.clear(self._desk, self._held)
        status = self._status()
        device = watch.device_reasons(status)
        house = [*watch.moment_reasons(self._desk), *self._standing.get().reasons]
        duty = self._duty.due()
        # A device may count its cards as we do, and say the same.
        told = {reason.keyword for reason in device}
        house.extend(reason for reason in duty.reasons if reason.keyword not in told)
        self._show([*device, *house], resumes_at=duty.resumes_at)
        still = status.condition is not Condition.BUSY
        ready = status.condition is Condition.READY or told == {"cleaning-overdue"}
        if self._errand(ready=ready, still=still):
            return
        if still:
            self._look_at_settings()
            self._look_at_gauges(status.condition, frozenset(told))
        if self._walk.called():
            device = [reason for reason in device if reason.keyword != "media-empty"]
        free = not watch.stops(device) and not watch.blocks(house)
        ready = status.condition is Condition.READY and free
        if ready and self._desk.clock.monotonic() >= self._not_before:
            turn = self._walk_one(self._walk)
            if turn is not Turn.NOTHING:
                self._read_gauges()
                self._rest_after(turn)
                return
        if status.condition is Condition.READY:
            self._continuous()
        self._pause(self._desk.model.status_interval_s)

    def _look_at_settings(self) -> None:
        """Settings that changed by themselves become a reason at the next turn."""
        assert self._held is not None
        serial = self._held.serial
        if serial is None or not self._settings.due():
            return
        told = settings.told(self._held.driver)
        if told is not None and self._settings.is_news(serial, told):
            self._desk.write(lambda tx: settings.note(tx, self._desk.name, serial, told))

    def _errand(self, *, ready: bool, still: bool) -> bool:
        """Do what a person asked for between two cards; False when there was nothing to do."""
        assert self._held is not None
        errand = self._desk.errands.take(self._desk.clock.monotonic(), ready=ready, still=still)
        if errand is None:
            return False
        try:
            errand.run(self._held.driver)
        except DriverError as error:
            errand.failed(type(error).__name__)
            raise
        return True

    def _walk_one(self, walk: Walk) -> Turn:
        try:
            return walk.one()
        except DriverError:
            if walk.laying:
                # A queue that says ready and takes no card: each try reserves one and gives it back.
                self._rest_after(Turn.DREW_NO_CARD)
            raise

    def _rest_after(self, turn: Turn) -> None:
        """A device that drew no card and yet says ready is asked again, ever more seldom.

        Loads, counts and `resume` wake it at once, since they change rows.
        """
        if turn is Turn.DREW_NO_CARD:
            self._empty_wait_s = min(max(2 * self._empty_wait_s, EMPTY_AGAIN_S), EMPTY_LONGEST_S)
            self._not_before = self._desk.clock.monotonic() + self._empty_wait_s
        else:
            self._empty_wait_s = 0.0

    def _continuous(self) -> bool:
        """§6, at start and reconnect too: this unit's counter shows what is explained.

        Before a feed the walk compares it in any case; an idle printer is asked after each commit that
        concerns it, and now and then.
        """
        assert self._held is not None
        if self._desk.model.counter == "none" or self._held.serial is None:
            return True
        serial, now = self._held.serial, self._desk.clock.monotonic()
        version = self._desk.store.version(self._desk.name)
        if self._agreed is not None and self._agreed[0] == version and now < self._agreed[1]:
            return True
        reading = self._held.driver.counters().cards
        with self._desk.store.read() as conn:
            as_expected = fates.counter_as_expected(conn, serial, reading)
        # Nothing is written without a difference: a commit would wake every worker, this one as well.
        if as_expected or self._desk.write(
            lambda tx: fates.compare_counter(tx, self._desk.name, serial, reading)
        ):
            self._agreed = (version, now + CONTINUITY_INTERVAL_S)
            return True
        self._agreed = None
        return False

    def _pause(self, seconds: float) -> None:
        self._desk.timings.idle()
        self._desk.clock.wait(self._desk.wake, seconds)
        self._desk.wake.clear()

    # ------------------------------------------------------------------------- what others see
    def _refresh(self) -> None:
        """A card was taken in hand."""
        job = self._walk.job if self._walk else None
        self.view = replace(self.view, state=PrinterState.PROCESSING, job=job)

    def _show(
        self, reasons: list[SeenReason], *, report: bool = True, resumes_at: str | None = None
    ) -> None:
        stopped = watch.stops(reasons) or self._held is None
        alone = not watch.stops([reason for reason in reasons if reason.keyword != RESTING])
        self.view = replace(
            self.view,
            state=PrinterState.STOPPED if stopped else PrinterState.IDLE,
            serial=self._held.serial if self._held else self.view.serial,
            reasons=tuple(reasons),
            job=None,
            # Where anything else stops it too, nobody knows when the next card comes.
            resumes_at=resumes_at if alone else None,
        )
        words = tuple(sorted({r.keyword for r in reasons if r.keyword != "no-blanks"}))
        if report and words != self._reported:
            self._reported = words
            self._note_reasons(words, reasons, stopped and bool(words))

    def _note_reasons(
        self, words: tuple[str, ...], reasons: list[SeenReason], stopped: bool
    ) -> None:
        """Every stop of a printer is in the journal, with the device's raw words; so is what stops nothing, as
        the reasons of a printer that is ready."""
        data = {"reasons": list(words), "raw": [r.raw for r in reasons if r.raw]}
        kind = "printer-stopped" if stopped else "printer-ready"
        self._desk.write(
            lambda tx: journal.append(tx, kind, printer=self._desk.name, data=data) and None
        )

    def _look_at_gauges(self, condition: Condition, told: frozenset[str]) -> None:
        """What was mended may be a supply: it is asked for anew once the device is ready and says less than before."""
        gone = self._told - told
        if condition is Condition.READY or not gone:
            self._told = told
        if condition is Condition.READY and gone:
            self._read_gauges()

    def _read_gauges(self) -> None:
        """Counters and supplies, read while nothing moves."""
        assert self._held is not None
        counters = self._held.driver.counters()
        known = [("cards", counters.cards), ("prints", counters.prints)]
        known.append(("cleanings", counters.cleanings))
        self.view = replace(
            self.view,
            serial=self._held.serial,
            counters=tuple((name, value) for name, value in known if value is not None),
            supplies=tuple((s.name, s.remaining, s.capacity) for s in self._held.driver.supplies()),
        )
