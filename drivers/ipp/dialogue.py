"""Question and answer with one queue: which operation, with which attributes, over which connection.

Knows operations and status codes, not what a job's state says of a card (that is `following.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from drivers.contract import DriverError, NotUnderstood
from drivers.ipp.seen import (
    JOB_ATTRIBUTES,
    LIVE_ATTRIBUTES,
    JobSeen,
    PrinterSeen,
    read_job,
    read_printer,
)
from drivers.ipp.wire import MAX_ANSWER_BYTES, Attribute, Group, Message, Tag, decode, encode
from drivers.transports.http import HttpPort

#: Statuses below are successes (RFC 8011 §4.1.6.1), 0x0001 with attributes that were ignored.
FIRST_ERROR = 0x0400
NOT_POSSIBLE, NOT_FOUND = 0x0404, 0x0406
HTTP_OK = 200
#: cupsd answers with 500 jobs at most (ipp.md §4); a queue that only we use has one.
MOST_JOBS = 100


class Op(IntEnum):
    """Operations that we send; never Pause, Restart, Hold or Set-Job-Attributes (ipp.md §9.8)."""

    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER = 0x000B
    RELEASE_JOB = 0x000D
    RESUME_PRINTER = 0x0011
    GET_PRINTERS = 0x4002


class QueueRefused(DriverError):
    """The queue answered with an error: the request came and was not carried out."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"the queue answers {status:#06x} {words}".strip())
        self.status = status


class Dialogue:
    """Every request to one queue. What it raises beside `QueueRefused` leaves open whether it came."""

    def __init__(self, port: HttpPort, user: str, reply_s: float) -> None:
        self._port = port
        self._user = user
        self._reply_s = reply_s
        self._number = 0

    # ------------------------------------------------------------------------- looking
    def printer(self, *, brief: bool = False) -> PrinterSeen:
        """The queue: its state; unless `brief`, also its settings and what it can do (1 ms to read)."""
        names = LIVE_ATTRIBUTES if brief else ("all",)
        wanted = Attribute(Tag.KEYWORD, "requested-attributes", names)
        return read_printer(self.ask(Op.GET_PRINTER, (wanted,)).first(Group.PRINTER))

    def job(self, identity: int) -> JobSeen | None:
        """A job by its number; None when the queue knows none. Compare the uuid: numbers are used again."""
        wanted = Attribute(Tag.KEYWORD, "requested-attributes", JOB_ATTRIBUTES)
        try:
            found = self.ask(Op.GET_JOB, (wanted,), job=identity)
        except QueueRefused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise
        return read_job(found.first(Group.JOB))

    def jobs(self) -> tuple[JobSeen, ...]:
        """Every job that is not over, whoever sent it. With `job-uuid`, without which names get lost (§4)."""
        answer = self.ask(
            Op.GET_JOBS,
            (
                Attribute(Tag.INTEGER, "limit", (MOST_JOBS,)),
                Attribute(Tag.KEYWORD, "which-jobs", ("not-completed",)),
                Attribute(Tag.KEYWORD, "requested-attributes", JOB_ATTRIBUTES),
            ),
        )
        return tuple(read_job(found) for found in answer.all(Group.JOB))

    def devices(self) -> tuple[tuple[str, str], ...]:
        """(queue, device-uri) of every queue of this server; empty where it does not tell."""
        wanted = Attribute(Tag.KEYWORD, "requested-attributes", ("printer-name", "device-uri"))
        try:
            answer = self.ask(Op.GET_PRINTERS, (wanted,), target=None)
        except QueueRefused:
            return ()
        pairs = (
            (group.get("printer-name", ("",))[0], group.get("device-uri", ("",))[0])
            for group in answer.all(Group.PRINTER)
        )
        return tuple((str(name), str(device)) for name, device in pairs)

    # ------------------------------------------------------------------------- acting
    def create(self, name: str, attributes: Sequence[Attribute]) -> int:
        """A new job without a document; its number."""
        named = Attribute(Tag.NAME, "job-name", (name,))
        answer = self.ask(Op.CREATE_JOB, (named,), job_group=attributes)
        identity = answer.first(Group.JOB).get("job-id", (None,))[0]
        if not isinstance(identity, int) or isinstance(identity, bool):
            raise NotUnderstood("a new job has no number")
        return identity

    def send(
        self, identity: int, media_type: str, payload: Sequence[bytes], limit_s: float
    ) -> None:
        """The one and last document of a job."""
        self.ask(
            Op.SEND_DOCUMENT,
            (
                Attribute(Tag.MIME, "document-format", (media_type,)),
                Attribute(Tag.BOOLEAN, "last-document", (True,)),
            ),
            job=identity,
            document=payload,
            limit_s=limit_s,
        )

    def release(self, identity: int) -> None:
        """Let a held job go: the one request that moves a card."""
        self.ask(Op.RELEASE_JOB, job=identity)

    def cancel(self, identity: int) -> None:
        """Cancel a job; one that is over or unknown is no error here, since its state is looked at next."""
        try:
            self.ask(Op.CANCEL_JOB, job=identity)
        except QueueRefused as refused:
            if refused.status not in (NOT_POSSIBLE, NOT_FOUND):
                raise

    def cancel_if(self, identity: int, uuid: str) -> None:
        """Cancel a job unless its number is another one's by now."""
        job = self.job(identity)
        if job is not None and job.uuid == uuid and not job.over:
            self.cancel(identity)

    def resume(self) -> None:
        """Let a stopped queue go on; only when no job waits in it."""
        self.ask(Op.RESUME_PRINTER)

    # ------------------------------------------------------------------------- asking
    def ask(
        self,
        operation: Op,
        attributes: Sequence[Attribute] = (),
        *,
        job: int | None = None,
        job_group: Sequence[Attribute] = (),
        document: Sequence[bytes] = (),
        limit_s: float | None = None,
        target: str | None = "printer-uri",
    ) -> Message:
        """One request and its answer. `QueueRefused` for an error status, else as `HttpPort.post`."""
        self._number += 1
        first = [
            Attribute(Tag.CHARSET, "attributes-charset", ("utf-8",)),
            Attribute(Tag.LANGUAGE, "attributes-natural-language", ("en",)),
        ]
        if target is not None:
            first.append(Attribute(Tag.URI, target, (self._port.uri,)))
        if job is not None:
            first.append(Attribute(Tag.INTEGER, "job-id", (job,)))
        first.append(Attribute(Tag.NAME, "requesting-user-name", (self._user,)))
        groups = [(Group.OPERATION, [*first, *attributes])]
        if job_group:
            groups.append((Group.JOB, list(job_group)))
        request = encode(operation, self._number, groups)
        status, body = self._port.post(
            (request, *document), limit_s or self._reply_s, MAX_ANSWER_BYTES
        )
        return self._answer(status, body)

    def _answer(self, status: int, body: bytes) -> Message:
        if status != HTTP_OK:
            raise QueueRefused(status, "(HTTP)")
        try:
            answer = decode(body)
            if answer.request_id != self._number:
                raise NotUnderstood(f"answer {answer.request_id} to request {self._number}")
        except NotUnderstood:
            self._port.close()  # what else comes on this connection may belong to another request
            raise
        if answer.code >= FIRST_ERROR:
            said = answer.first(Group.OPERATION).get("status-message", ("",))[0]
            raise QueueRefused(answer.code, str(said)[:200])
        return answer
