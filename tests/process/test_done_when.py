"""The "Done when" lines of the first walk, on real processes: killed, unplugged, started again.

Slow, all of them: two processes start, and printers move, at fifteen times their speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.daemon import command
from tests.process.judge import differences
from tests.process.office import MACHINES, Machine, Office, opened
from tests.process.operator import Operator
from tests.process.world import WorldCard

pytestmark = pytest.mark.slow

#: "Goes on by itself within 5 s" of the printer's time; the host's own share of it does not scale.
GOES_ON_S = 5.0
HOST_S = 3.0
#: In the middle of the second plane of either machine's front (a plane is 512,064 or 585,216 bytes).
SECOND_PLANE = 800_000
#: Longer than any test, in the printer's time.
LONG_S = 100_000.0
TANGO, ENDURO = MACHINES


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A tango with a counter and an enduro without."""
    with opened(tmp_path) as running:
        yield running


def one_machine(tmp_path: Path, machine: Machine) -> Any:
    return opened(tmp_path, (machine,))


def at(office: Office, printer: str) -> dict[str, Any]:
    """A new job in that printer's hands; the other one starts nothing meanwhile."""
    others = [m.name for m in office.machines if m.name != printer]
    for other in others:
        office.act(f"/printers/{other}/pause")
    job = office.job()
    office.until(lambda: office.show(job)["printer"] == printer, f"{printer} has the job")
    for other in others:
        office.act(f"/printers/{other}/resume")
    return job


def goes_on(office: Office, printer: str) -> bool:
    return bool(office.printer(printer)["state"] != "stopped")


def soon(office: Office, look: Callable[[], object], what: str) -> None:
    """Within the promise, at this office's speed."""
    office.until(look, what, GOES_ON_S / office.speed + HOST_S)


def inside(office: Office) -> list[WorldCard]:
    return [card for card in office.world() if card.place == "path"]


# ---------------------------------------------------------------------- killed
def test_a_job_that_survives_sigkill_is_printed_once(office: Office) -> None:
    """Killed before printing: the printers are paused, so nothing was fed."""
    for machine in MACHINES:
        office.act(f"/printers/{machine.name}/pause")
    body = office.body()
    job = office.post("/jobs", body, key="key-1").json()
    office.kill_daemon()
    office.start_daemon()
    assert office.show(job)["state"] == "pending"
    for machine in MACHINES:
        office.act(f"/printers/{machine.name}/resume")
    [ended] = Operator(office).see_through(job)
    assert ended["state"] == "completed"
    assert office.post("/jobs", body, key="key-1").status_code == 200
    assert differences(office, [body]) == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_a_host_killed_in_the_middle_of_a_plane(tmp_path: Path, machine: Machine) -> None:
    """§4: the printer waits for the rest of a plane; the next resident's bytes must not be that rest."""
    with one_machine(tmp_path, machine) as office:
        office.arm(machine.name, fault="busy", byte=SECOND_PLANE, seconds=LONG_S)
        bodies = [office.body(), office.body()]
        jobs = [office.post("/jobs", body, key=body["reference"]).json() for body in bodies]
        office.until(
            lambda: [card for card in inside(office) if card.printed["front"] == ("B",)],
            "the printer has printed the first plane and waits for the second",
        )
        [old] = inside(office)
        office.kill_daemon()
        office.pass_time(LONG_S)
        assert [card.pictures for card in inside(office)] == [old.pictures]
        office.start_daemon()
        operator = Operator(office)
        ended = operator.see_through(*jobs)
        assert [job["state"] for job in ended] == ["completed", "completed"]
        assert "card-fate: spoiled" in operator.answered
        [now] = [card for card in office.world() if card.id == old.id]
        assert (now.printed, now.pictures, now.reference) == (old.printed, old.pictures, None)
        assert differences(office, bodies) == []


# ---------------------------------------------------------------------- unplugged
@pytest.mark.parametrize(
    "fault",
    [{"phase": "G"}, {"byte": SECOND_PLANE}],
    ids=["with-all-its-bytes", "in-the-middle-of-a-plane"],
)
def test_unplugged_in_mid_card(office: Office, fault: dict[str, Any]) -> None:
    office.arm("tango", fault="unplug", **fault)
    job = at(office, "tango")
    office.until(lambda: office.questions(printer="tango"), "a question is asked")
    [question] = office.questions(printer="tango")
    shown = office.show(job)
    assert (question["reason"], question["job"]) == ("card-fate", job["id"])
    assert (shown["state"], shown["question"]) == ("processing-stopped", question["id"])
    office.until(lambda: "disconnected" in office.reasons("tango"), "the cable is out")
    refused = office.post(
        f"/questions/{question['id']}/answer",
        {"card": "spoiled", "job": "again", "cause": "print-failed", "by": "hasty"},
    )
    assert refused.json()["code"] == "may-still-move"
    operator = Operator(office)
    [other] = operator.see_through(office.job())
    assert (other["state"], other["printer"]) == ("completed", "enduro")
    assert sum(card.printer == "tango" for card in office.made()) == 1
    office.hand("tango", "replug")
    soon(office, lambda: "disconnected" not in office.reasons("tango"), "the cable is in")
    office.until(lambda: not _may_move(office, question), "it can be answered")
    operator.close_all()
    soon(office, lambda: goes_on(office, "tango"), "tango goes on")
    assert operator.see_through(job)[0]["state"] == "completed"
    assert differences(office, [job, other]) == []


