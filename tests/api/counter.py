"""An office whose page has every form: printers of each kind, blanks, an encoded card and a printed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from printstation.config import Config
from printstation.console.acts import ACTS
from printstation.station import Station
from printstation.store import journal
from tests.api.encoders import WITHOUT_SLOT
from tests.api.office import Office
from tests.api.operator import show
from tests.browser.reading import HtmlForm

WNA = "ktp-el-wna"
PRINTERS: list[dict[str, Any]] = [
    {
        "name": "tango",
        "model": "tango2e",
        "uri": "usbip://127.0.0.1:1/1-1",
        "card_types": ["ktp-el-wni", "specimen"],
        "counter": "pick",
        "clean_every_cards": 2,
        "transfer_temperature": [160, 170],
    },
    {
        "name": "enduro",
        "model": "enduro",
        "uri": "usbip://127.0.0.1:1/1-2",
        "card_types": ["kia", WNA],
    },
    {**WITHOUT_SLOT, "card_types": [WNA]},
    {
        "name": "ministry",
        "kind": "outside",
        "card_types": ["ktp-el-wni", WNA],
        "transfer_temperature": [160, 170],
    },
]
ANI = {"by": "Ani"}


def config_in(folder: Path) -> Config:
    """One printer of each kind that has forms of its own; cards of one type are encoded first."""
    config = {"data_dir": folder / "data", "min_free_mb": 0, "printers": PRINTERS}
    return Config.model_validate({**config, "card_types": [{"name": WNA, "encode_first": True}]})


def begin(office: Office) -> None:
    """Blanks in two hoppers and in the store, one encoded card, one printed one, and who waits."""
    office.stocked(5)
    assert office.act("/stock/receipts", delivery("D2", "ktp-el-wni", "B2")).status_code == 201
    more = {"printer": "ministry", "card_type": "ktp-el-wni", "count": 2}
    assert office.act("/stock/loads", more).status_code == 200
    assert office.act("/stock/receipts", delivery("W1", WNA, "W1")).status_code == 201
    encode(office, "04A1")
    office.printed(office.job(reference="A-1", ticket="T-1"))
    office.job(reference="A-2")


def delivery(name: str, card_type: str, batch: str) -> dict[str, Any]:
    kind = {"card_type": card_type, "version": "1", "batch": batch, "count": 10}
    return {"delivery": name, **kind}


def encode(office: Office, number: str) -> tuple[str, str]:
    job = office.job(card_type=WNA, reference=f"W-{number}")
    said = {"card_type": WNA, "number": number, "result": "berhasil", "job": job, **ANI}
    answer = office.act("/cards/encode", said)
    assert answer.status_code == 200, answer.text
    return job, answer.json()["id"]


def entries(station: Station) -> list[journal.Entry]:
    with station.store.read() as conn:
        return journal.after(conn, 0, 500)


def opened(office: Office, form: str) -> HtmlForm:
    """The form that a link opens."""
    name, _, what = form.partition("-")
    return show(office, f"/?form={form}").form(ACTS[name].to(what))


def printed(office: Office) -> str:
    return str(office.get("/cards", state="printed")["items"][0]["id"])


def waiting(office: Office, reference: str) -> str:
    """The job with this reference."""
    return str(office.get("/jobs", reference=reference)["items"][0]["id"])
