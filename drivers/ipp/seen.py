"""A job and a queue as one look shows them: typed values out of IPP attributes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from drivers.contract import NotUnderstood
from drivers.ipp.wire import Attributes, Nothing, Value

JOB_ATTRIBUTES = (
    "job-id",
    "job-uuid",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-k-octets",
    "number-of-documents",
    "time-at-processing",
)
#: What changes by itself. Reading these takes a tenth of the time that all attributes take.
LIVE_ATTRIBUTES = (
    "printer-name",
    "printer-uuid",
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "marker-names",
    "marker-levels",
)
#: Longest text of a device that we keep: it goes into journals and logs.
MAX_TEXT = 127


class JobState(IntEnum):
    """RFC 8011 §5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


OVER = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})


class PrinterState(IntEnum):
    """RFC 8011 §5.4.11."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


_JOB_STATES, _PRINTER_STATES = frozenset(JobState), frozenset(PrinterState)


@dataclass(frozen=True)
class JobSeen:
    """One look at a job. `run` is its `time-at-processing`, which every run moves (ipp.md §6); `never_ran`
    only when the queue says *no-value*: an attribute that is missing says nothing."""

    id: int
    uuid: str
    name: str
    state: JobState
    reasons: tuple[str, ...] = ()
    run: int | None = None
    never_ran: bool = False
    k_octets: int | None = None
    documents: int | None = None

    @property
    def over(self) -> bool:
        """Whether it can move by itself no more."""
        return self.state in OVER


@dataclass(frozen=True)
class PrinterSeen:
    """One look at a queue; `attributes` for the checks, `device_id` the 1284 text's fields."""

    name: str
    uuid: str | None
    state: PrinterState
    accepting: bool
    reasons: tuple[str, ...]
    message: str
    queued: int
    operations: frozenset[int]
    make_and_model: str
    info: str
    device_id: Mapping[str, str]
    attributes: Attributes = field(repr=False)


def read_job(attributes: Attributes) -> JobSeen:
    """Refuses (NotUnderstood) a job without number, uuid or a known state."""
    run = attributes.get("time-at-processing", (Nothing.UNKNOWN,))[0]
    identity, state = number(attributes, "job-id"), number(attributes, "job-state")
    uuid = text(attributes, "job-uuid")
    if identity is None or not uuid or state not in _JOB_STATES:
        raise NotUnderstood(f"job {identity} has no uuid or the unknown state {state}")
    return JobSeen(
        id=identity,
        uuid=uuid,
        name=text(attributes, "job-name"),
        state=JobState(state),
        reasons=texts(attributes, "job-state-reasons"),
        run=run if isinstance(run, int) else None,
        never_ran=run is Nothing.NO_VALUE,
        k_octets=number(attributes, "job-k-octets"),
        documents=number(attributes, "number-of-documents"),
    )


def read_printer(attributes: Attributes) -> PrinterSeen:
    """Refuses (NotUnderstood) a queue without a known state."""
    state = number(attributes, "printer-state")
    if state not in _PRINTER_STATES:
        raise NotUnderstood(f"the queue has the unknown state {state}")
    reasons = texts(attributes, "printer-state-reasons")
    return PrinterSeen(
        name=text(attributes, "printer-name"),
        uuid=text(attributes, "printer-uuid") or None,
        state=PrinterState(state),
        accepting=attributes.get("printer-is-accepting-jobs") == (True,),
        reasons=tuple(reason for reason in reasons if reason != "none"),
        message=text(attributes, "printer-state-message"),
        queued=number(attributes, "queued-job-count") or 0,
        operations=frozenset(
            value for value in attributes.get("operations-supported", ()) if isinstance(value, int)
        ),
        make_and_model=text(attributes, "printer-make-and-model"),
        info=text(attributes, "printer-info"),
        device_id=id_fields(text(attributes, "printer-device-id", 1024)),
        attributes=attributes,
    )


def id_fields(device_id: str) -> Mapping[str, str]:
    """The 1284 text's fields, long names made short; of a key that comes twice the first counts."""
    short = {"MANUFACTURER": "MFG", "MODEL": "MDL", "SERIALNUMBER": "SN", "SERN": "SN"}
    found: dict[str, str] = {}
    for part in device_id.split(";"):
        key, separator, value = part.partition(":")
        if separator:
            key = key.strip().upper()
            found.setdefault(short.get(key, key), value.strip())
    return MappingProxyType(found)


def first(attributes: Attributes, name: str) -> Value | None:
    """The first value, None where there is none or only an out-of-band one."""
    value = attributes.get(name, (None,))[0]
    return None if isinstance(value, Nothing) else value


def number(attributes: Attributes, name: str) -> int | None:
    """A number or an enum."""
    value = first(attributes, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(attributes: Attributes, name: str, limit: int = MAX_TEXT) -> str:
    """A text in one line and of bounded length; empty where there is none."""
    value = first(attributes, name)
    return _line(value)[:limit] if isinstance(value, str) else ""


def texts(attributes: Attributes, name: str) -> tuple[str, ...]:
    """All values that are texts, the first 32 of them."""
    values = attributes.get(name, ())[:32]
    return tuple(_line(value)[:MAX_TEXT] for value in values if isinstance(value, str))


def _line(value: str) -> str:
    """Whatever a device writes in its name: no control sign reaches a journal or a terminal."""
    if not value.isprintable():
        value = "".join(sign if sign.isprintable() else "\ufffd" for sign in value)
    return value.strip()
