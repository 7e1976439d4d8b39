"""Cards through a print queue (ipp.md §9) in the simulation: cut anywhere, and whatever cupsd and its backends do.

Each story of trouble: one card is printed in peace, then the queue lives as ipp.md §5 saw it live, while a card with
two sides is ordered. What `limits.QUEUES` leaves out of histories is shown here to be what it is said to be.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from drivers.ipp.dialogue import Op
from simulator import hands
from tests.crash import house
from tests.crash.cuts import Planned
from tests.crash.history import Result
from tests.crash.limits import KILLED_BEFORE_S
from tests.crash.planted_queue import PLANTED
from tests.crash.queue_ear import LEAST_S
from tests.crash.queue_mischief import CODES, NOT_NOW
from tests.crash.queue_printer import QueuePrinter
from tests.crash.queue_runs import Manner
from tests.crash.rotation import part
from tests.crash.story import Scene, assert_survived, cuts_of, tell, tell_of_a_second_card

KINDS = ("queue", "queue-blind")
#: So many runs see every cut: 9 cuts a kind and run, 1 s of one core.
CUT_RUNS = 41
#: So many runs see every story of trouble: some 12 a run, 1 s of one core.
RUNS = 11


# ----------------------------------------------------------------------------- the walk, cut anywhere
@functools.cache
def cuts(kind: str) -> list[Planned]:
    """Every cut of the uncut story."""
    return cuts_of(kind)


def test_a_queue_whose_backend_waits_asks_nothing() -> None:
    result = tell("queue")
    assert not result.findings
    assert result.cards == 1
    assert not any("answers" in line for line in result.history)


def test_a_queue_whose_backend_does_not_wait_asks_about_every_card() -> None:
    result = tell("queue-blind")
    assert not result.findings
    assert result.cards == 1
    assert sum("answers Q-" in line for line in result.history) == 1


def test_the_ear_and_the_model_know_the_same_shortest_run() -> None:
    assert house.tiny_model("queue").ipp.least_s == LEAST_S


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_single_cuts(kind: str) -> None:
    chosen = part(cuts(kind), CUT_RUNS)
    assert len(chosen) > 5
    for planned in chosen:
        assert_survived(kind, planned)


# ----------------------------------------------------------------------------- trouble
@dataclass(frozen=True)
class Story:
    """`arm` before the second order, or `act` so many seconds after its run began (None: it is armed only)."""

    name: str
    arm: Callable[[QueuePrinter], object] = lambda printer: None
    act: Callable[[QueuePrinter], object] | None = None
    at_s: float = 0.0


def kill(*, hook: bool, forgets: bool) -> Callable[[QueuePrinter], None]:
    def act(printer: QueuePrinter) -> None:
        printer.queue.hook = hook
        printer.queue.kill(forgets=forgets)
        printer.end_connections()

    return act


def stop(*, hook: bool) -> Callable[[QueuePrinter], None]:
    def act(printer: QueuePrinter) -> None:
        printer.queue.hook = hook
        printer.queue.stop()
        printer.end_connections()

    return act


def behaves(*manners: Manner) -> Callable[[QueuePrinter], None]:
    return lambda printer: printer.queue.manners.extend(manners)


def loses(operation: Op, how: str, manner: Manner | None = None) -> Callable[[QueuePrinter], None]:
    def arm(printer: QueuePrinter) -> None:
        printer.queue.lose[operation] = how
        if manner is not None:
            printer.queue.manners.append(manner)

    return arm


def refuses(operation: Op, manner: Manner | None = None) -> Callable[[QueuePrinter], None]:
    def arm(printer: QueuePrinter) -> None:
        printer.queue.refuse[operation] = NOT_NOW
        if manner is not None:
            printer.queue.manners.append(manner)

    return arm


def garbles(printer: QueuePrinter) -> None:
    printer.queue.garbles = 1


#: Before the device has the card, while it prints, and when it is nearly out.
MOMENTS = (0.1, 1.0, 2.5, 5.5)
AT_ANY_MOMENT: dict[str, Callable[[QueuePrinter], object]] = {
    "killed, hook": kill(hook=True, forgets=False),
    "killed, no hook": kill(hook=False, forgets=False),
    "killed, hook, forgets": kill(hook=True, forgets=True),
    "killed, no hook, forgets": kill(hook=False, forgets=True),
    "stopped, hook": stop(hook=True),
    "stopped, no hook": stop(hook=False),
    "paused": lambda printer: printer.queue.pause(),
    "paused and let go on": lambda printer: (printer.queue.pause(), printer.queue.resume()),
    "forgotten": lambda printer: printer.queue.forget(),
    "strange job": lambda printer: printer.queue.strange_job(),
    "garbled": garbles,
    "replaced": lambda printer: printer.swap_unit(),
    "network": lambda printer: printer.unplug(),
    "connection reset": lambda printer: printer.end_connections(),
    "device off": lambda printer: printer.power_off(),
}
HANGS = Manner(hangs="after")
STORIES = (
    *(
        Story(f"{name} at {at_s}", act=act, at_s=at_s)
        for name, act in AT_ANY_MOMENT.items()
        for at_s in MOMENTS
    ),
    *(
        Story(f"exit {code} at {at_s}", behaves(Manner("leave", True, code, at_s)))
        for code in CODES
        for at_s in MOMENTS
    ),
    # A signal is *completed*. Later than this it may count as a card: KILLED_BEFORE_S.
    *(
        Story(f"signal at {at_s}", behaves(Manner("leave", True, None, at_s)))
        for at_s in (0.1, 1.0, KILLED_BEFORE_S)
    ),
    *(
        Story(f"hangs {when}, {term}", behaves(Manner(term, hangs=when)))
        for when in ("before", "after")
        for term in ("cancel", "leave", "ignore")
    ),
    *(
        Story(f"{operation.name} {how}", loses(operation, how))
        for operation in Op
        for how in ("request", "answer", "late")
        if operation not in (Op.CANCEL_JOB, Op.RESUME_PRINTER)
    ),
    *(
        Story(f"{op.name} refused", refuses(op))
        for op in Op
        if op not in (Op.CANCEL_JOB, Op.RESUME_PRINTER)
    ),
    *(
        Story(f"CANCEL_JOB {how}", loses(Op.CANCEL_JOB, how, HANGS))
        for how in ("request", "answer", "late")
    ),
    Story("CANCEL_JOB refused", refuses(Op.CANCEL_JOB, HANGS)),
    *(
        Story(f"RESUME_PRINTER {how}", loses(Op.RESUME_PRINTER, how), stop(hook=True), 1.0)
        for how in ("request", "answer", "late")
    ),
    Story("RESUME_PRINTER refused", refuses(Op.RESUME_PRINTER), stop(hook=True), 1.0),
)


def play(story: Story, kind: str = "queue") -> Result:
    """Somebody sees to the queue a few seconds later."""
    struck: list[str] = []

    def trouble(scene: Scene) -> None:
        printer = queue_of(scene)
        story.arm(printer)
        if story.act is None:
            scene.director.later(8.0, "mend", lambda: scene.director.mend(printer))
            return
        act = story.act

        def now() -> None:
            struck.append(story.name)
            act(printer)
            scene.director._mend_later(printer)

        scene.when(lambda _: runs_since(printer) >= story.at_s, now)

    def has_struck(scene: Scene) -> None:
        queue = queue_of(scene).queue
        assert struck or story.act is None, f"{story.name} never struck"
        assert not queue.lose and not queue.manners, f"{story.name} never struck"

    return tell_of_a_second_card(kind, trouble, after=has_struck)


def queue_of(scene: Scene) -> QueuePrinter:
    assert isinstance(scene.printer, QueuePrinter)
    return scene.printer


def runs_since(printer: QueuePrinter) -> float:
    """For how long its backend has run; less than nothing while none does."""
    run = printer.queue.current
    return -1.0 if run is None else printer.queue.now - run.began


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_trouble_of_a_queue(kind: str) -> None:
    for story in part(STORIES, RUNS):
        if kind == "queue-blind" and story.at_s > 0.5:
            continue  # its backend is over by then
        result = play(story, kind)
        told = "\n".join([kind, story.name, *result.history, *result.findings])
        assert not result.findings, told


# ----------------------------------------------------------------------------- bugs planted
#: The story that gives each away.
GIVEN_AWAY_BY = {
    "too_short_a_run_believed": "signal at 1.0",
    "second_run_not_noticed": "exit 7 at 1.0",
    "not_found_taken_as_not_printed": "forgotten at 2.5",
    "queue_left_without_discard": "exit 1 at 1.0",
    "watch_goes_on_over_a_new_connection": "connection reset at 1.0",
    "a_lost_answer_taken_as_nothing_happened": "RELEASE_JOB answer",
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds_what_is_planted_in_the_driver(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = next(story for story in STORIES if story.name == GIVEN_AWAY_BY[name])
    assert not play(story).findings
    PLANTED[name](monkeypatch)
    assert play(story).findings


# ----------------------------------------------------------------------------- limits
def test_a_backend_killed_late_is_printed_until_somebody_looks_at_the_card() -> None:
    """Its card is jammed by then, which nobody tells any more: *completed*, and as long as a card takes."""
    states: list[str] = []
    shows: list[bool] = []

    def trouble(scene: Scene) -> None:
        printer = queue_of(scene)
        printer.queue.manners.append(Manner("leave", True, None, 5.2))

        def jam() -> None:
            printer.body.jam = True
            printer.body.fail("jam")

        scene.when(lambda _: printer.queue.current is None and printer.body.moving, jam)

    def after(scene: Scene) -> None:
        row = scene.sim.rows("SELECT id, state FROM card WHERE job IS NOT NULL ORDER BY seq")[-1]
        states.append(row["state"])
        shows.append(scene.director._shows(row["id"]))

    result = tell_of_a_second_card("queue", trouble, after=after)
    assert [finding.rpartition(", ")[2] for finding in result.findings][:1] == [
        "but no such card exists"
    ]
    # The check by eye accepts by what it shows: nothing.
    assert (states, shows) == (["printed"], [False])


def test_a_device_that_goes_on_with_what_its_backend_left_there_is_out_of_the_queues_reach() -> (
    None
):
    """Its cover was open, so it could not be told to drop the card; the job was canceled and the person answered."""

    def trouble(scene: Scene) -> None:
        printer = queue_of(scene)
        printer.forgets = False
        hands.open_cover(printer.body)
        scene.director.later(9.0, "cover", lambda: hands.close_cover(printer.body))

    result = tell_of_a_second_card("queue", trouble)
    assert any("is untouched" in finding and "it moved" in finding for finding in result.findings)
