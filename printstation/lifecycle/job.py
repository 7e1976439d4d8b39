"""The life of a job: states, events and the one table that says where an event leads.

State names are those of IPP (RFC 8011 §5.3.7). Only `store/steps.py` applies this table.
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job is. *completed* never means that bytes were accepted."""

    PENDING = "pending"
    HELD = "pending-held"
    PROCESSING = "processing"
    STOPPED = "processing-stopped"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"


class JobEvent(StrEnum):
    """What can happen to a job."""

    HOLD = "hold"
    RELEASE = "release"
    START = "start"
    GIVE_BACK = "give-back"
    SET_ASIDE = "set-aside"
    STOP = "stop"
    FINISH = "finish"
    AGAIN = "again"
    CANCEL = "cancel"
    EXPIRE = "expire"
    DISOWN = "disown"


#: Jobs that a resident may not have beside another one (`exactly-once.md` §8): all but these.
OPEN_STATES = frozenset({JobState.PENDING, JobState.HELD, JobState.PROCESSING, JobState.STOPPED})
ENDED_STATES = frozenset({JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED})

JOB_TABLE: dict[tuple[JobState, JobEvent], JobState] = {
    (JobState.PENDING, JobEvent.HOLD): JobState.HELD,
    (JobState.HELD, JobEvent.RELEASE): JobState.PENDING,
    (JobState.PENDING, JobEvent.START): JobState.PROCESSING,
    (JobState.PROCESSING, JobEvent.GIVE_BACK): JobState.PENDING,
    (JobState.PROCESSING, JobEvent.SET_ASIDE): JobState.HELD,
    (JobState.PROCESSING, JobEvent.STOP): JobState.STOPPED,
    (JobState.PROCESSING, JobEvent.FINISH): JobState.COMPLETED,
    (JobState.STOPPED, JobEvent.FINISH): JobState.COMPLETED,
    (JobState.PROCESSING, JobEvent.AGAIN): JobState.PENDING,
    (JobState.STOPPED, JobEvent.AGAIN): JobState.PENDING,
    (JobState.PENDING, JobEvent.CANCEL): JobState.CANCELED,
    (JobState.HELD, JobEvent.CANCEL): JobState.CANCELED,
    (JobState.PROCESSING, JobEvent.CANCEL): JobState.CANCELED,
    (JobState.STOPPED, JobEvent.CANCEL): JobState.CANCELED,
    (JobState.PENDING, JobEvent.EXPIRE): JobState.ABORTED,
    (JobState.HELD, JobEvent.EXPIRE): JobState.ABORTED,
    # A correction of two persons found that the card of a completed job was never a good one.
    (JobState.COMPLETED, JobEvent.DISOWN): JobState.ABORTED,
    # A card said to be lost or spoiled turned up as the printed card of its canceled job.
    (JobState.CANCELED, JobEvent.FINISH): JobState.COMPLETED,
    (JobState.ABORTED, JobEvent.FINISH): JobState.COMPLETED,
}
