"""The log: JSON lines with keywords and ids, and nothing of a resident at any level, whatever goes wrong."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import sqlite3
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import layouts
from drivers import DeviceGone, Face, Model
from printstation import logs
from printstation.api.app import create_app
from printstation.config import Config
from printstation.spool.desk import Desk
from printstation.spool.worker import Worker
from printstation.station import open_station
from printstation.store.jobs import Job
from tests.api.office import Office
from tests.unit.printstation.spool.scripted import BUSY, READY, Device, Look, Story, stands
from tests.unit.printstation.store.kit import TestClock

SAMPLE = layouts.load("specimen-resident").sample("plain")
VALUES: dict[str, str] = SAMPLE["values"]  # type: ignore[assignment]
#: What is printed on every card of the region, and what says nothing of a person.
HARMLESS = {"province", "regency", "citizenship", "valid_until", "issued_on", "issued_in"}


def secrets() -> dict[str, str]:
    """Texts of the resident that no record may hold, and the beginnings of his pictures in every writing."""
    found = {
        f"{name} ({word})": word
        for name, text in VALUES.items()
        if name not in HARMLESS and isinstance(text, str)
        for word in [text, *re.findall(r"[A-Za-z]{5,}", text)]
        if len(word) > 4
    }
    found["resident"] = str(SAMPLE["resident"])
    for picture in ("photo", "signature"):
        text = str(SAMPLE[picture])
        raw = base64.b64decode(text)
        found |= {
            f"{picture} base64": text[200:240],
            f"{picture} repr": repr(raw[100:120])[2:-1],
            f"{picture} hex": raw[100:120].hex(),
        }
    return found


SECRETS = secrets()


class Recorder(logging.Handler):
    """Keeps everything that a record can carry, as any handler of any office could."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []
        self.lines = io.StringIO()
        self.names: set[str] = set()
        self._json = logs.JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("httpx2"):
            return  # the test's own client, which is the application's side
        self.names.add(record.name)
        self.texts.append(record.getMessage())
        self.texts.append(repr(record.args))
        self.texts.append(repr({k: v for k, v in vars(record).items() if k != "msg"}))
        if record.exc_info and record.exc_info[1] is not None:
            self.texts.extend(traceback.format_exception(record.exc_info[1]))
        self.lines.write(self._json.format(record) + "\n")

    def leaks(self) -> dict[str, str]:
        everything = "\n".join([*self.texts, self.lines.getvalue()])
        return {
            name: text for name, text in SECRETS.items() if text.casefold() in everything.casefold()
        }

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]


