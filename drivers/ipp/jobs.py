"""One card as a job: what it is created with, and whether the queue has what was sent. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from drivers.contract import Staged
from drivers.ipp.seen import JobSeen, JobState
from drivers.ipp.wire import Attribute, Tag

#: Names of our jobs begin so; the rest is unique for ever (ipp.md §4).
NAME_PREFIX = "printstation-card-"


@dataclass(frozen=True)
class Laid:
    """A job that holds a card's data and was not let go. Number *and* uuid: numbers are used again (§4).
    `connection`: on which one it was created; `held`: whether it needs a release."""

    id: int
    uuid: str
    name: str
    staged: Staged
    connection: int
    held: bool

    def is_ours(self, job: JobSeen | None) -> bool:
        """Whether this is that very job and not another one of its number."""
        return job is not None and (job.id, job.uuid) == (self.id, self.uuid)


def new_name() -> str:
    """An attempt's name."""
    return NAME_PREFIX + uuid.uuid4().hex


def job_attributes(sides: int, *, held: bool) -> tuple[Attribute, ...]:
    """What each job says whatever the queue's defaults are: banners and copies are cards (§7)."""
    both = "two-sided-long-edge" if sides == 2 else "one-sided"
    always = (
        Attribute(Tag.INTEGER, "copies", (1,)),
        Attribute(Tag.KEYWORD, "job-sheets", ("none",)),
        Attribute(Tag.INTEGER, "number-up", (1,)),
        Attribute(Tag.KEYWORD, "sides", (both,)),
        Attribute(Tag.KEYWORD, "print-scaling", ("none",)),
        Attribute(Tag.KEYWORD, "print-color-mode", ("color",)),
    )
    hold = Attribute(Tag.KEYWORD, "job-hold-until", ("indefinite",))
    return (hold, *always) if held else always


def what_is_wrong(laid: Laid, job: JobSeen | None) -> str | None:
    """§9.2: held, one document, of the right length, and ours; None when it is so."""
    if job is None or not laid.is_ours(job):
        return "the new job is gone"
    if job.state is not JobState.HELD or not job.never_ran:
        return f"the new job is {job.state.name.lower()}, not held"
    if job.documents != 1:
        return f"the new job has {job.documents} documents"
    wanted = -(-laid.staged.size // 1024)
    if job.k_octets != wanted:
        return f"the queue has {job.k_octets} KiB of a card's {wanted}"
    return None
