"""The command line against the real API: what people read, what programs read, and the exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.api.commands import Command, Losing
from tests.api.office import Office

URL = "http://127.0.0.1:8631"


@pytest.fixture
def job_file(office: Office, tmp_path: Path) -> str:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(office.body()))
    return str(path)


def test_a_job_is_submitted_with_changes(command: Command, office: Office, job_file: str) -> None:
    changes = ["--set", "reference=R-SET", "--set", "priority=70", "--set", "hold=true"]
    code, out, err = command("job", "submit", job_file, *changes)
    assert (code, err) == (0, "")
    (job,) = office.get("/jobs", reference="R-SET")["items"]
    assert (job["priority"], job["state"]) == (70, "pending-held")
    assert f"job {job['id']} is pending-held, reference R-SET" in out


def test_a_job_comes_from_stdin_too(
    command: Command, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = office.body()
    monkeypatch.setattr("sys.stdin.read", lambda: json.dumps(body), raising=False)
    code, out, _ = command("job", "submit", "-", "--json")
    assert code == 0
    assert json.loads(out)["reference"] == body["reference"]


def test_a_nik_stays_a_text(command: Command, office: Office, job_file: str) -> None:
    code, _, err = command("job", "submit", job_file, "--set", "resident=0771990101900009")
    assert (code, err) == (0, "")


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    command: Command, cable: Losing, office: Office, job_file: str
) -> None:
    cable.left = 1
    code, _, _ = command("job", "submit", job_file)
    assert code == 0
    assert len(cable.keys) == 2
    assert cable.keys[0] == cable.keys[1] is not None
    assert len(office.get("/jobs")["items"]) == 1


def test_a_connection_lost_twice_says_how_to_repeat(
    command: Command, cable: Losing, office: Office, job_file: str
) -> None:
    cable.left = 2
    code, out, err = command("job", "submit", job_file)
    assert (code, out) == (2, "")
    key = re.search(r"--key (\S+)", err)
    assert key is not None
    assert command("job", "submit", job_file, "--key", key[1])[0] == 0
    assert len(office.get("/jobs")["items"]) == 1


def test_a_refusal_is_a_line_with_what_to_do(command: Command, job_file: str) -> None:
    assert command("job", "submit", job_file)[0] == 0
    code, out, err = command("job", "submit", job_file)
    assert (code, out) == (1, "")
    assert err.startswith("printstation: reference-used: reference R-")
    assert err.count("\n") == 1


def test_each_wrong_field_has_a_line(command: Command, job_file: str) -> None:
    code, _, err = command("job", "submit", job_file, "--set", "nonsense=1", "--set", "resident=5")
    assert code == 1
    assert "/nonsense: there is no such field here" in err
    assert "/resident: " in err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON: look at line 1"),
        ("[]", "holds no JSON object"),
    ],
)
def test_a_file_that_is_no_job(
    command: Command, tmp_path: Path, text: str | None, line: str
) -> None:
    path = tmp_path / "no-job.json"
    if text is not None:
        path.write_text(text)
    code, _, err = command("job", "submit", str(path))
    assert code == 2
    assert line in err


@pytest.mark.parametrize("wish", ["reference", "=x", "resident.inner=1", "photo=@nowhere.jpg"])
def test_a_change_that_cannot_be_made(command: Command, job_file: str, wish: str) -> None:
    code, _, err = command("job", "submit", job_file, "--set", wish)
    assert code == 2
    assert err.startswith("printstation: ")


def test_jobs_are_listed_and_shown(command: Command, office: Office) -> None:
    ids = [office.job() for _ in range(3)]
    code, out, _ = command("job", "list")
    assert code == 0
    assert all(job in out for job in ids)
    assert len(json.loads(command("job", "list", "--json", "--limit", "2")[1])) == 2
    assert command("job", "list", "--state", "completed")[1] == "no such jobs\n"
    shown = command("job", "show", ids[0])[1]
    assert re.search(r"^state\s+pending$", shown, re.MULTILINE)
    assert json.loads(command("job", "show", ids[0], "--json")[1])["id"] == ids[0]


def test_a_list_goes_on_over_pages(
    command: Command, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("printstation.cli.client.PAGE", 2)
    ids = [office.job() for _ in range(5)]
    assert [job["id"] for job in json.loads(command("job", "list", "--json")[1])] == ids


def test_hold_release_cancel_and_reprint(command: Command, office: Office) -> None:
    job = office.job()
    assert command("job", "hold", job)[:2] == (0, f"job {job} is pending-held\n")
    assert command("job", "release", job)[:2] == (0, f"job {job} is pending\n")
    assert command("job", "cancel", job)[:2] == (0, f"job {job} is canceled\n")
    code, _, err = command("job", "cancel", job)
    assert (code, "job-state" in err) == (1, True)
    code, out, _ = command("job", "reprint", job, "--json")
    assert code == 0
    assert json.loads(out)["replaces"] == job


def test_what_is_not_there(command: Command) -> None:
    for noun in ("job", "card", "printer", "question"):
        code, _, err = command(noun, "show", "nothing")
        assert code == 1
        assert err.startswith("printstation: not-found: ")


def test_blanks_are_received_loaded_and_unloaded(command: Command, office: Office) -> None:
    assert "no cards yet" in command("stock", "show")[1]
    kind = ["--card-type", "ktp-el-wni"]
    delivery = ["--delivery", "SJ-1", "--version", "1", "--batch", "B1", "--count", "10"]
    assert command("stock", "receive", *kind, *delivery)[0] == 0
    hopper = ["--printer", "tango", *kind]
    assert command("stock", "load", *hopper, "--count", "6")[0] == 0
    assert command("stock", "unload", *hopper, "--count", "1", "--batch", "B1")[0] == 0
    assert office.get("/stock") == {"ktp-el-wni": {"loaded": 5, "stored": 5}}
    assert re.search(r"ktp-el-wni\s+loaded\s+5", command("stock", "show")[1])
    code, _, err = command("stock", "load", *hopper, "--count", "6")
    assert (code, "not-enough-blanks" in err) == (1, True)
    assert len(json.loads(command("card", "list", "--state", "loaded", "--json")[1])) == 5
    assert re.search(r"^batch\s+B1$", command("card", "show", "B-000001")[1], re.MULTILINE)


def test_printers_are_listed_paused_and_counted(command: Command, office: Office) -> None:
    office.stocked(5)
    assert re.search(r"^tango\s+tango2e", command("printer", "list")[1], re.MULTILINE)
    assert command("printer", "pause", "tango")[0] == 0
    assert "paused" in json.dumps(office.get("/events"))
    assert command("printer", "resume", "tango")[0] == 0
    code, out, _ = command("printer", "hopper-count", "tango", "4")
    assert code == 0
    assert "5 were recorded, 4 counted; 1 are missing" in out
    assert re.search(r"^name\s+tango$", command("printer", "show", "tango")[1], re.MULTILINE)


def test_a_question_is_shown_and_answered_once(command: Command, office: Office) -> None:
    office.stocked()
    question = office.stop(office.feed(office.job()))
    out = command("question", "list")[1]
    assert question in out
    assert "spoiled/again" in out
    assert "sentence.en" in command("question", "show", question)[1]
    said = ["answer", question, "--card", "spoiled", "--job", "again", "--by", "ani"]
    code, _, err = command("question", *said)
    assert (code, "/cause: " in err) == (1, True)
    said += ["--cause", "print-failed"]
    assert command("question", *said)[0] == 0
    code, _, err = command("question", *said)
    assert (code, "question-closed" in err, "the answer was: card spoiled" in err) == (
        1,
        True,
        True,
    )
    assert command("question", "list")[1] == "no open questions\n"
    assert question in command("question", "list", "--state", "all")[1]


def test_a_unit_that_is_off_is_named(command: Command, office: Office) -> None:
    office.stocked()
    question = office.stop(office.feed(office.job()), discarded=False)
    said = ["answer", question, "--card", "printed", "--by", "ani"]
    code, _, err = command("question", *said)
    assert (code, "may-still-move" in err) == (1, True)
    assert command("question", *said, "--device-off", "T2E-0001")[0] == 0


def test_nobody_answers(command: Command, cable: Losing) -> None:
    def refused(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    cable.inner = httpx2.MockTransport(refused)
    code, _, err = command("job", "list", "--url", "http://127.0.0.1:9")
    assert code == 2
    assert err.count("\n") == 1
    assert "no station answers at http://127.0.0.1:9; start `printstation serve`" in err


@pytest.mark.parametrize("answer", [(200, "<html>"), (404, "{}"), (502, "[]")])
def test_something_else_answers(command: Command, cable: Losing, answer: tuple[int, str]) -> None:
    cable.inner = httpx2.MockTransport(lambda _: httpx2.Response(answer[0], text=answer[1]))
    code, _, err = command("stock", "show")
    assert (code, "is no station" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("listen = 5", "does not say which port"),
        ('listen = "127.0.0.1:0"', "does not say which port"),
        ("listen =", "cannot be read"),
    ],
)
def test_a_configuration_that_leads_nowhere(
    command: Command, tmp_path: Path, text: str, line: str
) -> None:
    (tmp_path / "printstation.toml").write_text(text)
    code, _, err = command("job", "list")
    assert (code, line in err) == (2, True)


def test_a_named_configuration_must_exist(command: Command) -> None:
    for words in (["job", "list"], ["audit"], ["serve"]):
        code, _, err = command("--config", "nowhere.toml", *words)
        assert (code, "nowhere.toml" in err, err.count("\n")) == (2, True, 1)


def test_the_audit_agrees_then_differs(command: Command, office: Office, tmp_path: Path) -> None:
    office.stocked()
    config = tmp_path / "printstation.toml"
    config.write_text('data_dir = "data"\n')
    code, out, _ = command("audit")
    assert code == 0
    assert re.match(
        r"agrees: \d+ entries, 0 jobs, 10 cards; journal head [-0-9A-Z]+ [0-9a-f]{64}", out
    )
    code_on_paper = out.split()[-2]
    code, out, _ = command("audit", "--head", code_on_paper)
    assert (code, code_on_paper in out) == (0, True)
    wrong = code_on_paper[:-1] + ("0" if code_on_paper[-1] != "0" else "1")
    code, _, err = command("audit", "--head", wrong)
    assert code == 1 and err.startswith("printstation: differs: head: journal ")
    code, _, err = command("audit", "--head", "nonsense")
    assert code == 2 and "1234-ABCD" in err
    with office.station.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE card SET batch = 'B2' WHERE id = 'B-000003'")
    code, out, err = command("audit")
    assert (code, out) == (1, "")
    assert err.startswith("printstation: differs: replay: card B-000003: ")
    config.write_text('data_dir = "elsewhere"\n')
    assert command("audit")[0] == 2


@pytest.mark.slow
def test_help_is_quick_and_imports_nothing_heavy() -> None:
    """Slow: a Python of its own."""
    program = (
        "import sys; from printstation.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'fastapi', 'sqlalchemy', 'PIL', 'numpy', 'httpx2', 'pydantic', 'usb', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert "Exit codes" in done.stdout
    assert done.stderr.strip() == "[]"
