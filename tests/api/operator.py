"""An operator without script: looks at the page, fills a form in, presses its button."""

from __future__ import annotations

from typing import Any

from httpx2 import Response

from printstation.station import Station
from printstation.store import journal
from tests.api.office import Office
from tests.browser.reading import HtmlForm, Page

HERE = {"host": "127.0.0.1:8631", "origin": "http://127.0.0.1:8631"}
SPOILED = {"pair": "spoiled/again", "cause": "print-failed", "by": "Ani"}


def show(office: Office, path: str = "/") -> Page:
    answer = office.client.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def send(office: Office, form: HtmlForm, headers: Any = HERE, **typed: str) -> Response:
    """Press the form's button with this typed into it."""
    return office.client.post(
        form.action, data=form.values(**typed), headers=headers, follow_redirects=False
    )


def follow(office: Office, answer: Response) -> Page:
    assert answer.status_code == 303, answer.text
    return show(office, answer.headers["location"])


def refused(answer: Response, status: int) -> Page:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    page = Page(answer.text)
    assert "Belum dilakukan" in page.text
    return page


def journalled(station: Station, kind: str) -> list[journal.Entry]:
    with station.store.read() as conn:
        return [entry for entry in journal.after(conn, 0, 500) if entry.kind == kind]