def _may_move(office: Office, question: dict[str, Any]) -> bool:
    return bool(office.get(f"/questions/{question['id']}")["evidence"]["may_still_move"])


def test_the_simulator_is_gone_at_start_and_there_later(tmp_path: Path) -> None:
    office = Office(tmp_path)
    try:
        office.start_simulator()
        office.write_config()
        office.kill_simulator()
        office.start_daemon()
        office.receive_and_load("enduro", 2)
        job = office.job()
        office.until(lambda: "disconnected" in office.reasons("enduro"), "nobody answers")
        assert office.show(job)["state"] == "pending"
        office.start_simulator()
        office.fill("enduro", 2)
        assert Operator(office).see_through(job)[0]["state"] == "completed"
        assert differences(office, [job]) == []
    finally:
        office.end()


# ---------------------------------------------------------------------- power
def test_power_lost_in_mid_card(office: Office) -> None:
    """The printer throws its card out when its power is back; what is on it, a person sees."""
    operator = Operator(office)
    jobs = []
    for phase in ("pick", "G", "flip"):
        office.arm("tango", fault="power-loss", phase=phase)
        jobs.append(job := at(office, "tango"))
        office.until(lambda: office.questions(printer="tango"), f"a question about {phase}")
        office.until(lambda: not office.device("tango")["power"], "the printer is dark")
        assert office.show(job)["state"] == "processing-stopped"
        office.hand("tango", "power-on")
        assert operator.see_through(job)[0]["state"] == "completed"
    assert operator.answered == ["card-fate: spoiled"] * 3
    assert differences(office, jobs) == []


# ---------------------------------------------------------------------- faults
IDLE_FAULTS = [
    ("open-cover", "cover-open", "close-cover"),
    ("unplug", "disconnected", "replug"),
    ("power-off", "disconnected", "power-on"),
]


def test_an_idle_printer_goes_on_by_itself_within_5_s(tmp_path: Path) -> None:
    """At the printers' own speed, where the promise is exact."""
    with opened(tmp_path, speed=1.0) as office:
        office.until(lambda: goes_on(office, "tango"), "tango is ready")
        for begin, keyword, end in IDLE_FAULTS:
            office.hand("tango", begin)
            office.until(lambda word=keyword: word in office.reasons("tango"), keyword)  # type: ignore[misc]
            assert office.printer("tango")["state"] == "stopped"
            office.hand("tango", end)
            office.until(lambda: goes_on(office, "tango"), f"goes on after {keyword}", GOES_ON_S)
        # §10: power lost with the cover shut asks nothing, and neither does a cable.
        assert office.questions() == []


def test_the_end_of_the_ribbon(tmp_path: Path) -> None:
    with one_machine(tmp_path, Machine("tango", "tango2e", counter="pick", ribbon=4)) as office:
        operator = Operator(office)
        jobs = [office.job() for _ in range(3)]
        office.until(lambda: "marker-supply-empty" in office.reasons("tango"), "the ribbon's end")
        office.hand("tango", "new-ribbon")
        ended = operator.see_through(*jobs)
        assert {job["state"] for job in ended} == {"completed"}
        assert differences(office, jobs) == []


def test_an_empty_hopper_goes_on_when_it_is_filled(tmp_path: Path) -> None:
    with one_machine(tmp_path, Machine("enduro", "enduro", blanks=0)) as office:
        office.until(lambda: "media-empty" in office.reasons("enduro"), "the hopper is empty")
        office.receive_and_load("enduro", 2)
        office.fill("enduro", 2)
        soon(office, lambda: goes_on(office, "enduro"), "goes on")
        job = office.job()
        assert Operator(office).see_through(job)[0]["state"] == "completed"
        assert office.questions() == []


