"""The lines of cupsd's own files and its start hook: each wrong one named, with its repair."""

from __future__ import annotations

import pytest

from drivers.ipp.conf import check_hook, check_server, listens_on

GOOD = "DirtyCleanInterval 0\nPreserveJobHistory Yes\nPreserveJobFiles No\nJobRetryLimit 1\n"
SYNCED = "SyncOnClose Yes\n"
HOOK = "[Service]\nExecStartPre=/usr/local/lib/printstation/printstation-stop-queue /etc/cups/printers.conf cards\n"


def test_the_lines_that_ipp_does_not_show() -> None:
    assert check_server(GOOD, SYNCED) == ()
    assert check_server(GOOD.replace("PreserveJobHistory Yes\n", ""), SYNCED) == ()
    wrong = (
        "# DirtyCleanInterval 0\nPreserveJobHistory No\npreservejobfiles 86400\nJobRetryLimit 5\n"
    )
    findings = check_server(wrong, "SyncOnClose No\n")
    assert [(f.setting, f.found) for f in findings] == [
        ("DirtyCleanInterval", "the default"),
        ("PreserveJobHistory", "No"),
        ("PreserveJobFiles", "86400"),
        ("JobRetryLimit", "5"),
        ("SyncOnClose", "No"),
    ]
    assert not any(f.blocks for f in findings)
    files = [f.repair.split(";")[0].rpartition(" in ")[2] for f in findings]
    assert files == [*["cupsd.conf"] * 4, "cups-files.conf"]


def test_a_file_that_nobody_could_read_is_not_judged() -> None:
    assert check_server(GOOD, None) == ()
    assert [f.setting for f in check_server(GOOD, "")] == ["SyncOnClose"]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("Listen 127.0.0.1:631", True),
        ("  listen localhost:631", True),
        ("Listen [::1]:631", True),
        ("Port 631", True),
        ("Listen *:631", True),
        ("# Listen 127.0.0.1:631", False),
        ("Listen 127.0.0.1:6310", False),
        ("Listen /run/cups/cups.sock", False),
        ("MaxLogSize 631", False),
    ],
)
def test_at_which_port_a_cupsd_answers(line: str, answers: bool) -> None:
    assert listens_on(f"LogLevel warn\n{line}\n", 631) == answers


@pytest.mark.parametrize(
    ("drop_ins", "found"),
    [
        ([HOOK], None),
        (["[Service]\nNice=5\n", HOOK.replace(" cards", " other cards")], None),
        ([], "missing"),
        (["# " + HOOK.replace("\n", "\n# ")], "missing"),
        ([HOOK.replace(" cards", " other")], "for other queues"),
    ],
)
def test_the_start_hook(drop_ins: list[str], found: str | None) -> None:
    findings = check_hook(drop_ins, "cards")
    assert [f.found for f in findings] == ([found] if found else [])
    assert all(f.blocks and "printstation-stop-queue" in f.repair for f in findings)
