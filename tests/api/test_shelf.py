"""What is asked before anything is done: layouts, vocabularies, health, the documentation."""

from __future__ import annotations

import re
from typing import Any

import pytest

import drivers
import layouts
from printstation.lifecycle.job import JobState
from printstation.lifecycle.waits import Place, reasons, waits, waits_for
from printstation.refusals import CODES
from printstation.station import Station
from tests.api.office import Office, problem
from tests.house.tree import ROOT


def test_layouts_are_shown(office: Office) -> None:
    page = office.get("/layouts")
    assert [layout["name"] for layout in page["items"]] == list(layouts.names())
    shown = office.get("/layouts/specimen-resident")
    assert shown.keys() == {
        "name",
        "version",
        "card_types",
        "sides",
        "values_schema",
        "samples",
    }
    assert shown["sides"] == ["front", "back"]
    assert set(shown["card_types"]) == {"ktp-el-wni", "ktp-el-wna", "kia", "specimen"}
    assert shown["values_schema"]["additionalProperties"] is False
    assert {"plain", "longest", "emptiest"} <= set(shown["samples"])


def test_no_such_layout_or_sample(office: Office) -> None:
    for path in ("/layouts/none", "/layouts/none/samples/plain", "/layouts/..%2f"):
        problem(office.client.get(f"/v1{path}"), 404, "not-found")
    problem(office.client.get("/v1/layouts/specimen-resident/samples/none"), 404, "not-found")


def test_the_vocabulary_is_the_drivers_table(office: Office) -> None:
    items = office.get("/reasons")["items"]
    assert [item["keyword"] for item in items] == list(drivers.reasons())
    assert items[0].keys() == {"keyword", "severity", "stops", "who", "sentence"}


def test_the_words_of_waiting_are_listed(office: Office) -> None:
    items = office.get("/waits")["items"]
    assert [item["keyword"] for item in items] == list(waits())
    assert all(item["sentence"]["id"] and item["sentence"]["en"] for item in items)
    assert {item["waits_for"] for item in items} <= {
        "answer",
        "release",
        "blanks",
        "printer",
        "card",
        "nothing",
    }


@pytest.mark.parametrize(
    ("state", "given", "found", "awaited"),
    [
        (JobState.PENDING, {}, ("no-printer",), "printer"),
        (
            JobState.PENDING,
            {"places": (Place(True, True), Place(False, True))},
            ("waiting-for-printer",),
            "printer",
        ),
        (JobState.PENDING, {"places": (Place(True, True),)}, ("printer-stopped",), "printer"),
        (JobState.PENDING, {"because": "no-encoded-card"}, ("no-encoded-card",), "card"),
        (JobState.HELD, {}, ("held",), "release"),
        (JobState.HELD, {"because": "cannot-be-drawn"}, ("cannot-be-drawn",), "release"),
        (JobState.PROCESSING, {"places": (Place(True, True),)}, ("printer-stopped",), "printer"),
        (JobState.PROCESSING, {"places": (Place(False, False),)}, (), None),
        (
            JobState.STOPPED,
            {"cancel_requested": True},
            ("outcome-open", "cancel-requested"),
            "printer",
        ),
        (JobState.COMPLETED, {"cancel_requested": True, "because": "held"}, (), None),
        (JobState.COMPLETED, {"question_open": True}, ("question-open",), "answer"),
        (JobState.PENDING, {"because": "a-word-of-tomorrow"}, ("a-word-of-tomorrow",), None),
    ],
)
def test_why_a_job_waits(
    state: JobState, given: dict[str, Any], found: tuple[str, ...], awaited: str | None
) -> None:
    assert reasons(state, **given) == found
    assert waits_for(found) == awaited


def test_health_needs_no_prefix(office: Office, station: Station) -> None:
    answer = office.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    station.stopping = True
    assert office.client.get("/healthz").json()["status"] == "stopping"


def test_the_documentation_needs_no_internet(office: Office) -> None:
    page = office.client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links and all(link.startswith("/") for link in links)
    for link in links:
        assert office.client.get(link).status_code == 200
    assert "https://" not in page.text


def test_every_route_is_described(office: Office) -> None:
    paths = office.client.get("/openapi.json").json()["paths"]
    for path in (
        "/v1/layouts/{name}/samples/{sample}",
        "/v1/jobs/{job_id}/preview/{side}.png",
        "/v1/questions/{question_id}/answer",
        "/v1/printers/{name}/hopper-count",
        "/v1/stock/receipts",
        "/v1/events",
        "/healthz",
    ):
        assert path in paths
    posted = paths["/v1/jobs"]["post"]
    fields = posted["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"layout", "card_type", "resident", "values", "photo", "signature"} <= fields.keys()
    assert "Idempotency-Key" in {parameter["name"] for parameter in posted["parameters"]}
    assert "application/problem+json" in posted["responses"]["422"]["content"]


def test_the_page_names_every_route_and_refusal(office: Office) -> None:
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    for path, methods in office.client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}`" in text
    refusals = text.partition("## Refusals")[2]
    for code, (status, _) in CODES.items():
        row = next(line for line in refusals.splitlines() if f"`{code}`" in line)
        assert str(status) in row.split("|")[1]
