"""The schema, a module a noun; the rules of `lifecycle/` are repeated here as CHECKs and partial indexes."""

from printstation.store.tables.base import metadata
from printstation.store.tables.card import LoanDirection, Source, card, loan, receipt, returned
from printstation.store.tables.destruction import SessionState, destruction, holder, photo
from printstation.store.tables.handover import (
    OldCard,
    Receiver,
    SlipKind,
    SlipState,
    handover,
    scan,
    slip,
)
from printstation.store.tables.job import idempotency, job, payload
from printstation.store.tables.journal import journal, meta
from printstation.store.tables.printer import feed, printer, unit
from printstation.store.tables.question import question
from printstation.store.tables.settings import unit_settings
from printstation.store.tables.shift import count, shift
from printstation.store.tables.supply import SupplyKind, SupplyState, supply
from printstation.store.tables.upkeep import UpkeepKind, upkeep

__all__ = [
    "LoanDirection",
    "OldCard",
    "Receiver",
    "SessionState",
    "SlipKind",
    "SlipState",
    "Source",
    "SupplyKind",
    "SupplyState",
    "UpkeepKind",
    "card",
    "count",
    "destruction",
    "feed",
    "handover",
    "holder",
    "idempotency",
    "job",
    "journal",
    "loan",
    "meta",
    "metadata",
    "payload",
    "photo",
    "printer",
    "question",
    "receipt",
    "returned",
    "scan",
    "shift",
    "slip",
    "supply",
    "unit",
    "unit_settings",
    "upkeep",
]
