"""A backup cannot reprint: cards made after it are neither forgotten nor made again by themselves.

Slow: processes, and printers that move.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.process.daemon import command
from tests.process.office import MACHINES, Office, opened
from tests.process.operator import Operator

pytestmark = pytest.mark.slow

#: So slow that a card stands nearly still while a copy is made.
SLOWLY = 0.05


def by_command(office: Office, copy: Path) -> None:
    done = office.command("restore", str(copy))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1


def by_hand(office: Office, copy: Path) -> None:
    """Somebody who knows no command copies the file: the mark lies in it."""
    shutil.copyfile(copy / "printstation.db", office.folder / "data" / "printstation.db")


def backed_up_in_mid_card(office: Office, copy: Path) -> list[dict[str, Any]]:
    """One card was made, one moves, two wait when the copy is made; one of these is made after it."""
    office.act("/printers/enduro/pause")
    first = office.job()
    office.until(lambda: office.show(first)["state"] == "completed", "the first card")
    moving, waiting = office.job(), office.job()
    office.until(lambda: [c for c in office.made() if c.place == "path"], "the second card moves")
    never = office.job()
    office.pace(SLOWLY)
    done = office.command("backup", str(copy))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    office.pace(office.speed)
    office.until(lambda: office.show(waiting)["card"], "the third card is begun")
    office.act("/printers/tango/pause")
    for job in (moving, waiting):
        office.until(lambda job=job: office.show(job)["state"] == "completed", "made")  # type: ignore[misc]
    assert office.show(never)["state"] == "pending"
    return [first, moving, waiting, never]


def refused(office: Office, *arguments: str, because: str) -> None:
    done = office.command(*arguments)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert because in done.stderr


@pytest.mark.parametrize("bring_back", [by_command, by_hand], ids=["restore", "raw-copy"])
def test_a_backup_reprints_nothing(
    tmp_path: Path, bring_back: Callable[[Office, Path], None]
) -> None:
    copy = tmp_path / "copy"
    with opened(tmp_path) as office:
        first, moving, waiting, never = backed_up_in_mid_card(office, copy)
        refused(office, "restore", str(copy), because="another printstation")
        office.kill_daemon()
        refused(office, "restore", str(copy), because="move printstation.db* away")
        away = tmp_path / "away"
        away.mkdir()
        for path in (tmp_path / "data").glob("printstation.db*"):
            path.rename(away / path.name)
        bring_back(office, copy)
        made = {card.id: card.reference for card in office.made()}
        assert set(made.values()) == {job["reference"] for job in (first, moving, waiting)}
        office.start_daemon()
        asked = asked_after_restore(office, moving, waiting, never)
        office.kill_daemon()
        office.start_daemon()
        assert asked_after_restore(office, moving, waiting, never) == asked
        assert office.show(first)["state"] == "completed"
        answered_after_restore(office, moving)
        assert {card.id for card in office.made()} == made.keys()
        assert [office.show(j)["state"] for j in (waiting, never)] == ["pending-held"] * 2
        office.act(f"/jobs/{waiting['id']}/cancel")
        office.act(f"/jobs/{never['id']}/release")
        assert Operator(office).see_through(never)[0]["state"] == "completed"
        fresh = [card.reference for card in office.made() if card.id not in made]
        assert set(fresh) == {never["reference"]}
        assert office.get("/stock")["ktp-el-wni"]["spoiled"] >= 1
        assert office.command("audit").returncode == 0


def asked_after_restore(
    office: Office, moving: dict[str, Any], *held: dict[str, Any]
) -> dict[str, str]:
    """What a restored copy asks and forbids; {question: reason} of what does not depend on a device."""
    for machine in MACHINES:
        assert office.printer(machine.name)["state"] == "stopped"
        office.until(
            lambda name=machine.name: "backup-restored" in office.reasons(name),  # type: ignore[misc]
            "the printer says that it waits for a count",
        )
    for job in held:
        shown = office.show(job)
        assert (shown["state"], shown["state_reasons"]) == ("pending-held", ["restored"])
    assert office.show(moving)["state"] == "processing-stopped"
    questions = office.questions()
    counts = [q["printer"] for q in questions if q["reason"] == "hopper-count"]
    assert sorted(counts) == sorted(machine.name for machine in MACHINES)
    [fate] = [q for q in questions if q["reason"] == "card-fate"]
    assert fate["job"] == moving["id"]
    return {q["id"]: q["reason"] for q in questions if q["reason"] != "unexplained-cards"}


def answered_after_restore(office: Office, moving: dict[str, Any]) -> None:
    """The operator finds the card that moved; one more lies beside it that no row claims."""
    [fate] = [q for q in office.questions() if q["reason"] == "card-fate"]
    [found] = [card for card in office.made() if card.reference == moving["reference"]]
    assert found.good
    path = f"/questions/{fate['id']}"
    office.until(lambda: not office.get(path)["evidence"]["may_still_move"], "it can be answered")
    office.act(f"{path}/answer", {"card": "printed", "job": None, "by": "operator"})
    Operator(office).close_all()
    for machine in MACHINES:
        office.act(f"/printers/{machine.name}/resume")
    office.until(
        lambda: all(office.printer(machine.name)["state"] == "idle" for machine in MACHINES),
        "both printers go on",
    )


def test_a_backup_is_restored_elsewhere_and_a_damaged_one_nowhere(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with opened(tmp_path) as office:
        office.job()
        assert office.command("backup", str(copy)).returncode == 0
        refused(office, "backup", str(copy), because="is not empty")
        elsewhere = tmp_path / "elsewhere.toml"
        elsewhere.write_text('data_dir = "elsewhere"\n')
        assert command(elsewhere, "restore", str(copy)).returncode == 0
        assert command(elsewhere, "audit").returncode == 0
        damaged = copy / "printstation.db"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
        nowhere = tmp_path / "nowhere.toml"
        nowhere.write_text('data_dir = "nowhere"\n')
        done = command(nowhere, "restore", str(copy))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert not (tmp_path / "nowhere" / "printstation.db").exists()
