"""The schema, a module a noun; the rules of `lifecycle/` are repeated here as CHECKs and partial indexes."""

from printstation.store.tables.base import metadata
from printstation.store.tables.card import card, receipt
from printstation.store.tables.job import idempotency, job, payload
from printstation.store.tables.journal import journal, meta
from printstation.store.tables.printer import feed, printer, unit
from printstation.store.tables.question import question

__all__ = [
    "card",
    "feed",
    "idempotency",
    "job",
    "journal",
    "meta",
    "metadata",
    "payload",
    "printer",
    "question",
    "receipt",
    "unit",
]
