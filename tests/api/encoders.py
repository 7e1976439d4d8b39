"""An office whose KTP-el are encoded first, with printers that it drives and printers that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from httpx2 import Response

from printstation.config import Config
from printstation.spool import pick
from printstation.station import Station, open_station
from printstation.store import audit
from printstation.store.engine import Tx
from tests.api.conftest import CONFIG
from tests.api.office import Office

ANI = {"by": "Ani"}
KTP = "ktp-el-wni"
PRINTERS: list[Any] = [
    *cast(list[Any], CONFIG["printers"]),
    {"name": "ministry", "kind": "outside", "card_types": [KTP, "kia"]},
    {"name": "single", "kind": "outside", "card_types": ["ktp-el-wna"]},
]


#: No slot for a hand-fed card: what it draws comes from its hopper.
WITHOUT_SLOT = {
    "name": "matica",
    "model": "xid580i",
    "uri": "usbip://127.0.0.1:1/1-3",
    "card_types": [KTP, "specimen"],
}


def config_in(folder: Path, *more: Any) -> Config:
    """`ministry` and `single` are printed at outside."""
    return Config.model_validate(
        {
            "data_dir": folder / "data",
            "min_free_mb": 0,
            "printers": [*PRINTERS, *more],
            "card_types": [{"name": KTP, "encode_first": True}],
        }
    )


def audited(config: Config) -> Iterator[Station]:
    """A station of which the audit finds nothing, whatever a test did. For fixtures."""
    station = open_station(config)
    yield station
    with station.store.read() as conn:
        found = [str(each) for each in audit.audit(conn)]
    station.stop(now=True)
    assert found == []


def receive(office: Office, count: int = 5, card_type: str = KTP, batch: str = "B1") -> None:
    delivery = {"delivery": f"SJ-{card_type}-{batch}", "card_type": card_type, "version": "1"}
    answer = office.act("/stock/receipts", {**delivery, "batch": batch, "count": count})
    assert answer.status_code == 201, answer.text


def encode(office: Office, number: str | None = "04A1", **said: Any) -> Response:
    body = {"card_type": KTP, "number": number, "result": "berhasil", **ANI, **said}
    return office.act(
        "/cards/encode", {name: value for name, value in body.items() if value is not None}
    )


def scan(office: Office, number: str = "04A1", printer: str = "tango", **said: Any) -> Response:
    return office.act(f"/printers/{printer}/scan", {"number": number, **ANI, **said})


def encoded(office: Office, number: str = "04A1", **job: Any) -> tuple[str, str]:
    """A job and the card that was encoded for it."""
    identity = office.job(**job)
    answer = encode(office, number, job=identity)
    assert answer.status_code == 200, answer.text
    return identity, answer.json()["id"]


def claim(station: Station, printer: str = "tango") -> tuple[str, str] | None:
    """What the worker of this printer would start now."""

    def act(tx: Tx) -> tuple[str, str] | None:
        found = pick.claim(tx, printer, ["specimen"], {}, by_hand=True)
        return (found[0].id, found[1].id) if found else None

    with station.store.write() as tx:
        return act(tx)


def outside(office: Office, job: str, printer: str = "ministry", **said: Any) -> Response:
    return office.act(f"/printers/{printer}/outside", {"job": job, **ANI, **said})


def answer(office: Office, question: str, card: str, job: str | None = None, **more: Any) -> Any:
    return office.act(f"/questions/{question}/answer", {"card": card, "job": job, **ANI, **more})


def printed(office: Office, number: str = "04A1", **job: Any) -> tuple[str, str]:
    """A job whose encoded card was printed outside."""
    identity, card = encoded(office, number, **job)
    asked = outside(office, identity).json()["question"]
    assert answer(office, asked, "printed").status_code == 200
    return identity, card
