"""What one driver object saw since `feed`: the half of an `Outcome` that needs no I/O.

Shared by the families, since the rules are of the design page exactly-once.md §3, not of a language:
busy counts from *sent*, an error that went away is not forgotten, a device's word that it drew no
card holds only until the device is seen to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drivers.contract import Condition, Outcome, Reason, Status

#: Different errors kept of one card. A device that says more than this in one card is out of its mind.
MAX_ERRORS = 16


class Phase(IntEnum):
    """How far the card's story is; observations mean different things before and after `discard`."""

    IDLE = 0
    FED = 1
    DISCARDING = 2
    CANCELLED = 3
    SETTLED = 4


@dataclass(frozen=True)
class Seen:
    """One look at the device and what it says of the fed card. `named`: the error is known by name."""

    status: Status
    named: bool = True
    drew_no_card: bool = False
    rejected: bool = False


class FeedMemory:
    """Filled by the driver while a card is fed, sent and discarded; read by `outcome`."""

    def __init__(self) -> None:
        self._phase = Phase.IDLE
        self._begin(fed=False)

    def begin(self) -> None:
        """A new card: everything before it is forgotten."""
        self._begin(fed=True)

    def _begin(self, fed: bool) -> None:
        self._phase = Phase.FED if fed else Phase.IDLE
        self._fed = fed
        self._acknowledged = 0
        self._in_doubt = 0
        self._sent = False
        self._busy_since_sent = False
        self._ready_now = False
        self._errors: list[Reason] = []
        self._unnamed: Reason | None = None
        self._rejected = False
        self._drew_no_card = False
        self._went_on = False

    def acknowledge(self, count: int) -> None:
        """The device took so many bytes more."""
        self._acknowledged += count

    def doubt(self, count: int) -> None:
        """So many bytes may or may not have been taken: a transfer was lost."""
        self._in_doubt += count

    def finish(self) -> None:
        """The last byte was acknowledged: the card is *sent*, and busy counts from here."""
        self._sent = True

    @property
    def offered(self) -> bool:
        """Whether the device may hold a byte of the card."""
        return self._acknowledged > 0 or self._in_doubt > 0

    def discarding(self) -> None:
        """From here on, busy is the device being cleared and proves nothing of the card."""
        self._phase = max(self._phase, Phase.DISCARDING)

    def cancelled(self) -> None:
        """The device was told to drop the job: being ready takes nothing back any more."""
        self._phase = max(self._phase, Phase.CANCELLED)

    def settle(self) -> None:
        """`discard` succeeded: what happens from here on is not of this card."""
        self._forget_name()
        self._phase = Phase.SETTLED

    def look(self, seen: Seen) -> None:
        """Take in one look at the device."""
        condition = seen.status.condition
        self._ready_now = condition is Condition.READY
        if self._phase is Phase.SETTLED:
            return
        if condition is Condition.STOPPED:
            self._stopped(seen)
            return
        self._forget_name()
        if condition is Condition.BUSY or self._phase < Phase.CANCELLED:
            # It went on after its error, so it may have drawn the card by now.
            self._went_on = self._went_on or bool(self._errors) or self._drew_no_card
            self._drew_no_card = False
        if condition is Condition.BUSY and self._sent and self._phase is Phase.FED:
            self._busy_since_sent = True

    def _stopped(self, seen: Seen) -> None:
        reason = seen.status.reasons[0]
        if not seen.named:
            self._unnamed = self._unnamed or reason
            return
        # An error seen in mid-stream could not be asked for its name; this is the same one, since the
        # device was not seen without error in between.
        self._unnamed = None
        self._rejected = self._rejected or seen.rejected
        alone = all(error.keyword == reason.keyword for error in self._errors)
        self._drew_no_card = seen.drew_no_card and alone and not self._went_on
        self._record(reason)

    def _forget_name(self) -> None:
        """The device is without error: one that was never named stays on record without a name."""
        if self._unnamed is not None:
            self._record(self._unnamed)
            self._unnamed = None

    def _record(self, reason: Reason) -> None:
        if self._fed and reason not in self._errors and len(self._errors) < MAX_ERRORS:
            self._errors.append(reason)

    @property
    def errors(self) -> tuple[Reason, ...]:
        """Every error since *feed*, first one first, with rejection and "drew no card" among them."""
        return (*self._errors, *((self._unnamed,) if self._unnamed and self._fed else ()))

    def observed(self) -> Outcome:
        """What is remembered; `serial`, `counter` and `path` are the driver's to add."""
        return Outcome(
            sent=self._sent,
            acknowledged=self._acknowledged if self._fed else None,
            in_doubt=self._in_doubt if self._fed else None,
            busy_since_sent=self._busy_since_sent,
            ready_now=self._ready_now,
            errors=self.errors,
            rejected=self._rejected,
            drew_no_card=self._drew_no_card,
            may_still_move=not self._at_rest(),
        )

    def _at_rest(self) -> bool:
        if self._phase is Phase.SETTLED:
            return True
        if not self._fed:
            return False
        done = self._sent and self._busy_since_sent and self._ready_now and not self.errors
        return done or not self.offered