@pytest.fixture
def recorder(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    """Every logger that there is, wide open."""
    names: list[str | None] = [None, *logging.root.manager.loggerDict]
    loggers = [logging.getLogger(name) for name in names]
    before = [(each, each.level, each.disabled, each.propagate) for each in loggers]
    recorder = Recorder()
    for each in loggers:
        each.disabled = False
        each.propagate = True
        each.setLevel(getattr(request, "param", logging.DEBUG) if each is logging.root else 1)
    logging.root.addHandler(recorder)
    yield recorder
    logging.root.removeHandler(recorder)
    for each, level, disabled, propagate in before:
        each.setLevel(level)
        each.disabled, each.propagate = disabled, propagate


class Play:
    """A station with a scripted printer whose worker runs in the test's own thread."""

    def __init__(self, folder: Path) -> None:
        self.clock = TestClock()
        self.device = Device()
        config = Config.model_validate(
            {
                "data_dir": folder,
                "min_free_mb": 0,
                "printers": [
                    {"name": "tango", "model": "tango2e", "uri": "usbip://127.0.0.1:1/1-1"}
                ],
            }
        )
        self.station = open_station(config, self.clock)
        self.station.rebuild(lambda _uri, model, wait: self.device.open(model, wait))
        self.app = create_app(self.station)
        self.draw: Callable[[Job, Model], list[Face]] | None = None

    def run(self, waits: int = 40) -> Worker:
        desk = self._desk()
        left = iter(range(waits))
        stop = {"now": False}

        def on_wait() -> None:
            stop["now"] = stop["now"] or next(left, None) is None

        self.clock.on_wait = on_wait
        desk = replace(desk, stopping=lambda: stop["now"], leaving=lambda: stop["now"])
        worker = Worker(desk)
        worker.run()
        self.clock.on_wait = None
        return worker

    def _desk(self) -> Desk:
        (desk,) = self.station._desks
        return replace(desk, paint=self.draw) if self.draw else desk


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    play = Play(tmp_path)
    yield play
    play.station.stop(now=True)


@pytest.fixture
def office(play: Play) -> Iterator[Office]:
    with TestClient(play.app, raise_server_exceptions=False) as client:
        office = Office(play.station, client)
        office.stocked(3)
        blanks = {"card_type": "specimen", "batch": "S1", "count": 8}
        came = {"delivery": "D-S", "version": "1", **blanks}
        assert office.act("/stock/receipts", came).status_code == 201
        assert office.act("/stock/loads", {"printer": "tango", **blanks}).status_code == 200
        yield office


def order(reference: str, **changes: Any) -> dict[str, Any]:
    """Always the same resident, so that all that is looked for is one set of words."""
    return {**SAMPLE, "reference": reference, "card_type": "ktp-el-wni", **changes}


def broken(text: str) -> None:
    """A mistake of ours that quotes what it stumbled over."""
    raise KeyError(text)


def refuse(office: Office) -> None:
    """Requests that are wrong in every way, each with the resident's data in it."""
    posted = order("R-A")
    assert office.post(posted, key="first").status_code == 201
    wrong: list[tuple[Any, int]] = [
        (order("R-B"), 409),
        (order("R-A"), 409),
        (order("R-C", resident=f"{SAMPLE['resident']}9"), 422),
        (order("R-D", values={**VALUES, "name": "SITI RAHAYU " * 40}), 422),
        (order("R-E", photo=str(SAMPLE["photo"])[:300]), 422),
        (order(str(VALUES["name"])), 422),
        (order("R-F", unknown=VALUES["name"]), 422),
    ]
    for body, status in wrong:
        assert office.post(body).status_code == status, body["reference"]
    text = json.dumps(posted)[:-40].encode()
    headers = {"Idempotency-Key": "cut", "Content-Type": "application/json"}
    assert office.client.post("/v1/jobs", content=text, headers=headers).status_code == 400
    assert office.post(order("R-G"), key="first").status_code == 409
    name = str(VALUES["name"]).replace(" ", "%20")
    assert office.client.get(f"/v1/jobs?reference={name}").status_code == 200
    assert office.client.get(f"/v1/cards/{SAMPLE['resident']}").status_code == 404


def another(
    play: Play,
    office: Office,
    reference: str,
    *stories: Story,
    first: Callable[[], object] = lambda: None,
) -> str | None:
    """One more card; the question that its end asked, answered."""
    posted = office.post(order(reference, reason="test", card_type="specimen"))
    assert posted.status_code == 201, posted.text
    first()
    play.device.stories.extend(stories)
    play.run()
    play.device.gone = False
    asked: str | None = office.get(f"/jobs/{posted.json()['id']}")["question"]
    if asked is not None:
        play.run(4)  # so that a device that was gone is cleared first
        said = {"card": "spoiled", "job": "cancel", "cause": "print-failed", "by": "ani"}
        assert office.act(f"/questions/{asked}/answer", said).status_code == 200
    return asked


def mishaps(play: Play, office: Office) -> None:
    """A jam, a pulled cable, broken seals, a mistake of ours that quotes everything."""

    def mistaken(_job: Job, _model: Model) -> list[Face]:
        raise ValueError(f"cannot draw {VALUES['name']}, {VALUES['nik']}, {SAMPLE['photo']}")

    def spoil_seals() -> None:
        with play.station.store.write() as tx:
            tx.conn.exec_driver_sql("UPDATE payload SET sealed = substr(sealed, 1, 40)")

    assert another(play, office, "T-1", Story([BUSY, stands("media-jam")]))
    gone = DeviceGone(f"no {VALUES['name']} on the bus")
    assert another(play, office, "T-2", Story(broken=gone, offered=10))
    assert another(play, office, "T-3", first=spoil_seals) is None
    play.draw = mistaken
    assert another(play, office, "T-4") is None
    play.draw = None


def test_nothing_of_a_resident_is_logged_at_any_level(
    recorder: Recorder, play: Play, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posting, refusals, printing, a jam, a pulled cable, a broken seal, crashes of the worker and of a request."""
    refuse(office)
    play.run()
    (job,) = office.get("/jobs")["items"]
    assert job["state"] == "completed", "the card was drawn with its real faces"
    assert office.client.get(f"/v1/jobs/{job['id']}/preview/front.png").status_code == 200
    mishaps(play, office)
    monkeypatch.setattr(play.station, "faces", lambda _job: broken(VALUES["name"]))
    assert office.client.get(f"/v1/jobs/{job['id']}/preview/front.png").status_code == 500
    thread = threading.Thread(target=broken, args=(VALUES["nik"],))
    monkeypatch.setattr(threading, "excepthook", logs._died)
    thread.start()
    thread.join()

    assert recorder.leaks() == {}
    events = [line["event"] for line in recorder.said()]
    assert {"card-printed", "printer-stopped", "job-submitted"} <= set(events)
    assert "worker stopped: ValueError" in events
    assert "job-set-aside" in events, "a broken seal"
    assert "KeyError in a request" in " ".join(events)
    assert "a thread ended by a mistake of ours" in events
    assert {"printstation.store.engine", "PIL.PngImagePlugin"} <= recorder.names


def test_the_recorder_finds_what_it_looks_for(recorder: Recorder) -> None:
    """Red once: each of the secrets, in each of the ways in which it could get there."""
    log = logging.getLogger("printstation.somewhere")
    for text in SECRETS.values():
        log.debug("said %s", text)
    assert recorder.leaks() == SECRETS
    recorder.texts.clear()
    recorder.lines = io.StringIO()
    try:
        raise ValueError(str(VALUES["name"]))
    except ValueError:
        log.exception("it broke")
    assert set(recorder.leaks().values()) >= {VALUES["name"]}
    assert str(VALUES["name"]) not in recorder.lines.getvalue(), "our formatter leaves the text out"


def test_a_line_has_the_reasons_keyword_and_the_ids(
    recorder: Recorder, play: Play, office: Office
) -> None:
    job = office.job()
    play.device.idle = Look(stands("cover-open").condition, ("cover-open",))
    play.run(4)
    play.device.idle = READY
    play.run()
    stopped = next(e for e in recorder.said() if e["event"] == "printer-stopped")
    assert (stopped["printer"], stopped["reasons"]) == ("tango", ["cover-open"])
    printed = next(e for e in recorder.said() if e["event"] == "card-printed")
    assert (printed["job"], printed["card"], printed["printer"]) == (job, "B-000001", "tango")
    assert printed["level"] == "info" and isinstance(printed["entry"], int)
    with play.station.store.read() as conn:
        row = conn.exec_driver_sql(
            "SELECT kind FROM journal WHERE seq = ?", (printed["entry"],)
        ).scalar_one()
    assert row == "card-printed", "a line leads to its entry"


def test_an_entry_that_was_undone_is_not_logged(recorder: Recorder, play: Play) -> None:
    from printstation.store import journal

    with pytest.raises(sqlite3.OperationalError), play.station.store.write() as tx:
        journal.append(tx, "printer-paused", printer="tango")
        raise sqlite3.OperationalError("disk I/O error")
    assert [line for line in recorder.said() if line["event"] == "printer-paused"] == []


# ------------------------------------------------------------------------------- the formatter
def formatted(**changes: Any) -> dict[str, Any]:
    record = logging.LogRecord("x", logging.WARNING, "f.py", 1, "said %s", ("this",), None)
    vars(record).update(changes)
    text = logs.JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_record_is_one_line_of_json() -> None:
    line = formatted(args=("two\nlines",), printer="tango", job=None)
    assert line["event"] == "said two\nlines" and line["printer"] == "tango"
    assert line["level"] == "warning" and "job" not in line
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"])


def test_what_is_no_field_is_not_written() -> None:
    assert "resident" not in formatted(resident="1771991708450001")


def test_what_looks_like_a_nik_is_hidden_and_long_texts_are_cut() -> None:
    assert formatted(args=("1771991708450001",))["event"] == f"said {logs.HIDDEN}"
    assert formatted(args=("20260101 17719917084500010",))["event"].endswith("17719917084500010")
    assert len(formatted(args=("x" * 5000,))["event"]) <= logs.MOST_CHARS + 1


def test_setting_up_replaces_what_was_there_and_keeps_libraries_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = logging.getLogger()
    before, level, hook = list(root.handlers), root.level, threading.excepthook
    quiet = [(logging.getLogger(name), logging.getLogger(name).level) for name in logs.QUIET]
    stream = io.StringIO()
    try:
        assert root.handlers == [logs.set_up("debug", stream)]
        logging.getLogger("printstation.x").debug("we")
        logging.getLogger("sqlalchemy.engine").info("they")
        assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["we"]
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        threading.excepthook = hook
        for logger, was in quiet:
            logger.setLevel(was)
