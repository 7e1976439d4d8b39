"""The fault matrix (issue 4, point 4) through the station: every fault at every phase, and every named mishap,
each in a story of its own that the judge reads. `docs/what-we-promise.md` has the table.

Each story: one card is printed in peace, something goes wrong, a second card with two sides is ordered. What
`limits.py` leaves out of histories has its test here or is said there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from simulator import hands
from simulator.faults import AT_BYTE, MOTIONS, REPLY_FAULTS, TABLE
from tests.crash import house
from tests.crash.history import Result
from tests.crash.limits import drawable
from tests.crash.rotation import part
from tests.crash.story import Scene, play_a_second_card, tell_of_a_second_card
from tests.crash.world import KINDS, SimPrinter

#: One of each counter, devices that repeat by themselves, keep a card in the path, or hold their job.
SUBJECTS = ("none-repeats", "pick-keeps", "eject", "eject-holds")
#: The same of the other families, of which every run tells another part of the stories.
OTHERS = (
    "evolis-none",
    "evolis-two",
    "evolis-forgets",
    "evolis-pick-blind",
    "matica-none",
    "matica-eject",
)
#: So many runs see them all: some 25 stories a kind and run, 2 s of one core.
RUNS = 11
#: What has to happen first, so that the device comes to this phase. `wait`: the bytes of a card are kept waiting with
#: the card inside (at a Magicard those of the back); a Matica waits for every order. An Evolis throws nothing out
#: before it has a new ribbon.
LEADS_TO: dict[str, dict[str, dict[str, object]]] = {
    "magicard": {
        "reject": {"fault": "reject", "phase": "G"},
        "throw": {"fault": "ribbon-end", "phase": "G"},
        "wait": {"fault": "busy", "byte": 13_000, "seconds": 6.0},
    },
    "evolis": {
        "reject": {"fault": "reject", "phase": "G"},
        "throw": {"fault": "overheat", "phase": "G"},
        "wait": {"fault": "busy", "byte": 6_000, "seconds": 6.0},
    },
    "matica": {"reject": {"fault": "reject", "phase": "G"}},
}
#: Movements that a family does not make: nobody but the Matica transfers, and it rejects what others throw out.
NEVER = {
    "magicard": {"transfer"},
    "evolis": {"transfer", "overcoat"},
    "matica": {"overcoat", "throw"},
}
#: In a header, in a plane, between the two sides, in the last plane.
BYTES = {
    "magicard": (0, 60, 6_000, 12_300, 13_000, 24_000),
    "evolis": (0, 60, 3_000, 6_000, 9_000),
    "matica": (0, 60, 6_000, 16_200, 17_000, 24_000),
}
WAITING = "SELECT 1 FROM job WHERE state = 'pending'"


def makes(kind: str, phase: str) -> bool:
    """Whether this kind of printer ever comes to this phase, with a card of two sides if it can."""
    row, one_sided = KINDS[kind], house.tiny_model(kind).sides == 1
    # Without a word about the path nothing is brought out: the answer to the question states that it is empty.
    left_to_people = row.family == "evolis" and not row.path_sensor
    left_out = {"flip": one_sided, "throw": left_to_people}
    return phase not in NEVER[row.family] and not left_out.get(phase, False)


def lead(scene: Scene, kind: str, phase: str) -> None:
    """See to it that the device comes to this phase."""
    first = LEADS_TO[KINDS[kind].family].get(phase)
    if first is not None:
        scene.printer.faults.arm(first)


def phases(fault: str, kind: str) -> list[str]:
    """Where this fault is drawn at this kind of printer."""
    return [p for f, p in drawable(KINDS[kind].counter) if f == fault and makes(kind, p)]


def strike(kind: str, fault: str, phase: str) -> None:
    """One story: this fault strikes in this phase."""

    def trouble(scene: Scene) -> None:
        if fault == "test-print" and KINDS[kind].counter == "none":
            return  # a self-test on a device without a counter is a limit (§12)
        lead(scene, kind, phase)
        scene.director.arm(scene.printer, fault, phase)

    def struck(scene: Scene) -> None:
        # A reply fault strikes only if something is asked in that movement.
        left = [a.phase for a in scene.printer.faults.armed if a.fault == fault]
        assert fault in REPLY_FAULTS or not left, f"{fault} at {phase} never struck"

    judged(kind, trouble, before_tidy=struck)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SUBJECTS)
@pytest.mark.parametrize("fault", [fault for fault in TABLE if fault != "busy"])
def test_every_fault_at_every_phase(fault: str, kind: str) -> None:
    for phase in phases(fault, kind):
        strike(kind, fault, phase)


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_faults_at_phases_of_the_other_families(kind: str) -> None:
    every = [(fault, phase) for fault in TABLE if fault != "busy" for phase in phases(fault, kind)]
    for fault, phase in part(every, RUNS):
        strike(kind, fault, phase)


def judged(kind: str, trouble: Callable[[Scene], None], **more: Any) -> Result:
    """The story with this trouble; the judge finds nothing."""
    result = tell_of_a_second_card(kind, trouble, **more)
    assert not result.findings, "\n".join([kind, *result.history, *result.findings])
    return result


def strike_at(kind: str, fault: str, byte: int) -> None:
    """One story: this fault strikes at this byte of the card."""

    def trouble(scene: Scene) -> None:
        scene.printer.faults.arm({"fault": fault, "byte": byte})

    def struck(scene: Scene) -> None:
        assert not scene.printer.faults.armed, f"{fault} at {byte} never struck"

    judged(kind, trouble, before_tidy=struck)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SUBJECTS)
def test_every_fault_at_a_byte_of_the_stream(kind: str) -> None:
    for fault, byte in itertools.product(AT_BYTE, BYTES[KINDS[kind].family]):
        strike_at(kind, fault, byte)


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_faults_at_bytes_of_the_other_families(kind: str) -> None:
    every = list(itertools.product(AT_BYTE, BYTES[KINDS[kind].family]))
    for fault, byte in part(every, RUNS):
        strike_at(kind, fault, byte)


def comes_to(phase: str) -> Callable[[SimPrinter], bool]:
    """The device is in this movement; in `wait`, the bytes of the back have not come."""

    def seen(printer: SimPrinter) -> bool:
        body = printer.body
        if phase == "wait":
            return bool(body.path) and body.phase is None and bool(body.jobs)
        return body.phase is not None and body.phase.name == phase

    return seen


def die_in(kind: str, phase: str) -> None:
    """One story: the station dies while the device is in this phase."""
    struck: list[str] = []

    def trouble(scene: Scene) -> None:
        lead(scene, kind, phase)

        def die() -> None:
            struck.append(phase)
            scene.director.kill()

        scene.when(comes_to(phase), die)

    judged(kind, trouble)
    assert struck, f"nobody died in {phase}"


@pytest.mark.slow
@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_host_dies_in_every_phase(kind: str) -> None:
    for phase in (*MOTIONS, "wait", "throw"):
        if makes(kind, phase):
            die_in(kind, phase)


@pytest.mark.slow
def test_the_host_dies_in_phases_of_the_other_families() -> None:
    every = [(k, p) for k in OTHERS for p in (*MOTIONS, "throw") if makes(k, p)]
    for kind, phase in part(every, RUNS):
        die_in(kind, phase)


# ----------------------------------------------------------------------------- power comes back
@pytest.mark.parametrize(("kind", "where"), [("pick-keeps", "path"), ("pick", "throw")])
@pytest.mark.parametrize("station_dies", [False, True])
def test_a_card_inside_at_power_on_stays_or_is_thrown_out(
    kind: str, where: str, station_dies: bool
) -> None:
    seen: list[str] = []

    def trouble(scene: Scene) -> None:
        def back() -> None:
            scene.printer.power_on()
            body = scene.printer.body
            seen.append(body.phase.name if body.phase else "path" if body.path else "")

        def off() -> None:
            scene.printer.power_off()
            if station_dies:
                scene.director.kill()
            scene.director.later(0.3, "power", back)

        scene.when(comes_to("G"), off)

    judged(kind, trouble)
    assert seen == [where]


@pytest.mark.parametrize("kind", ["pick-keeps", "pick", "eject", "eject-sensor"])
def test_a_stray_card_in_the_path_at_power_on(kind: str) -> None:
    """Somebody's self-test was cut by the power; our job comes when the printer is on again."""

    def trouble(scene: Scene) -> None:
        hands.test_print(scene.printer.body)
        while not comes_to("G")(scene.printer):
            scene.sim.turns.sleep(0.05)
            scene.printer.advance(scene.sim.turns.now)
        scene.printer.power_off()
        scene.sim.turns.sleep(3.0)
        assert scene.printer.body.path
        scene.printer.power_on()

    judged(kind, trouble)


