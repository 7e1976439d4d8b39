"""A receipt printer: asked for its status, sent a slip, asked again what became of it.

A slip is no card: printing it twice does no harm, so the question is only whether a person must look.
Bytes are in `wire.py`, meanings in `codes.toml`. Renders nothing: slips come as bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import Clock, Condition, Status, TransferStalled, TransportError
from drivers.reasons import reasons
from drivers.receipt import wire
from drivers.receipt.codes import read_status
from drivers.receipt.dialogue import Broken, Dialogue
from drivers.receipt.line import Line
from drivers.transports import open_port

#: A printer's smallest usual buffer is 2 KB and a slip has about 1 KB: it is taken at once unless the
#: printer stands still or prints another's. Ten seconds are three slips of 30 cm at 100 mm/s.
SEND_S = 10.0
#: After the last byte: 30 cm of paper at the slowest usual 60 mm/s are 5 s, a cut 1 s; three times that.
PRINT_S = 18.0
#: While the end of a slip is waited for, the printer is looked at this often.
LOOK_S = 1.0
#: More than this is no slip but a mistake.
MAX_SLIP_BYTES = 64 << 10
#: No command of a slip is longer (a QR code's text, 64 characters and 8 bytes around them): as many
#: nothings end whatever a killed program left half sent. Only where no reset empties the printer.
RESYNC_BYTES = 128


class SlipFate(StrEnum):
    """What became of a slip, as far as the printer told."""

    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Printout:
    """The end of one `print`.

    *printed*: the printer answered a question that stood behind the last byte. *not-printed*: no byte
    of the slip was sent. *unsure*: anything else; it may have come out in part, or come out yet, so the
    next try says that it is a copy. `status` is the last look, None when there was none; `detail` is for
    a technician and carries nothing of the slip.
    """

    fate: SlipFate
    status: Status | None
    acknowledged: int = 0
    detail: str = ""


class ReceiptPrinter:
    """One receipt printer, held by one thread. After `DeviceGone` it must be opened anew.

    `answers=False` is for printers without a way back (unidirectional USB, two-wire serial): `status` is
    ready without having asked, and a slip's best fate is *unsure*.
    """

    def __init__(self, line: Line, clock: Clock, answers: bool = True) -> None:
        self._line = line
        self._clock = clock
        self._answers = answers
        self._talk = Dialogue(line, clock)
        self._leftovers = True

    def status(self) -> Status:
        """One look by the four real-time queries; sends nothing that could be printed.

        Any `TransportError`; `TransferTimeout` when the printer does not answer.
        """
        if not self._answers:
            return Status(Condition.READY, raw="not asked")
        return self._talk.status()

    def print(self, slip: bytes) -> Printout:
        """Print one slip and find out what became of it. Never raises for the printer's sake.

        Returns after `SEND_S` + `PRINT_S` and a few looks at the latest. `ValueError` for no slip at all.
        """
        if not 0 < len(slip) <= MAX_SLIP_BYTES:
            raise ValueError(f"a slip has 1 to {MAX_SLIP_BYTES} bytes, not {len(slip)}")
        try:
            before = self.status()
            if forbids(before):
                return Printout(
                    SlipFate.NOT_PRINTED, before, detail=f"before the slip: {before.raw}"
                )
            data = self._clean_start() + wire.INITIALISE + slip
        except TransportError as lost:
            return Printout(SlipFate.NOT_PRINTED, None, detail=str(lost))
        self._leftovers = True
        try:
            self._talk.send(data, SEND_S)
        except Broken as broken:
            fate = SlipFate.UNSURE if broken.touched else SlipFate.NOT_PRINTED
            return Printout(fate, self._last_look(), broken.taken, str(broken))
        if not self._answers:
            # It took the whole slip and may print it still: a reset before the next one would cut it off.
            self._leftovers = False
            return Printout(SlipFate.UNSURE, None, len(data), "this printer tells nothing")
        return self._wait_for_end(len(data))

    def close(self) -> None:
        """Let go of the line. Never raises; sends nothing."""
        self._line.close()

    # ------------------------------------------------------------------------- inside
    def _clean_start(self) -> bytes:
        """Rid the printer of what an earlier slip left: by a reset, else by bytes to be sent first."""
        if not self._leftovers:
            return b""
        try:
            self._line.soft_reset()
        except TransferStalled:
            return wire.NOTHING * RESYNC_BYTES
        self._talk.forget_barriers()
        return b""

    def _wait_for_end(self, size: int) -> Printout:
        end = self._clock.monotonic() + PRINT_S
        next_look = self._clock.monotonic() + LOOK_S
        status: Status | None = None
        try:
            while not self._talk.ended and (now := self._clock.monotonic()) < end:
                for answer in self._talk.hear(max(min(next_look, end) - now, 0.001)):
                    if isinstance(answer, wire.StatusBack):
                        status = read_status(answer.as_answers())
                if self._clock.monotonic() >= next_look:
                    status = self._talk.look()
                    next_look = self._clock.monotonic() + LOOK_S
                if status is not None and forbids(status) and not self._talk.ended:
                    return Printout(SlipFate.UNSURE, status, size, f"inside the slip: {status.raw}")
        except TransportError as lost:
            if not self._talk.ended:
                return Printout(SlipFate.UNSURE, status, size, str(lost))
        if self._talk.ended:
            self._leftovers = False
            return Printout(SlipFate.PRINTED, self._last_look(), size)
        self._talk.forget_barriers()
        return Printout(SlipFate.UNSURE, self._last_look(), size, f"no end within {PRINT_S:g} s")

    def _last_look(self) -> Status | None:
        try:
            return self.status()
        except TransportError:
            return None


def forbids(status: Status) -> bool:
    """Whether a slip should not be sent now: stopped, or a reason that stops printing."""
    table = reasons()
    stops = any(table[reason.keyword].stops for reason in status.reasons)
    return stops or status.condition is Condition.STOPPED


def open_receipt_printer(uri: str, clock: Clock, answers: bool = True) -> ReceiptPrinter:
    """Open the receipt printer at `uri`; sends nothing to be printed.

    `ValueError` for an address that is none; `DeviceGone`, `DeviceBusy` and every `TransportError` as
    they come. The caller closes it.
    """
    return ReceiptPrinter(open_port(uri), clock, answers)
