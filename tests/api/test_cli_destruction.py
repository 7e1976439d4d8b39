"""`printstation destruction` and `printstation supply`, from the plan to the ashes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.commands import Command
from tests.api.office import Office

WHEN_AND_WHERE = "--number 470/1 --place Halaman --held-on 2026-11-25 --by Ani"
PEOPLE = ("--signer", "Budi Contoh/Kepala Seksi/19700101", "--witness", "Citra Contoh/Satpol PP")
OPEN = ["destruction", "open", *WHEN_AND_WHERE.split(), *PEOPLE]


def test_a_destruction_on_the_command_line(
    command: Command, office: Office, tmp_path: Path
) -> None:
    office.stocked()
    card = office.printed(office.job())
    office.act(f"/cards/{card}/check", {"result": "spoiled", "cause": "damaged", "by": "Ani"})
    assert command(*OPEN) == (
        0,
        "D-0001 (470/1) is open: 0 cards, 0 supplies, 0 photos\n",
        "",
    )
    code, out, _ = command("supply", "receive", "--kind", "ribbon", "--serial", "RB-1")
    assert (code, out) == (0, "S-0001 stored\n")
    assert command("supply", "load", "S-0001", "--printer", "tango")[0] == 0
    assert command("supply", "unload", "S-0001")[1] == "ribbon S-0001 is spent; 0 cards used it\n"
    code, out, _ = command("destruction", "add", "D-0001", "--all", "--supply", "S-0001")
    assert (code, out) == (0, "D-0001 (470/1) is open: 1 cards, 1 supplies, 0 photos\n")
    paper = tmp_path / "ba.pdf"
    assert command("destruction", "minutes", "D-0001", "--out", str(paper))[0] == 0
    assert paper.read_bytes()[:5] == b"%PDF-"
    who = ["--supervisor", "Budi", "--by", "Ani"]
    code, _, err = command("destruction", "close", "D-0001", *who)
    assert code == 1 and err.startswith("printstation: witness-needed: ")
    assert command("destruction", "sign", "D-0001", *who, "--witness", "Citra Contoh")[0] == 0
    assert command("destruction", "close", "D-0001", *who)[0] == 0
    code, out, _ = command("destruction", "list", "--json")
    assert [each["state"] for each in json.loads(out)] == ["closed"]
    assert office.get(f"/cards/{card}")["state"] == "destroyed"


def test_what_cannot_be_done_is_one_line(command: Command, office: Office, tmp_path: Path) -> None:
    code, _, err = command(*OPEN[:-1], "Citra Contoh")
    assert (code, err) == (2, "printstation: write each person as NAME/TITLE or NAME/TITLE/NIP\n")
    code, _, err = command("destruction", "add", "D-0001")
    assert code == 2 and "name something to add" in err
    code, _, err = command("destruction", "minutes", "D-9", "--out", str(tmp_path / "x.pdf"))
    assert code == 1 and "not-found" in err and not (tmp_path / "x.pdf").exists()
    code, _, err = command("supply", "load", "S-9", "--printer", "nowhere")
    assert code == 1 and "not-found" in err
    assert "no supplies" in "".join(command("supply", "list")[1:])
