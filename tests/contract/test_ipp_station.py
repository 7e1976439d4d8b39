"""Cards through the station's own walk to a real cupsd: what each end becomes, and that nothing runs twice.

Slow: a print server starts for each test, and a card takes some dozens of looks.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from tests.contract.cupsd_kit import Cupsd, needs_cupsd
from tests.contract.ipp_kit import QueueRig, delete, opens_gate, pause, resume, unfinished

pytestmark = [pytest.mark.slow, needs_cupsd]


@pytest.fixture
def rig(tmp_path: Path, server: Cupsd) -> QueueRig:
    return QueueRig(tmp_path, server)


def test_a_card_is_printed_dot_by_dot(rig: QueueRig) -> None:
    opens_gate(rig)
    job = rig.office.submit()
    rig.run(rig.ended(job), waits=4000)
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.office.asked() == []
    printed = rig.server.printed()
    assert printed[:4] == b"RaS3" and len(printed) == 4 + 1796 + 638 * 1011 * 3
    page = Image.frombytes("RGB", (638, 1011), printed[1800:])
    face = rig.drawn[job]
    black = Image.new("RGB", face.rgb.size)
    wanted = Image.composite(black, face.rgb, face.resin)
    # The page stands upright: the card's left edge is its lower one, so its left lower corner comes first.
    assert page.transpose(Image.Transpose.ROTATE_270).tobytes() == wanted.tobytes()
    assert len(rig.server.starts()) == 1


# ------------------------------------------------------------------------------- other ends of a run
ENDS = {
    # exit code: what the driver saw (1 failed, 2 authentication, 3 hold, 4 stop, 5 cancel, 6 and 7 retry; ipp.md §5)
    1: "queue-job-broken-off",
    2: "queue-job-broken-off",
    3: "queue-job-broken-off",
    4: "queue-job-broken-off",
    5: "queue-job-broken-off",
    6: "queue-job-broken-off",
    99: "queue-job-broken-off",
    "crash": "queue-job-broken-off",
}


@pytest.mark.parametrize("code", ENDS)
def test_a_backend_that_fails_becomes_a_question_and_runs_once(
    rig: QueueRig, code: int | str
) -> None:
    opens_gate(rig, code)
    job = rig.office.submit()
    # Exit code 4 stops the queue, and a person lets it go on once the job is canceled.
    rig.when(lambda: "discard-due" in rig.reasons(), lambda: resume(rig.server))
    rig.run(rig.settled, waits=4000)
    assert rig.office.job(job).state == "processing-stopped"
    assert rig.office.question().reason == "card-fate"
    fed = rig.fed()
    assert fed is not None and fed.errors[0] == ENDS[code]
    assert len(rig.server.starts()) == 1
    assert unfinished(rig.server) == []


def test_a_backend_that_retries_for_ever_is_caught_by_its_second_run(rig: QueueRig) -> None:
    """Exit code 7 runs the job again whatever the policy is; the time of its run moves, in whole seconds."""
    begun = time.monotonic()
    rig.when(
        lambda: rig.server.waits() and time.monotonic() - begun > 1.5,
        lambda: rig.server.open_gate(7),
    )
    rig.office.submit()
    rig.run(rig.settled, waits=8000)
    fed = rig.fed()
    assert fed is not None and fed.errors == ("queue-ran-twice",)
    # A second one no driver can prevent; it is canceled as soon as it is seen, sometimes before its first line.
    assert len(rig.server.starts()) <= 2
    assert unfinished(rig.server) == []


def test_a_backend_that_is_killed_counts_for_nothing(tmp_path: Path, server: Cupsd) -> None:
    """cupsd says *completed* of a backend that the kernel killed, and there may be no card."""
    # However slowly a loaded machine starts the backend, it was too short a run.
    rig = QueueRig(tmp_path, server, least_s=590.0, print_s=590.0)
    rig.when(rig.server.waits, rig.server.kill_backend)
    rig.office.submit()
    rig.run(rig.settled, waits=4000)
    fed = rig.fed()
    assert fed is not None and fed.errors == ("queue-end-not-proved",)
    assert len(rig.server.starts()) == 1


def test_a_backend_that_hangs_is_ended_when_its_time_is_over(tmp_path: Path, server: Cupsd) -> None:
    rig = QueueRig(tmp_path, server, print_s=20.0)
    (server.card / "deaf").touch()
    rig.clock.moment_s = 0.05  # type: ignore[attr-defined] # cupsd takes up to 10 s to kill it
    rig.office.submit()
    rig.run(rig.settled, waits=8000)
    # Canceled it is at once, but the backend goes on until it is killed: only then is the queue at rest.
    assert server.backends() == [] and server.ends() == []
    assert rig.office.question().reason == "card-fate"
    assert unfinished(server) == []


def test_a_queue_whose_backend_does_not_wait_asks_for_every_card(
    tmp_path: Path, server: Cupsd
) -> None:
    rig = QueueRig(tmp_path, server, backend_waits=False)
    opens_gate(rig)
    job = rig.office.submit()
    rig.run(rig.settled, waits=4000)
    fed = rig.fed()
    assert fed is not None and fed.errors == ("queue-end-not-proved",)
    rig.office.answer("printed")
    assert rig.office.states(job) == ("completed", "printed")


def test_an_error_of_the_printer_ends_the_watch_and_stops_the_next_card(rig: QueueRig) -> None:
    """Reasons stay after the run that set them, also beside *completed* (ipp.md §6)."""
    rig.server.says("STATE: +media-jam-error")
    rig.office.submit()
    rig.office.submit()
    rig.run(rig.settled, waits=4000)
    fed = rig.fed()
    assert fed is not None and fed.errors == ("media-jam",)
    rig.office.answer("spoiled", "again", "print-failed")
    rig.run(rig.after(20), waits=20)
    assert "media-jam" in rig.reasons()
    assert len(rig.server.starts()) == 1


def test_a_pause_in_the_middle_of_a_card_prints_nothing_again(rig: QueueRig) -> None:
    """Somebody runs cupsdisable and cupsenable: without a cancel in between the card came out twice."""
    rig.when(rig.server.waits, lambda: pause(rig.server))
    rig.when(lambda: "discard-due" in rig.reasons(), lambda: resume(rig.server))
    rig.office.submit()
    rig.run(rig.settled, waits=4000)
    fed = rig.fed()
    assert fed is not None and fed.errors[0] in ("queue-job-broken-off", "queue-stopped")
    assert len(rig.server.starts()) == 1
    assert unfinished(rig.server) == []


def test_a_queue_that_was_deleted_in_the_middle_of_a_card(rig: QueueRig) -> None:
    rig.when(rig.server.waits, lambda: delete(rig.server))
    job = rig.office.submit()
    rig.run(lambda: rig.office.asked() != [], waits=4000)
    assert rig.office.job(job).state == "processing-stopped"
    assert len(rig.server.starts()) == 1
