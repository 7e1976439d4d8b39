"""The one exception that may cross into the API and the CLI, and the closed list of its codes.

A refusal is a request that we will not carry out now. The detail names object, state and wish and says
what to do; it never holds personal data. The status is the HTTP status of the problem document.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: code -> (HTTP status, title)
CODES: dict[str, tuple[int, str]] = {
    "already-replaced": (409, "Job is already replaced"),
    "bad-request": (400, "Request cannot be read"),
    "body-too-large": (413, "Body is too large"),
    "card-state": (409, "Card is in another state"),
    "card-type-refused": (422, "Card type is not taken here"),
    "clock-back": (409, "The clock was set back"),
    "content-type": (415, "Content type is not taken"),
    "count-differs": (409, "A count differs"),
    "count-due": (409, "A count is due"),
    "count-settled": (409, "Count is already settled"),
    "database-busy": (503, "Database is busy"),
    "day-closed": (409, "The day is closed"),
    "delivery-counted": (409, "Delivery is already counted"),
    "difference-unexplained": (422, "Difference is not explained"),
    "disk-low": (507, "Disk is nearly full"),
    "document-used": (409, "Document is already used"),
    "hopper-loaded": (409, "Blanks lie in the hopper"),
    "idempotency-key-missing": (400, "Idempotency-Key is missing"),
    "idempotency-key-reused": (409, "Idempotency-Key was used for another body"),
    "in-another-session": (409, "Card is in another session"),
    "invalid": (422, "Request has wrong fields"),
    "job-state": (409, "Job is in another state"),
    "loan-outstanding": (409, "Loan is not complete"),
    "loan-settled": (409, "Loan is already settled"),
    "may-still-move": (409, "Printer can still move this card"),
    "method-not-allowed": (405, "Method is not allowed here"),
    "no-receipt-printer": (409, "There is no receipt printer"),
    "not-carried-out": (409, "Printer did not do it"),
    "not-enough-blanks": (409, "Not enough blanks"),
    "not-found": (404, "Not found"),
    "not-replaceable": (409, "Job cannot be replaced"),
    "number-used": (409, "Number is on another card"),
    "old-card-needed": (409, "Old card or paper is missing"),
    "payload-erased": (410, "Payload is erased"),
    "printer-busy": (409, "Printer is busy"),
    "printer-stopped": (409, "Printer is stopped"),
    "question-closed": (409, "Question is closed"),
    "question-open": (409, "A question is open"),
    "reference-used": (409, "Reference is already used"),
    "resident-has-card": (409, "Resident has a card"),
    "resident-has-job": (409, "Resident has a job"),
    "session-changed": (409, "Session was changed"),
    "session-closed": (409, "Session may not be changed"),
    "session-empty": (409, "Session is empty"),
    "slip-state": (409, "Slip is in another state"),
    "stopping": (503, "Station is stopping"),
    "supervisor-needed": (403, "A supervisor is needed"),
    "supply-state": (409, "Supply is in another state"),
    "surplus-unexplained": (422, "Surplus is not explained"),
    "trace-runs": (409, "A trace runs already"),
    "version-refused": (422, "Version of blanks is not taken here"),
    "witness-needed": (403, "A witness is needed"),
    "wrong-card": (409, "That is another card"),
    "wrong-printer": (409, "That is another kind of printer"),
}


@dataclass(frozen=True)
class FieldError:
    """One wrong field: a JSON pointer, a short code, a sentence without the value itself."""

    pointer: str
    code: str
    detail: str


@dataclass
class Refusal(Exception):
    """We will not do that now. `extra` is added to the problem document as it stands."""

    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise AssertionError(f"{self.code} is not in the list of refusals")
        super().__init__(self.detail)

    @property
    def status(self) -> int:
        """The HTTP status of this code."""
        return CODES[self.code][0]

    @property
    def title(self) -> str:
        """The short sentence of this code."""
        return CODES[self.code][1]