# ----------------------------------------------------------------------------- cards of nobody
@pytest.mark.parametrize("kind", ["none", "pick", "eject"])
def test_two_cards_picked_at_once_are_one_missing_blank_at_the_count(kind: str) -> None:
    """A limit (§12): nothing tells at once. The count at the shift's end does."""
    missing: list[int] = []

    def trouble(scene: Scene) -> None:
        scene.printer.faults.arm({"fault": "double-pick"})

    result = tell_of_a_second_card(
        kind, trouble, after=lambda scene: missing.append(_rows(scene, "missing"))
    )
    assert missing == [1]
    assert [finding.rpartition(", ")[2] for finding in result.findings] == ["but it made 2 cards"]


@pytest.mark.parametrize(
    ("kind", "fault", "found"),
    [
        ("none", "repeat-job", "made 2 cards"),
        ("pick", "phantom-card", "no such card exists"),
        ("eject", "not-printed", "no such card exists"),
    ],
)
def test_what_every_witness_agrees_on_is_believed_and_the_judge_sees_it(
    kind: str, fault: str, found: str
) -> None:
    """The limits that `limits.py` keeps out of histories are there, and are what they are said to be."""

    def trouble(scene: Scene) -> None:
        scene.printer.faults.arm({"fault": fault})

    result = tell_of_a_second_card(kind, trouble)
    assert any(found in finding for finding in result.findings)


