"""For `test_constraints.py`: how each rule of the stock's tables is broken in plain SQL."""

from __future__ import annotations

from typing import Any


def row(table: str, needed: dict[str, Any], **changes: Any) -> str:
    """An INSERT of the columns that a table needs, with some of them changed."""
    values = {**needed, **changes}
    shown = ", ".join("NULL" if v is None else repr(v) for v in values.values())
    return f'INSERT INTO "{table}" ({", ".join(values)}) VALUES ({shown})'


UPKEEP = (
    "INSERT INTO upkeep (id, printer, kind, after_feed, celsius, at, by)"
    " VALUES ('{id}', 'tango', '{kind}', 0, {celsius}, 'then', 'ani')"
)


def upkeep(id: str, kind: str = "cleaning", celsius: str = "NULL") -> str:
    return UPKEEP.format(id=id, kind=kind, celsius=celsius)


_CARD = {"id": "a", "card_type": "kia", "version": "1", "batch": "B", "state": "stored"}
_RECEIPT = {
    "delivery": "SJ-1",
    "card_type": "kia",
    "version": "1",
    "batch": "B",
    "count": 1,
    "at": "",
}
_RETURNED = {"document": "BA-1", "card_type": "kia", "count": 0, "at": "x", "by": "x"}
_LOAN = {
    "id": "L-1",
    "direction": "lent",
    "office": "Kaur",
    "card_type": "kia",
    "version": "1",
    "count": 1,
    "document": "BA-1",
    "due": "2026-12-01",
    "opened_at": "then",
    "by": "Ani",
}
_SESSION = {
    "id": "D-1",
    "number": "470/1",
    "state": "open",
    "method": "burned",
    "place": "yard",
    "held_on": "2026-11-25",
    "signers": "[]",
    "witnesses": "[]",
    "opened_at": "then",
    "by": "Ani",
}
_SIGNED = {"supervisor": "Budi", "witness": "Citra", "signed_at": "then", "pdf_sha256": "00"}
_PHOTO = {
    "id": "P-1",
    "destruction": "D-1",
    "caption": "",
    "sha256": "00",
    "content": "",
    "at": "",
    "by": "Ani",
}
_COUNT = {
    "id": "C-1",
    "card_type": "kia",
    "place": "store",
    "expected": 1,
    "counted": 1,
    "after_seq": 0,
    "at": "then",
    "by": "Ani",
}
_SHIFT = {
    "day": "2026-11-25",
    "first_seq": 1,
    "last_seq": 2,
    "closed_at": "then",
    "by": "Ani",
    "supervisor": "Budi",
    "facts": "{}",
}
_HANDOVER = {
    "id": "H-1",
    "card": "a",
    "job": "j",
    "receiver": "holder",
    "old_card": "none",
    "at": "then",
    "by": "Ani",
}
_SCAN = {"printer": "tango", "card": "a", "job": "j", "at": "then", "by": "Ani"}
_SLIP = {
    "id": "T-1",
    "kind": "pick-up",
    "card": "a",
    "state": "waiting",
    "initials": "S.N.",
    "asked_at": "then",
    "by": "Ani",
}
_SUPPLY = {"id": "S-1", "kind": "ribbon", "state": "stored", "received_at": "then"}
_LOADED = {"state": "loaded", "printer": "tango", "loaded_at": "then"}

