"""A queue in memory behind the driver's port: it does what a test says, and loses what a test wants lost.

Its states are set by the test, since the real ones are cupsd's (tests/contract has that); here every answer
of the rules of ipp.md §9 can be brought about one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from drivers import DeviceGone, TransferTimeout
from drivers.ipp.dialogue import Op
from drivers.ipp.wire import Attribute, Attributes, Group, Tag, decode, encode
from drivers.transports.http import Refused

OK, NOT_POSSIBLE, NOT_FOUND = 0, 0x0404, 0x0406
Answer = tuple[int, list[tuple[Group, list[Attribute]]]]


@dataclass
class FakeJob:
    id: int
    uuid: str
    name: str
    state: int = 4
    run: int | None = None
    reasons: str = "none"
    octets: int = 0
    documents: int = 0
    user: str = "printstation"


@dataclass
class FakeQueue:
    """`log` has every operation in order. `lose` names operations whose request or answer is lost once."""

    uri: str = "ipp://127.0.0.1:631/printers/cards"
    state: int = 3
    reasons: tuple[str, ...] = ("none",)
    message: str = ""
    accepting: bool = True
    holds: bool = True
    settings: dict[str, Attribute] = field(default_factory=dict)
    devices: list[tuple[str, str]] = field(default_factory=lambda: [("cards", "usb://one")])
    uuid: str = "urn:uuid:queue"
    jobs: dict[int, FakeJob] = field(default_factory=dict)
    log: list[Op] = field(default_factory=list)
    lose: dict[Op, str] = field(default_factory=dict)
    refuse: dict[Op, int] = field(default_factory=dict)
    on_release: Callable[[FakeJob], None] = lambda job: None
    on_cancel: Callable[[FakeJob], None] = lambda job: None
    rewrite: Callable[[bytes], bytes] = lambda body: body
    down: bool = False
    connections: int = 1
    _open: bool = True

    # ------------------------------------------------------------------ the port
    @property
    def open(self) -> bool:
        return self._open

    def reopen(self) -> None:
        if self.down:
            raise Refused("nobody listens")
        self._open = True
        self.connections += 1

    def close(self) -> None:
        self._open = False

    def restart(self) -> None:
        """Another process answers from here on."""
        self._open = False

    def post(self, parts: Iterable[bytes], timeout_s: float, limit: int) -> tuple[int, bytes]:
        if not self._open:
            raise DeviceGone("lost")
        head, *document = parts
        request = decode(head)
        operation = Op(request.code)
        self.log.append(operation)
        how = self.lose.pop(operation, "")
        if how == "request":
            self._open = False
            raise DeviceGone("reset")
        status, groups = self._act(operation, request.first(Group.OPERATION), b"".join(document))
        if how:
            self._open = False
            raise TransferTimeout("no answer") if how == "late" else DeviceGone("reset")
        first = (Group.OPERATION, [Attribute(Tag.CHARSET, "attributes-charset", ("utf-8",))])
        return 200, self.rewrite(encode(status, request.request_id, [first, *groups]))

    # ------------------------------------------------------------------ the server
    def _act(self, operation: Op, asked: Attributes, document: bytes) -> Answer:
        if operation in self.refuse:
            return self.refuse[operation], []
        if operation in (Op.GET_PRINTER, Op.GET_PRINTERS, Op.RESUME_PRINTER):
            return self._printer(operation)
        if operation is Op.GET_JOBS:
            waiting = [job for job in self.jobs.values() if job.state < 7]
            return OK, [(Group.JOB, _job(job)) for job in waiting]
        if operation is Op.CREATE_JOB:
            number = max(self.jobs, default=0) + 1
            self.jobs[number] = FakeJob(number, f"urn:uuid:job-{number}", str(asked["job-name"][0]))
            return OK, [(Group.JOB, _job(self.jobs[number]))]
        found = self.jobs.get(int(str(asked["job-id"][0])))
        if found is None:
            return NOT_FOUND, []
        return self._at_job(operation, found, document)

    def _at_job(self, operation: Op, job: FakeJob, document: bytes) -> Answer:
        if operation is Op.SEND_DOCUMENT:
            job.octets, job.documents = -(-len(document) // 1024), job.documents + 1
            if not self.holds:
                self._begin(job)
        elif operation is Op.RELEASE_JOB:
            if job.state != 4:
                return NOT_POSSIBLE, []
            self._begin(job)
        elif operation is Op.CANCEL_JOB:
            if job.state >= 7:
                return NOT_POSSIBLE, []
            job.state = 7
            self.on_cancel(job)
        return OK, [(Group.JOB, _job(job))]

    def _begin(self, job: FakeJob) -> None:
        job.state, job.run = 5, 100
        self.on_release(job)

    def _printer(self, operation: Op) -> Answer:
        if operation is Op.RESUME_PRINTER:
            self.state = 3
            return OK, []
        if operation is Op.GET_PRINTERS:
            return OK, [
                (
                    Group.PRINTER,
                    [
                        Attribute(Tag.NAME, "printer-name", (name,)),
                        Attribute(Tag.URI, "device-uri", (device,)),
                    ],
                )
                for name, device in self.devices
            ]
        return OK, [(Group.PRINTER, [*self._live(), *self._settings()])]

    def _live(self) -> list[Attribute]:
        waiting = sum(job.state < 7 for job in self.jobs.values())
        return [
            Attribute(Tag.NAME, "printer-name", ("cards",)),
            Attribute(Tag.URI, "printer-uuid", (self.uuid,)),
            Attribute(Tag.ENUM, "printer-state", (self.state,)),
            Attribute(Tag.KEYWORD, "printer-state-reasons", self.reasons),
            Attribute(Tag.TEXT, "printer-state-message", (self.message,)),
            Attribute(Tag.BOOLEAN, "printer-is-accepting-jobs", (self.accepting,)),
            Attribute(Tag.INTEGER, "queued-job-count", (waiting,)),
        ]

    def _settings(self) -> list[Attribute]:
        operations = (0x05, 0x06, 0x08, 0x09, 0x0A, 0x0B, *((0x0D, 0x4002) if self.holds else ()))
        known = {
            "operations-supported": Attribute(Tag.ENUM, "operations-supported", operations),
            "printer-error-policy": Attribute(Tag.NAME, "printer-error-policy", ("abort-job",)),
            "job-hold-until-supported": Attribute(
                Tag.KEYWORD, "job-hold-until-supported", ("no-hold", "indefinite")
            ),
            "document-format-supported": Attribute(
                Tag.MIME, "document-format-supported", ("application/vnd.cups-raster",)
            ),
            "device-uri": Attribute(Tag.URI, "device-uri", ("usb://one",)),
            "printer-device-id": Attribute(
                Tag.TEXT, "printer-device-id", ("MFG:HID;MDL:DTC1500;",)
            ),
            **self.settings,
        }
        return list(known.values())


def _job(job: FakeJob) -> list[Attribute]:
    run = (
        Attribute(Tag.NO_VALUE, "time-at-processing", ("",))
        if job.run is None
        else Attribute(Tag.INTEGER, "time-at-processing", (job.run,))
    )
    return [
        Attribute(Tag.INTEGER, "job-id", (job.id,)),
        Attribute(Tag.URI, "job-uuid", (job.uuid,)),
        Attribute(Tag.NAME, "job-name", (job.name,)),
        Attribute(Tag.ENUM, "job-state", (job.state,)),
        Attribute(Tag.KEYWORD, "job-state-reasons", (job.reasons,)),
        Attribute(Tag.INTEGER, "job-k-octets", (job.octets,)),
        Attribute(Tag.INTEGER, "number-of-documents", (job.documents,)),
        run,
    ]
