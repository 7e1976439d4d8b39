"""Which states a job and its one *live* card may be in at the same time.

A live card is one that carries the job's name and is reserved, encoded, fed, printed, accepted or handed
over. Spoiled, missing and destroyed cards stay with their job as history, and any job may have them.
The list is repeated by partial unique indexes in the database and walked by `printstation audit`.
"""

from __future__ import annotations

from printstation.lifecycle.card import CardState as C
from printstation.lifecycle.job import JobState as J

ALLOWED_PAIRS: frozenset[tuple[J, C | None]] = frozenset(
    {
        (J.PENDING, None),
        (J.HELD, None),
        (J.PROCESSING, C.RESERVED),
        (J.PROCESSING, C.ENCODED),
        (J.PROCESSING, C.FED),
        (J.STOPPED, C.FED),
        # The device itself said that the card is spoiled: only the job's future is asked.
        (J.STOPPED, None),
        (J.COMPLETED, C.PRINTED),
        (J.COMPLETED, C.ACCEPTED),
        (J.COMPLETED, C.HANDED_OVER),
        # Spoiled or lost after it was printed; a reprint is another job.
        (J.COMPLETED, None),
        (J.CANCELED, None),
        (J.ABORTED, None),
    }
)