#: constraint or index -> (what stands there already, what must be refused)
BROKEN_STOCK: dict[str, tuple[list[str], str]] = {
    "ck_card_origin": ([], row("card", _CARD, origin="heaven")),
    "ck_card_encoded": ([], row("card", _CARD, state="encoded")),
    "ck_card_lent": ([], row("card", _CARD, state="lent")),
    "ck_card_destroyed": ([], row("card", _CARD, state="destroyed")),
    "ck_card_in_a_session": ([], row("card", _CARD, destruction="D-1")),
    "uq_card_number": ([row("card", _CARD, number="1")], row("card", _CARD, id="b", number="1")),
    "ck_receipt_source": ([], row("receipt", _RECEIPT, source="heaven")),
    "ck_receipt_difference": ([], row("receipt", _RECEIPT, expected=2)),
    "uq_question_other_card": (
        [
            "INSERT INTO question (id, reason, card, offers, asked_at)"
            " VALUES ('a', 'other-card', 'c', '[]', 'then')"
        ],
        "INSERT INTO question (id, reason, card, offers, asked_at)"
        " VALUES ('b', 'other-card', 'c', '[]', 'then')",
    ),
    "ck_loan_direction": ([], row("loan", _LOAN, direction="sold")),
    "ck_returned_count": ([], row("returned", _RETURNED)),
    "ck_loan_count": ([], row("loan", _LOAN, count=0)),
    "uq_loan_id": ([row("loan", _LOAN)], row("loan", _LOAN, document="BA-2")),
    "uq_loan_document": ([row("loan", _LOAN)], row("loan", _LOAN, id="L-2")),
    "ck_destruction_state": ([], row("destruction", {**_SESSION, **_SIGNED}, state="burnt")),
    "ck_destruction_signed": ([], row("destruction", _SESSION, state="signed")),
    "ck_destruction_closed": ([], row("destruction", {**_SESSION, **_SIGNED}, state="closed")),
    "uq_destruction_id": (
        [row("destruction", _SESSION)],
        row("destruction", _SESSION, number="470/2"),
    ),
    "uq_destruction_number": (
        [row("destruction", _SESSION)],
        row("destruction", _SESSION, id="D-2"),
    ),
    "uq_photo_id": ([row("photo", _PHOTO)], row("photo", _PHOTO)),
    "ck_count_counted": ([], row("count", _COUNT, counted=-1)),
    "ck_count_missing": ([], row("count", _COUNT, missing=-1, supervisor="Budi")),
    "ck_count_two_persons": ([], row("count", _COUNT, missing=1)),
    "uq_count_id": ([row("count", _COUNT)], row("count", _COUNT)),
    "ck_shift_range": ([], row("shift", _SHIFT, last_seq=-1)),
    "ck_handover_receiver": ([], row("handover", _HANDOVER, receiver="anybody")),
    "ck_handover_old_card": ([], row("handover", _HANDOVER, old_card="kept")),
    "ck_handover_proxy": ([], row("handover", _HANDOVER, receiver="proxy")),
    "ck_handover_surrendered": ([], row("handover", _HANDOVER, old_card="surrendered")),
    "ck_handover_police": ([], row("handover", _HANDOVER, old_card="police-letter")),
    "uq_handover_id": ([row("handover", _HANDOVER)], row("handover", _HANDOVER)),
    "uq_scan_card": ([row("scan", _SCAN)], row("scan", _SCAN, printer="enduro", job="k")),
    "uq_scan_job": ([row("scan", _SCAN)], row("scan", _SCAN, printer="enduro", card="b")),
    "ck_slip_kind": ([], row("slip", _SLIP, kind="letter")),
    "ck_slip_state": ([], row("slip", _SLIP, state="torn")),
    "uq_slip_id": ([row("slip", _SLIP)], row("slip", _SLIP)),
    "ck_supply_kind": ([], row("supply", _SUPPLY, kind="paper")),
    "ck_supply_state": ([], row("supply", _SUPPLY, state="sold")),
    "ck_supply_loaded_at": ([], row("supply", _SUPPLY, loaded_at="then")),
    "ck_supply_loaded": ([], row("supply", _SUPPLY, **{**_LOADED, "printer": None})),
    "ck_supply_destroyed": ([], row("supply", _SUPPLY, state="destroyed")),
    "ck_supply_rated": ([], row("supply", _SUPPLY, rated=0)),
    "uq_supply_id": ([row("supply", _SUPPLY)], row("supply", _SUPPLY)),
    "uq_supply_serial": (
        [row("supply", _SUPPLY, serial="1")],
        row("supply", _SUPPLY, id="S-2", serial="1"),
    ),
    "uq_supply_loaded": (
        [row("supply", _SUPPLY, **_LOADED)],
        row("supply", _SUPPLY, id="S-2", **_LOADED),
    ),
    "ck_upkeep_kind": ([], upkeep("a", "oiling")),
    "ck_upkeep_celsius": ([], upkeep("a", "temperature")),
    "uq_upkeep_id": ([upkeep("a")], upkeep("a", "temperature", "165")),
}
