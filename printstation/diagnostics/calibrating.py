"""Three SPECIMEN cards at one printer, walked by its own worker, with an eye on the witnesses between the phases.

The cards are ordinary jobs posted with reason *test*: blanks, rows, journal and questions are those of any card.
The worker's driver is wrapped: it writes the witnesses down whenever the printer stands still, and of the third
card it sends only the beginning.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import layouts
from drivers import (
    Before,
    Counters,
    Driver,
    DriverError,
    Face,
    FeedBroken,
    Identity,
    Model,
    NotUnderstood,
    Outcome,
    Reason,
    Staged,
    Status,
    Supply,
    TransferTimeout,
    beginning,
)
from printstation.acts import jobs as job_acts
from printstation.acts import questions as question_acts
from printstation.acts.request import Request
from printstation.config import PrinterConfig
from printstation.diagnostics.calibrate import WHOLE, Reading, Readings
from printstation.lifecycle.answers import CardFate, JobFuture, QuestionReason
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import ENDED_STATES, JobState
from printstation.station import Station
from printstation.store import cards, jobs, questions, units

CARD_TYPE = "specimen"
LAYOUT = "specimen-resident"
SAMPLE = "emptiest"
#: What the third card's feed ends with, for whoever reads the journal.
BROKEN_OFF = Reason("other", "broken off by printer calibrate")
Opener = Callable[[str, Model, float], Driver]


class CannotCalibrate(Exception):
    """It cannot begin, or came to no end. One line, with what to do."""


@dataclass
class Notes:
    """What was read, card by card."""

    fed: int = 0
    last: Reading | None = None
    rest: list[Reading] = field(default_factory=list)
    inside: Reading | None = None
    seconds: list[float] = field(default_factory=list)
    error: str = ""


class WatchedDriver:
    """A `Driver` that reads the witnesses as it goes. `reopen` is how a host begins anew (§4)."""

    def __init__(
        self, reopen: Callable[[], Driver], model: Model, notes: Notes, station: Station,
        over: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._reopen = reopen
        self._inner = reopen()
        self._model = model
        self._notes = notes
        self._station = station
        self._over = over
        self._sent_at: float | None = None
        self._broken_off = False

    # ------------------------------------------------------------------ looking
    def _read(self) -> Reading:
        known = self._model.facts.counter_query is not None
        counter = self.counters().cards if known else None
        return Reading(counter, self._inner.outcome(Before(None, None, None)).path)

    def status(self) -> Status:
        """As the printer; the worker is told to stop once the three cards are over."""
        if self._over():
            self._station.stopping = True
        return self._inner.status()

    def outcome(self, before: Before) -> Outcome:
        """As the printer; a look at one that stands still is written down."""
        seen = self._inner.outcome(before)
        if not seen.ready_now:
            return self._told(seen)
        reading = self._read()
        self._notes.last = reading
        if len(self._notes.rest) == self._notes.fed and not self._broken_off:
            self._out(reading)
        elif self._broken_off and len(self._notes.rest) == self._notes.fed:
            self._notes.rest.append(reading)
        return self._told(seen)

    def _out(self, reading: Reading) -> None:
        self._notes.rest.append(reading)
        if self._sent_at is not None:
            self._notes.seconds.append(self._station.clock.monotonic() - self._sent_at)

    def _told(self, seen: Outcome) -> Outcome:
        """No card's fate hangs on a witness that is on trial. The third card was never whole, whatever the
        driver that opened behind it can remember."""
        if not self._broken_off:
            return replace(seen, counter=None, path=None)
        return Outcome(
            seen.serial,
            ready_now=seen.ready_now,
            errors=(BROKEN_OFF,),
            may_still_move=seen.may_still_move,
        )

    # ------------------------------------------------------------------ printing
    def feed(self, staged: Staged) -> None:
        """The first cards whole, of the last one the beginning."""
        if not self._notes.rest and self._notes.last is not None:
            self._notes.rest.append(self._notes.last)
        self._notes.fed += 1
        if self._notes.fed <= WHOLE:
            self._inner.feed(staged)
            self._sent_at = self._station.clock.monotonic()
            return
        part = beginning(staged, self._model)
        assert part is not None
        self._broken_off = True
        self._inner.feed(part)
        self._station.clock.sleep(self._model.typical_s)
        self._inner.close()
        self._inner = self._reopen()
        self._notes.inside = self._read()
        raise FeedBroken(BROKEN_OFF.raw)

    # ------------------------------------------------------------------ as the printer
    def identify(self) -> Identity:
        return self._inner.identify()

    def supplies(self) -> tuple[Supply, ...]:
        return self._inner.supplies()

    def counters(self) -> Counters:
        """A query that this unit does not answer is no counter, and no reason to let it go."""
        try:
            return self._inner.counters()
        except (TransferTimeout, NotUnderstood):
            return Counters()

    def stage(self, faces: Sequence[Face]) -> Staged:
        return self._inner.stage(faces)

    def observed(self) -> Outcome:
        return self._told(self._inner.observed())

    def discard(self) -> None:
        self._inner.discard()

    def eject(self) -> None:
        self._inner.eject()

    def reject(self) -> None:
        self._inner.reject()

    def clean(self) -> None:
        self._inner.clean()

    def close(self) -> None:
        self._inner.close()


class Calibration:
    """One run. The station is open, under the lock of its data folder, and no worker of it runs."""

    def __init__(self, station: Station, printer: PrinterConfig, by: str) -> None:
        self._station = station
        self._printer = printer
        self._by = by
        self._model = station.model_of(printer)
        self._notes = Notes()
        self.jobs: list[str] = []

    def refuse(self) -> None:
        """Raises `CannotCalibrate` for everything that stands against it; nothing was posted then."""
        facts, name = self._model.facts, self._printer.name
        if not facts.counter_query and not facts.path_query:
            raise CannotCalibrate(
                f"printer {name}: model {self._model.name} has no query for a counter or a path sensor: "
                "there is nothing to find out"
            )
        if (
            CARD_TYPE not in self._printer.card_types
            or CARD_TYPE in self._station.config.encode_first
        ):
            raise CannotCalibrate(
                f"printer {name} takes no blanks of type {CARD_TYPE}: add it to its card_types meanwhile"
            )
        with self._station.store.read() as conn:
            loaded = len(
                cards.pick(conn, CardState.LOADED, WHOLE + 1, printer=name, card_type=CARD_TYPE)
            )
            waiting = jobs.queue_head(conn, [CARD_TYPE], printers=(name,))
            asked = questions.open_ones(conn, printer=name)
        if loaded < WHOLE + 1:
            raise CannotCalibrate(
                f"printer {name} has {loaded} recorded blanks of type {CARD_TYPE}, it takes {WHOLE + 1}: "
                f"start the station, `printstation stock receive` and `stock load` them, stop it again"
            )
        if waiting:
            raise CannotCalibrate(
                f"job {waiting[0].id} waits for a {CARD_TYPE} card here: let it be printed or hold it first"
            )
        if asked:
            raise CannotCalibrate(
                f"question {asked[0].id} about printer {name} is open: start the station and answer it first"
            )

    def run(self, opener: Opener) -> Readings:
        """Print the cards; returns when the last one is out. Raises `CannotCalibrate` when they do not end.

        The station is as after a stop in any case: what was moving is settled by its next start.
        """
        self._only_this_printer(opener)
        self.jobs = [self._post(number) for number in range(1, WHOLE + 2)]
        (worker,) = self._station.workers
        worker.run()
        inside = self._notes.inside
        if inside is None or len(self._notes.rest) != WHOLE + 2:
            reasons = ", ".join(reason.keyword for reason in worker.view.reasons)
            why = self._notes.error or reasons or "its cards did not come out as they should"
            raise CannotCalibrate(f"printer {self._printer.name} came to no end: {why}")
        self._explain()
        drawn = True if inside.path else None
        return Readings(tuple(self._notes.rest), inside, drawn, tuple(self._notes.seconds))

    def _explain(self) -> None:
        """§6: a unit whose counter is compared already was moved by these feeds, by at most one each."""
        first, last = self._notes.rest[0].counter, self._notes.rest[-1].counter
        serial = self._station.workers[0].view.serial
        if serial is None or first is None or last is None:
            return
        moved = min(max(last - first, 0), WHOLE + 1)
        with self._station.store.write() as tx:
            units.explain(tx, serial, moved)

    def answer(self, drawn: bool) -> None:
        """Close the question about the third card: thrown out blank, or never drawn."""
        fate = CardFate.SPOILED if drawn else CardFate.UNTOUCHED
        said = question_acts.Answer(
            self._by, fate, JobFuture.CANCEL, cause="test" if drawn else None
        )
        with self._station.store.read() as conn:
            asked = questions.open_ones(
                conn, printer=self._printer.name, reason=QuestionReason.CARD_FATE
            )
        for question in asked:
            if question.job == self.jobs[-1]:
                request = Request(None, "calibrate", b"")
                question_acts.answer(self._station.store, question.id, said, request)

    # ------------------------------------------------------------------ inside
    def _only_this_printer(self, opener: Opener) -> None:
        station, printer = self._station, self._printer
        on_trial = {"card_types": (CARD_TYPE,), "counter": "none", "path_sensor": False}
        narrow = printer.model_copy(update=on_trial)
        station.config = station.config.model_copy(update={"printers": (narrow,)})
        # It looks at the sensor even where the configuration does not believe it yet.
        model = self._model.for_unit(path_sensor=bool(self._model.facts.path_query))
        limit = station.clock.monotonic() + (WHOLE + 2) * (model.print_s + model.send_s)

        def open_watched(uri: str, _: Model, wait: float) -> Driver:
            station.stopping = station.stopping or self._over(limit)
            try:
                return WatchedDriver(
                    lambda: opener(uri, model, wait), model, self._notes, station,
                    lambda: self._over(limit),
                )  # fmt: skip
            except DriverError as error:
                self._notes.error = str(error)
                station.stopping = True
                raise

        station.rebuild(open_watched)

    def _over(self, limit: float) -> bool:
        if self._station.clock.monotonic() > limit:
            return True
        with self._station.store.read() as conn:
            found = [jobs.get(conn, job) for job in self.jobs]
        states = {job.state for job in found if job is not None}
        return states <= {*ENDED_STATES, JobState.STOPPED}

    def _post(self, number: int) -> str:
        station = self._station
        layout = layouts.load(LAYOUT)
        reference = f"CALIBRATE-{secrets.token_hex(4)}-{number}"
        body = {
            **layout.sample(SAMPLE),
            "card_type": CARD_TYPE,
            "resident": None,
            "reference": reference,
            "reason": job_acts.TEST_REASON,
            "only_printer": self._printer.name,
        }
        payload = json.dumps(body, sort_keys=True).encode()
        order = job_acts.Order(
            layout=layout.name,
            layout_version=layout.version,
            card_type=CARD_TYPE,
            one_per_resident=False,
            resident=None,
            reference=reference,
            priority=100,
            payload=payload,
            sides=len(layout.sides),
            reason=job_acts.TEST_REASON,
            only_printer=self._printer.name,
        )
        request = Request(reference, "calibrate", station.seal.hash("body", payload))
        done = job_acts.submit(station.store, station.seal, order, request, self._by)
        return str(done.answer["id"])
