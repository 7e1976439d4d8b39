"""What happens to a print queue in a history, beside what happens to any printer: one act, many troubles.

Left out is what `limits.py` says of queues.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drivers.ipp.dialogue import Op
from drivers.ipp.wire import Attribute, Tag
from tests.crash.limits import ERROR_LASTS_S, KILLED_BEFORE_S
from tests.crash.queue_printer import QueuePrinter
from tests.crash.queue_runs import Manner

if TYPE_CHECKING:
    from tests.crash.sim import Sim
    from tests.crash.world import SimPrinter

#: A backend may end with any of these at any time of its run: a card is never called printed then.
CODES = (1, 2, 3, 4, 5, 6, 7)
#: The longest run of a card with two sides, and a little more.
RUN_S = 7.0
NOT_NOW = 0x0507


class QueueMischief:
    """Acts of a director, by their names in `profile.QUEUE_ACTS`."""

    sim: Sim
    rng: random.Random
    later: Callable[[float, str, Callable[[], None]], None]
    _soon: Callable[[], float]
    _touch: Callable[[SimPrinter], bool]
    _mend_later: Callable[[SimPrinter], None]

    def queue_trouble(self) -> None:
        """Something befalls one of the queues, where there is one."""
        queues = [p for p in self.sim.printers.values() if isinstance(p, QueuePrinter)]
        if not queues:
            return
        printer = self.rng.choice(queues)
        if self._touch(printer):
            self.trouble(printer, self.rng.choices(list(TROUBLES), _WEIGHTS)[0])

    def trouble(self, printer: QueuePrinter, name: str) -> None:
        """This one, now; somebody sees to it."""
        printer.advance(self.sim.turns.now)
        told = TROUBLES[name][1](self, printer)
        self.sim.note("world", f"{name} at {printer.name} {told or ''}".rstrip())
        self._mend_later(printer)

    # ------------------------------------------------------------------ cupsd
    def cupsd_killed(self, printer: QueuePrinter) -> str:
        queue, forgets = printer.queue, self.rng.random() < 0.4
        queue.hook = self.rng.random() < 0.6
        queue.kill(forgets=forgets)
        self._comes_back(printer)
        return f"hook {queue.hook}, forgets {forgets}"

    def cupsd_stopped(self, printer: QueuePrinter) -> str:
        printer.queue.hook = self.rng.random() < 0.6
        printer.queue.stop()
        self._comes_back(printer)
        return f"hook {printer.queue.hook}"

    def _comes_back(self, printer: QueuePrinter) -> None:
        printer.end_connections()

        def start() -> None:
            printer.advance(self.sim.turns.now)
            if not printer.queue.up:
                printer.queue.start()

        self.later(max(0.2, self._soon()), "cupsd", start)

    # ------------------------------------------------------------------ people and programs
    def paused(self, printer: QueuePrinter) -> None:
        """Now and then the one who stopped it lets it go on without a look at what waits there."""
        printer.queue.pause()
        if self.rng.random() < 0.5:
            self.later(max(ERROR_LASTS_S, self._soon()), "resume", lambda: _resume(self, printer))

    def forgotten(self, printer: QueuePrinter) -> None:
        printer.queue.forget()

    def strange_job(self, printer: QueuePrinter) -> None:
        printer.queue.strange_job()

    def misconfigured(self, printer: QueuePrinter) -> None:
        policy = Attribute(Tag.NAME, "printer-error-policy", ("retry-job",))
        printer.queue.settings["printer-error-policy"] = policy

    # ------------------------------------------------------------------ backends
    def backend(self, printer: QueuePrinter) -> str:
        """One run ends, hangs, or does not obey."""
        queue, manner = printer.queue, self._manner()
        run = queue.current
        # One that hangs has looked away: it does not come to life again and call its card done.
        if run is not None and not run.manner.hangs and self.rng.random() < 0.5:
            gone_by = queue.now - run.began
            if manner.fails and manner.code == 0 and gone_by > KILLED_BEFORE_S:
                return "nothing"
            run.manner = replace(manner, after_s=max(manner.after_s, gone_by))
        else:
            queue.manners.append(manner)
        return str(manner)

    def _manner(self) -> Manner:
        term = self.rng.choice(("cancel", "leave", "ignore"))
        gone = self.rng.choice(CODES)
        drawn = self.rng.random()
        if drawn < 0.2:
            return Manner(term, hangs=self.rng.choice(("before", "after")), gone=gone)
        if drawn < 0.4:
            # A signal is *completed*, as an end by itself is.
            return Manner(term, True, 0, self.rng.uniform(0, KILLED_BEFORE_S), gone=gone)
        if drawn < 0.8:
            code = self.rng.choice(CODES)
            return Manner(term, True, code, self.rng.uniform(0, RUN_S), gone=gone)
        return Manner(term, gone=gone)

    # ------------------------------------------------------------------ the wire
    def lost(self, printer: QueuePrinter) -> str:
        operation = self.rng.choice((*Op, Op.RELEASE_JOB, Op.RELEASE_JOB, Op.CANCEL_JOB))
        how = self.rng.choice(("request", "answer", "late"))
        printer.queue.lose[operation] = how
        return f"{operation.name} {how}"

    def refused(self, printer: QueuePrinter) -> str:
        operation = self.rng.choice(list(Op))
        printer.queue.refuse[operation] = NOT_NOW
        return operation.name

    def garbled(self, printer: QueuePrinter) -> None:
        printer.queue.garbles += 1


def _resume(director: QueueMischief, printer: QueuePrinter) -> None:
    printer.advance(director.sim.turns.now)
    printer.queue.resume()
    director.sim.note("world", f"{printer.name} is let go on")


Trouble = Callable[[Any, QueuePrinter], str | None]
TROUBLES: Mapping[str, tuple[float, Trouble]] = {
    "cupsd-killed": (3, QueueMischief.cupsd_killed),
    "cupsd-stopped": (2, QueueMischief.cupsd_stopped),
    "paused": (2, QueueMischief.paused),
    "forgotten": (1, QueueMischief.forgotten),
    "strange-job": (1, QueueMischief.strange_job),
    "misconfigured": (1, QueueMischief.misconfigured),
    "backend": (8, QueueMischief.backend),
    "lost": (4, QueueMischief.lost),
    "refused": (1.5, QueueMischief.refused),
    "garbled": (1, QueueMischief.garbled),
}
_WEIGHTS = [weight for weight, _ in TROUBLES.values()]
