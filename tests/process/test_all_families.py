"""The demo of all families: the same values on four printers, one of them behind a real cupsd."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from printstation.cli.demo import families, look
from printstation.cli.demo.world import read_code
from tests.contract.cupsd_kit import alone, needs_cupsd

#: Its own bound is 90 s.
DEADLINE_S = 90
FAST = ("--speed", "60")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "printstation.cli", "demo", "--all-families", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def offspring(ancestor: int) -> set[int]:
    """Every process that descends from this one, by /proc."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


def runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@needs_cupsd
def test_four_families_print_the_same_values(tmp_path: Path) -> None:
    """Slow: a simulator, a station and a print server, and four cards."""
    with alone():
        demo = start("--once", *FAST, "--out", str(tmp_path))
        said, errors = demo.communicate(timeout=DEADLINE_S)
    assert demo.returncode == 0, said + errors
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["audit"], summary["stock"]) == ("ok", {"loaded": 36, "printed": 4})
    cards = {card["family"]: card for card in summary["cards"]}
    assert set(cards) == {"magicard", "evolis", "matica", "ipp"}
    assert len({card["printer"] for card in summary["cards"]}) == 4
    references = set()
    for family, card in cards.items():
        assert card["state"] == "completed"
        front = (tmp_path / card["front"]).read_bytes()
        reference = read_code(front)
        assert reference and reference.endswith(family)
        references.add(reference)
        assert look.unlike(front, (tmp_path / cards["ipp"]["front"]).read_bytes()) < look.MOST
        assert (card["back"] is None) is (family == "ipp")
    assert len(references) == 4


@pytest.mark.slow
@needs_cupsd
def test_nothing_of_it_outlives_an_interrupt_in_mid_card(tmp_path: Path) -> None:
    """Slow: as above, and at the end of it no process is left, the print server's neither."""
    with alone():
        demo = start("--once", "--speed", "5", "--out", str(tmp_path))
        assert demo.stdout is not None
        try:
            for line in demo.stdout:
                if line.rstrip().endswith("processing at queue"):
                    break
            started = offspring(demo.pid)
            assert len(started) >= 3
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=DEADLINE_S)
        finally:
            demo.kill()
        # On a slow machine the last card may be out before the signal is heard; then all is well, too.
        assert [pid for pid in started if runs(pid)] == []


def test_without_a_print_server_one_line_names_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from printstation.cli.demo import queue
    from printstation.cli.failure import Failure

    monkeypatch.setattr(queue, "CUPSD_PATH", str(tmp_path))
    with pytest.raises(Failure, match="cups-daemon") as found:
        queue.refuse_without_cups()
    assert found.value.code != 0


CARD: dict[str, Any] = {"job": "j", "back": "b.png"}
GOOD = {
    "cards": [
        {**CARD, "family": family, "back": None if family == "ipp" else "b.png"}
        for family in families.FAMILIES.values()
    ]
}


@pytest.mark.parametrize(
    ("number", "change", "sentence"),
    [
        (0, {"family": "evolis"}, "family magicard made 0 cards, not 1"),
        (2, {"back": None}, "(matica) has no back"),
        (3, {"back": "b.png"}, "(ipp) has a back"),
    ],
)
def test_each_difference_is_a_sentence(number: int, change: dict[str, Any], sentence: str) -> None:
    assert families.differences(GOOD, 1) == []
    cards = [{**card, **(change if at == number else {})} for at, card in enumerate(GOOD["cards"])]
    assert any(sentence in line for line in families.differences({"cards": cards}, 1))


def test_everybody_is_asked_for_once_at_each_family() -> None:
    sample = {"resident": "1", "reference": "r", "values": {"name": "A B", "nik": "1"}}
    made = list(families.bodies([sample], 2, seed=5))
    assert [body["only_printer"] for body in made] == [*families.FAMILIES] * 2
    assert len({body["reference"] for body in made}) == 8
    assert all(body["card_type"] == "specimen" for body in made)
    for four in (made[:4], made[4:]):
        assert all(body["values"] == four[0]["values"] for body in four)


def test_a_raster_that_is_cut_is_no_picture(tmp_path: Path) -> None:
    from printstation.cli.demo.queue import picture

    numbers = b"".join(n.to_bytes(4, "big") for n in (2, 1, 0, 8, 24, 6))
    whole = b"RaS3" + bytes(372) + numbers + bytes(1796 - 372 - 24) + b"\xff\x00\x00\x00\xff\x00"
    png = picture(whole)
    assert png is not None and png.startswith(b"\x89PNG")
    assert picture(whole[:-1]) is None
    assert picture(b"RaS2" + whole[4:]) is None
