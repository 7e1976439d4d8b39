"""The command line of stock: letters, loans, counts, closes and reports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.api.commands import Command
from tests.api.office import Office
from tests.unit.printstation.documents.pdf import Pdf

KIND = ("--card-type", "ktp-el-wni")
BY = ("--by", "Ani")
TWO = (*BY, "--supervisor", "Budi")


def receive(command: Command, count: int, *more: str) -> tuple[int, str, str]:
    letter = ("--delivery", f"SJ-{count}", "--version", "1", "--batch", "B1")
    return command("stock", "receive", *letter, *KIND, "--count", str(count), *more, *BY)


def test_a_letter_that_differs_needs_a_reason(command: Command) -> None:
    code, _, err = receive(command, 9, "--expected", "10", "--source", "region")
    assert code == 1 and "difference-unexplained" in err
    assert receive(command, 9, "--expected", "10", "--reason", "one was torn")[0] == 0


def test_blanks_leave_the_stock(command: Command, office: Office) -> None:
    receive(command, 9)
    assert command("stock", "return", *KIND, "--count", "2", "--document", "D", *TWO)[:2] == (
        0,
        "2 ktp-el-wni blanks are returned\n",
    )
    lost = ("--count", "1", "--reason", "the box was open")
    assert command("stock", "missing", *KIND, *lost, *TWO)[0] == 0
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 6, "returned": 2, "missing": 1}}


def test_a_loan_from_letter_to_settlement(command: Command, office: Office) -> None:
    receive(command, 9)
    terms = ("--office", "Sebelah", "--version", "1", "--due", "2099-01-01", *BY)
    lent = command("loan", "lend", *KIND, "--count", "4", "--document", "D1", *terms)
    assert lent[:2] == (0, "loan L-0001: 4 ktp-el-wni blanks lent\n")
    borrow = ("--batch", "BX", "--count", "3", "--document", "D2")
    assert command("loan", "borrow", *KIND, *borrow, *terms)[0] == 0
    assert "L-0002" in command("loan", "list")[1]
    assert command("loan", "list", "--overdue")[1] == "no loans\n"
    assert command("loan", "return", "L-0001", "--count", "3", *BY)[1] == (
        "loan L-0001: 1 of 4 outstanding\n"
    )
    assert "loan-outstanding" in command("loan", "settle", "L-0001", *BY)[2]
    assert command("loan", "settle", "L-0001", "--reason", "burnt", *TWO)[0] == 0
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 11, "missing": 1}}


def test_a_day_from_its_counts_to_its_report(
    command: Command, office: Office, tmp_path: Path
) -> None:
    receive(command, 9)
    code, _, err = command("report", "close", *TWO)
    assert code == 1 and err.startswith("printstation: count-due: ktp-el-wni in store")
    out = command("stock", "count", *KIND, "--place", "store", "--counted", "8", *BY)[1]
    assert out.startswith("count C-0001: 8 counted, 9 expected\ndiffers by -1; since the beginning")
    assert "blanks-received" in out
    assert command("stock", "explain", "C-0001", "--missing", "1", *TWO)[0] == 0
    code, out, _ = command("report", "close", *TWO)
    assert code == 0 and "is closed; the head of the journal is" in out
    day = out.split()[1]
    assert f"day {day}, closed, head " in command("report", "day", day)[1]
    paper = tmp_path / "day.pdf"
    assert command("report", "day", day, "--out", str(paper))[:2] == (0, f"{paper}\n")
    assert paper.read_bytes().startswith(b"%PDF-")
    table = tmp_path / "month.csv"
    assert command("report", "month", day[:7], "--out", str(table))[0] == 0
    assert table.read_text().startswith("bulan,")
    letter = ("--number", "470/1", "--signer", "Budi Contoh", "--title", "Kepala Dinas")
    month = str(tmp_path / "month.pdf")
    assert command("report", "month", day[:7], "--out", month, *letter)[0] == 0
    assert "BudiContoh" in Pdf((tmp_path / "month.pdf").read_bytes()).text()
    assert json.loads(command("report", "day", day, "--json")[1])["provisional"] is False
    nowhere = str(tmp_path / "none" / "day.pdf")
    assert command("report", "day", day, "--out", nowhere)[0] == 2
    future = f"{datetime.now(UTC).year + 1}-01-01"
    assert "not-found" in command("report", "day", future, "--out", str(paper))[2]