@pytest.mark.parametrize("kind", ["pick", "eject"])
def test_a_device_that_repeats_a_job_by_itself_is_asked_about(kind: str) -> None:
    asked: list[int] = []

    def trouble(scene: Scene) -> None:
        scene.printer.faults.arm({"fault": "repeat-job"})

    def after(scene: Scene) -> None:
        asked.append(scene.asked("unexplained-cards") + scene.asked("card-fate"))

    judged(kind, trouble, after=after)
    assert asked[0] >= 1


@pytest.mark.parametrize("kind", ["pick", "eject"])
@pytest.mark.parametrize("mishap", ["test-print", "counter-reset"])
def test_a_counter_that_moved_behind_our_back_is_asked_about(kind: str, mishap: str) -> None:
    """A test print from the device's own panel; a service that resets the counter."""
    asked: list[int] = []

    def trouble(scene: Scene) -> None:
        scene.director.arm(scene.printer, mishap, "idle")

    judged(kind, trouble, after=lambda scene: asked.append(scene.asked("unexplained-cards")))
    assert asked == [1]


@pytest.mark.parametrize("kind", ["none", "pick", "eject", "eject-holds"])
@pytest.mark.parametrize("phase", ["pick", "K", "eject"])
def test_another_unit_on_the_port_settles_nothing(kind: str, phase: str) -> None:
    def trouble(scene: Scene) -> None:
        def swap() -> None:
            scene.director.doubted.add("p1")
            scene.printer.swap_unit()

        scene.when(comes_to(phase), swap)

    result = judged(kind, trouble)
    assert any("answers Q-000001" in line for line in result.history)


@pytest.mark.parametrize("more", [2, -1])
def test_a_hopper_filled_or_emptied_by_hand_without_a_record(more: int) -> None:
    """A refill asks nothing by itself; the count finds a surplus or a missing row."""
    rows: list[tuple[int, int]] = []

    def trouble(scene: Scene) -> None:
        if more > 0:
            scene.printer.load(more)
            scene.director.unrecorded["p1"] += more
        else:
            scene.sim.truth.put(scene.printer.body.hopper.pop(), "hand")

    def after(scene: Scene) -> None:
        rows.append((_rows(scene, "loaded"), _rows(scene, "missing")))

    judged("none", trouble, after=after)
    assert rows == [(2 + more, 0) if more > 0 else (1, 1)]


# ----------------------------------------------------------------------------- the computer
@pytest.mark.parametrize("kind", SUBJECTS)
@pytest.mark.parametrize("act", ["clock_back", "disk_full", "locked"])
@pytest.mark.parametrize("phase", ["pick", "K", "eject"])
def test_clock_disk_and_database_while_a_card_moves(kind: str, act: str, phase: str) -> None:
    def trouble(scene: Scene) -> None:
        scene.when(comes_to(phase), getattr(scene.director, act))

    judged(kind, trouble)


@pytest.mark.parametrize(("kind", "asked"), [("pick", 1), ("eject", 1), ("none", 0)])
def test_an_old_database_file_copied_back_past_restore(kind: str, asked: int) -> None:
    """The old file believes that the second card was never fed. A counter knows better; without one that is
    a limit (§12), and the card is made twice."""
    seen: list[tuple[int, int]] = []
    old: list[bytes] = []

    def trouble(scene: Scene) -> None:
        scene.director.set_paused("p1", True)
        scene.sim.turns.sleep(1.0)

        def keep() -> None:
            old.append(house.files().copy())
            scene.director.set_paused("p1", False)

        scene.when(lambda _: bool(scene.sim.rows(WAITING)), keep)

    def copy_back(scene: Scene) -> None:
        def thief() -> None:
            # Nobody answers meanwhile.
            scene.director.operator.round = lambda: None  # type: ignore[method-assign]
            scene.sim.kill()
            house.files().put_back(old[0])
            scene.director.restart()
            scene.director.set_paused("p1", False)
            scene.sim.turns.sleep(20.0)
            seen.append((scene.asked("unexplained-cards"), len(scene.sim.truth.origins)))

        scene.sim.spawn("thief", thief)
        scene.sim.run(lambda: bool(seen), 30.0)

    play_a_second_card(kind, trouble, copy_back)
    assert seen == [(asked, 2 if asked else 3)]


def _rows(scene: Scene, state: str) -> int:
    found = scene.sim.rows("SELECT count(*) AS n FROM card WHERE state = ?", state)
    return int(found[0]["n"])
