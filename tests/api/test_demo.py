"""The demo and the daemon as processes, and the demo's parts by themselves."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zxingcpp
from PIL import Image

import layouts
from printstation.cli.demo.check import differences
from printstation.cli.demo.people import residents
from printstation.cli.demo.world import read_code

DEADLINE_S = 60


# ---------------------------------------------------------------------- parts
def test_residents_are_invented_valid_and_different() -> None:
    layout = layouts.load("specimen-resident")
    samples = [dict(layout.sample(name)) for name in layout.sample_names]
    people = list(residents(samples, 60, seed=7))
    assert len({p["resident"] for p in people}) == len({p["reference"] for p in people}) == 60
    for person in people:
        assert person["resident"].startswith("177199")
        assert person["values"]["nik"] == person["resident"]
        problems = layouts.check(layout, person["values"], None, None, person["reference"])
        assert [p for p in problems if p.pointer.startswith("/values")] == []
    assert people == list(residents(samples, 60, seed=7))
    assert people != list(residents(samples, 60, seed=8))


def test_birth_date_and_sex_agree_with_the_nik() -> None:
    layout = layouts.load("specimen-resident")
    samples = [dict(layout.sample("plain")), dict(layout.sample("longest"))]
    for person in residents(samples, 20, seed=3):
        day, month, year = person["values"]["birth_date"].split("-")
        raised = int(day) + (40 if person["values"]["sex"] == "PEREMPUAN" else 0)
        assert person["resident"][6:12] == f"{raised:02d}{month}{year[2:]}"


def test_a_picture_tells_whose_card_it_is() -> None:
    code = zxingcpp.create_barcode("DEMO-1", zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=5))
    with BytesIO() as file:
        picture.save(file, "PNG")
        assert read_code(file.getvalue()) == "DEMO-1"
    with BytesIO() as file:
        Image.new("L", (200, 100), 255).save(file, "PNG")
        assert read_code(file.getvalue()) is None


JOBS = [{"reference": "R-1"}, {"reference": "R-2"}]
GOOD: dict[str, Any] = {
    "cards": [
        {"job": f"j{n}", "state": "completed", "evidence": {"rule": 3}, "front": "f.png"}
        for n in (1, 2)
    ],
    "stock": {"printed": 2, "loaded": 18},
    "audit": "ok",
}


def test_what_should_be_is_no_difference() -> None:
    assert differences(GOOD, JOBS, {}, 20) == []
    again = {**GOOD, "stock": {"printed": 5, "loaded": 35}}
    assert differences(again, JOBS, {"printed": 3, "loaded": 17}, 20) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: s["cards"][1].update(state="processing-stopped"), "not completed"),
        (lambda s: s["cards"][0].update(front=None), "no single card in the world"),
        (lambda s: s["cards"][0].update(evidence=None), "no evidence"),
        (lambda s: s["stock"].update(loaded=17), "19 are in some state"),
        (lambda s: s["stock"].update(loaded=17, spoiled=1), "1 cards are spoiled, not 0"),
        (lambda s: s.update(audit="chain: journal 4: …"), "audit: chain"),
    ],
)
def test_each_difference_is_a_sentence(
    change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    summary = copy.deepcopy(GOOD)
    change(summary)
    assert any(sentence in line for line in differences(summary, JOBS, {}, 20))


# ---------------------------------------------------------------------- processes
def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "printstation.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def children_of(parent: int) -> list[int]:
    """Processes that this one started, by /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
def test_the_demo_makes_cards_and_says_so(tmp_path: Path) -> None:
    """Slow: three processes, and two cards' worth of printing at speed 100."""
    out, keep = tmp_path / "new" / "out", tmp_path / "keep"
    options = ["--once", "--cards", "2", "--speed", "100", "--out", str(out), "--keep", str(keep)]
    demo = start("demo", *options)
    said, errors = demo.communicate(timeout=DEADLINE_S)
    assert demo.returncode == 0, said + errors
    summary = json.loads((out / "summary.json").read_text())
    assert set(summary) == {"url", "cards", "stock", "audit"}
    assert summary["stock"] == {"loaded": 18, "printed": 2}
    assert summary["audit"] == "ok"
    assert len(summary["cards"]) == 2
    for card in summary["cards"]:
        assert set(card) == {"job", "state", "printer", "family", "evidence", "front", "back"}
        assert (card["state"], card["family"]) == ("completed", "magicard")
        reference = read_code((out / card["front"]).read_bytes())
        assert reference is not None
        assert reference in card["front"]
    assert {(keep / f"printstation.{end}").is_file() for end in ("toml", "db")} == {True}
    audit = start("--config", str(keep / "printstation.toml"), "audit")
    assert audit.communicate(timeout=DEADLINE_S)[0].startswith("agrees: ")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_the_demo(tmp_path: Path, number: signal.Signals) -> None:
    """Slow: three processes."""
    demo = start("demo", "--cards", "1", "--speed", "100", "--out", str(tmp_path))
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            if line.startswith("simulator http"):
                break
        started = children_of(demo.pid)
        assert len(started) == 2
        demo.send_signal(number)
        try:
            demo.communicate(timeout=DEADLINE_S / 3)
        except subprocess.TimeoutExpired:
            # Python drops an interrupt that falls into a destructor; a person presses the keys once more.
            demo.send_signal(number)
            demo.communicate(timeout=DEADLINE_S)
        assert demo.returncode != 0
        assert all(gone(pid) for pid in started)
    finally:
        demo.kill()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    config = tmp_path / "printstation.toml"
    config.write_text('data_dir = "data"\nlisten = "127.0.0.1:0"\n')
    process = start("--config", str(config), "serve")
    yield process
    process.kill()
    process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:"), line
    return line.removeprefix("listening on ").strip()


@pytest.mark.slow
def test_the_daemon_answers_when_it_says_so_and_ends_with_an_open_stream(
    daemon: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Slow: two daemons as processes."""
    url = url_of(daemon)
    config = tmp_path / "printstation.toml"
    with httpx2.Client(base_url=url, trust_env=False) as client:
        assert client.get("/healthz").status_code == 200
        second = start("--config", str(config), "serve")
        _, errors = second.communicate(timeout=DEADLINE_S)
        assert second.returncode == 1
        assert errors.count("\n") == 1
        assert "another printstation" in errors
        other = tmp_path / "other.toml"
        other.write_text(f'data_dir = "other"\nlisten = "{url.removeprefix("http://")}"\n')
        taken = start("--config", str(other), "serve")
        _, errors = taken.communicate(timeout=DEADLINE_S)
        assert taken.returncode == 1
        assert errors.count("\n") == 1
        assert "cannot listen on" in errors
        headers = {"Accept": "text/event-stream"}
        with client.stream("GET", "/v1/events", headers=headers) as stream:
            lines = stream.iter_lines()
            next(lines)
            daemon.send_signal(signal.SIGTERM)
            assert [line for line in lines if line.startswith("data:")] == []
    assert daemon.wait(5) == 0


@pytest.mark.slow
def test_a_killed_daemon_leaves_its_port_and_a_database_that_can_be_audited(
    daemon: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Slow: two daemons as processes."""
    url = url_of(daemon)
    daemon.kill()
    daemon.wait()
    config = tmp_path / "printstation.toml"
    audit = start("--config", str(config), "audit")
    assert audit.communicate(timeout=DEADLINE_S)[0].startswith("agrees: ")
    config.write_text(config.read_text().replace("127.0.0.1:0", url.removeprefix("http://")))
    again = start("--config", str(config), "serve")
    try:
        assert url_of(again) == url
    finally:
        again.kill()
        again.communicate()