def test_a_jam_is_cleared(office: Office) -> None:
    operator = Operator(office)
    jobs = []
    for phase in ("pick", "R", "eject"):
        office.arm("tango", fault="jam", phase=phase)
        jobs.append(job := at(office, "tango"))
        office.until(lambda: "media-jam" in office.reasons("tango"), f"a jam at {phase} is shown")
        office.until(lambda: office.questions(printer="tango"), "its card is asked about")
        office.hand("tango", "clear-jam")
        [question] = office.questions(printer="tango")
        soon(office, lambda q=question: not _may_move(office, q), "it can be answered")  # type: ignore[misc]
        operator.close_all()
        soon(office, lambda: goes_on(office, "tango"), "tango goes on")
        assert operator.see_through(job)[0]["state"] == "completed"
    assert differences(office, jobs) == []


def test_the_cover_is_opened_over_a_moving_card(office: Office) -> None:
    office.arm("enduro", fault="cover-open", phase="B")
    job = at(office, "enduro")
    office.until(lambda: "cover-open" in office.reasons("enduro"), "the cover is shown")
    office.hand("enduro", "close-cover")
    operator = Operator(office)
    assert operator.see_through(job)[0]["state"] == "completed"
    assert differences(office, [job]) == []


def test_a_hopper_that_runs_empty_while_rows_remain(tmp_path: Path) -> None:
    """§10: the empty hopper asks for a count, the refill asks nothing."""
    with one_machine(tmp_path, Machine("enduro", "enduro", blanks=0)) as office:
        office.receive_and_load("enduro", 4)
        office.fill("enduro", 2)
        operator = Operator(office)
        jobs = [office.job() for _ in range(2)]
        # No operator yet: he would answer the question that is looked for.
        office.until(lambda: office.questions(), "the count is asked")
        for job in jobs:
            assert office.show(job)["state"] == "completed"
        [question] = office.questions()
        assert (question["reason"], question["printer"]) == ("hopper-count", "enduro")
        assert (question["job"], question["card"], question["answers"]) == (None, None, [])
        third = office.job()
        office.fill("enduro", 3)
        office.until(lambda: office.show(third)["state"] == "completed", "the refill is printed on")
        assert [q["id"] for q in office.questions()] == [question["id"]]
        operator.close_all()
        assert differences(office, [*jobs, third]) == []


# ---------------------------------------------------------------------- stopped
def test_sigterm_when_nothing_moves_and_when_the_printer_is_gone(office: Office) -> None:
    office.until(lambda: goes_on(office, "tango") and goes_on(office, "enduro"), "both are ready")
    assert office.stop_daemon() < 5
    office.start_daemon()
    office.kill_simulator()
    assert office.stop_daemon() < 5


def test_sigterm_awaits_the_moving_card(office: Office) -> None:
    job = at(office, "tango")
    later = office.job(priority=1)
    office.until(lambda: inside(office), "a card moves")
    office.stop_daemon()
    assert not inside(office)
    made = len(office.made())
    office.start_daemon()
    assert office.show(job)["state"] == "completed"
    operator = Operator(office)
    operator.see_through(job, later)
    assert len(office.made()) >= made
    assert differences(office, [job, later]) == []


def test_a_second_sigterm_leaves_at_once(office: Office) -> None:
    job = at(office, "tango")
    office.until(lambda: inside(office), "a card moves")
    office.pace(0.01)
    process = office.daemon.process
    process.terminate()
    office.until(lambda: "stopping" in office.daemon.log, "the first signal is heard")
    start = time.monotonic()
    process.terminate()
    assert process.wait(5) == 1
    assert time.monotonic() - start < 1
    office.pace(office.speed)
    office.start_daemon()
    assert Operator(office).see_through(job)[0]["state"] == "completed"
    assert differences(office, [job]) == []


# ---------------------------------------------------------------------- what cannot start
def test_what_cannot_start_ends_with_one_line(office: Office) -> None:
    """Exit 1 where the world stands against it, 2 where the configuration is wrong; never a traceback."""
    good = office.config.read_text()
    listen = next(line for line in good.splitlines() if line.startswith("listen"))
    free = good.replace(listen, 'listen = "127.0.0.1:0"')
    cases = {
        "another printstation": (1, free),
        "cannot listen on": (1, good.replace('"data"', '"other"')),
        "did you mean print_s?": (2, free.replace('counter = "pick"', "print_seconds = 30.0")),
        "listen_on: unknown key": (2, free.replace("listen", "listen_on")),
        "is not TOML": (2, good + "["),
        "only this machine": (2, good.replace(listen, 'listen = "0.0.0.0:8631"')),
        "unknown printer model": (2, free.replace("enduro", "endure")),
    }
    for because, (code, text) in cases.items():
        config = office.folder / "wrong.toml"
        config.write_text(text)
        done = command(config, "serve")
        assert (done.returncode, done.stdout) == (code, ""), because
        assert done.stderr.count("\n") == 1, done.stderr
        assert because in done.stderr
    missing = command(office.folder / "missing.toml", "serve")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert office.daemon.alive
