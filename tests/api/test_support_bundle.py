"""The support bundle knows no resident: a day of people is posted, and every byte of the bundle is searched for them.

So that the search is worth something, their names stand where a person might well write them: in remarks,
references, delivery numbers, the names of those who act, and a log that was written by nobody careful.
"""

from __future__ import annotations

import base64
import json
import re
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import layouts
from printstation.clock import SystemClock
from printstation.diagnostics.bundle import BundleError, collect, logs_of, write
from printstation.diagnostics.doctor import System, look
from printstation.diagnostics.scrub import Scrubber
from printstation.diagnostics.view import View
from printstation.station import Station
from tests.api.commands import Command
from tests.api.office import Office
from tests.api.test_desk import accepted, hand_over

#: Invented, like everybody here. Their words are not words of the program in any language.
PEOPLE = [
    {
        "name": "WULANDARI KUSUMANINGTYAS",
        "address": "JL. MELATI KENCANA NO. 41",
        "village": "PADANG HARAPAN",
        "district": "GADING CEMPAKA",
        "birth_place": "BENGKULU",
    },
    {
        "name": "Ngurah Séptiawan O'Brien",
        "address": "GG. RAJAWALI 7 BLOK Q",
        "village": "SUKAMERINDU",
        "district": "SUNGAI SERUT",
        "birth_place": "CURUP",
    },
    {
        "name": "PAIJO",
        "address": "DUSUN TEGALREJO",
        "village": "TEGALREJO",
        "district": "MUARA BANGKAHULU",
        "birth_place": "MANNA",
    },
]
#: A word that short is in every text.
SHORTEST = 4


class Day:
    """What the office did, and every word that must not be found."""

    def __init__(self, office: Office, station: Station, folder: Path) -> None:
        self.station, self.folder = station, folder
        self.secrets: set[bytes] = set()
        self.config = folder / "printstation.toml"
        self._office = office
        self._sample: dict[str, Any] = dict(layouts.load("specimen-resident").sample("plain"))
        office.stocked(10)
        jobs = [self._post(number, person) for number, person in enumerate(PEOPLE)]
        handed = accepted(office)
        by = {"by": PEOPLE[2]["name"]}
        hand_over(office, handed, receiver="proxy", proxy_letter="SK WULANDARI", **by)
        _, question = office.asked(jobs[0])
        answer = {"card": "spoiled", "job": "again", "cause": "print-failed", **by}
        assert office.act(f"/questions/{question}/answer", answer).status_code == 200
        office.printed(jobs[1])
        reason = "kartu milik Wulandari Kusumaningtyas, NIK 1771990101900001, jatuh"
        counted = {"counted": 9, "reason": reason, **by}
        assert office.act("/printers/tango/hopper-count", counted).status_code in (200, 422)
        letter = {"delivery": "SJ-PAIJO-1771990101900003", "version": "1", "batch": "TEGALREJO"}
        received = {**letter, "card_type": "kia", "count": 2, **by}
        assert office.act("/stock/receipts", received).status_code == 201
        self._write_config()
        self._write_log()

    def _post(self, number: int, person: dict[str, str]) -> str:
        nik = f"177199010190000{number + 1}"
        values = {**self._sample["values"], **person, "nik": nik}
        # A reference that shows the NIK is a warning, so it happens.
        reference = nik if number == 2 else f"REG-{number}"
        body = {**self._sample, "values": values, "resident": nik, "reference": reference}
        body |= {"card_type": "ktp-el-wni", "ticket": "A-1"}
        answer = self._office.post(body)
        assert answer.status_code == 201, answer.text
        self._keep(nik, *person.values())
        for picture in (body["photo"], body["signature"]):
            self.secrets |= {picture[:60].encode(), picture[-60:].encode()}
            self.secrets.add(base64.b64decode(picture)[40:100])
        return str(answer.json()["id"])

    def _keep(self, *texts: str) -> None:
        for text in texts:
            parts = [text, *re.findall(r"[^\W\d_]+", text)]
            self.secrets |= {part.casefold().encode() for part in parts if len(part) >= SHORTEST}

    def _write_config(self) -> None:
        printers = "".join(
            f'[[printers]]\nname = "{p.name}"\nmodel = "{p.model}"\nuri = "{p.uri}"\n'
            for p in self.station.config.printers
        )
        office = '[office]\nname = "Dinas Wulandari"\naddress = "JL. MELATI KENCANA"\n'
        self.config.write_text(
            f'data_dir = "{self.station.config.data_dir}"\nlisten = "127.0.0.1:1"\n{printers}{office}'
        )

    def _write_log(self) -> None:
        """As an exception of the deepest library would do it, and a program that logs its requests."""
        lines = ["2026-11-25 08:00:00,123 INFO printer tango: printer tango: media-jam"]
        for number, person in enumerate(PEOPLE):
            nik = f"177199010190000{number + 1}"
            lines += [
                f"ERROR for {person['name']} ({nik}), {person['address']}",
                f"KeyError: '{person['name'].lower()}'",
                json.dumps(
                    {"event": "posted", "nik": nik, **person, "photo": self._sample["photo"]}
                ),
                f"{nik[:4]} {nik[4:8]} {nik[8:12]} {nik[12:]} {nik[:6]}-{nik[6:12]}-{nik[12:]}",
                f'  File "/srv/{person["name"]}/printstation/store/engine.py", line 12, in write',
            ]
        (self.folder / "daemon.log").write_text("\n".join(lines), encoding="utf-8")

    def look(self) -> View:
        """What the doctor sees beside the running station."""
        system = System(queues=lambda: (), syncs=1)
        return look(self.config, SystemClock(), system=system)


@pytest.fixture
def day(office: Office, station: Station, tmp_path: Path) -> Day:
    return Day(office, station, tmp_path)


def members(packed: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=BytesIO(packed)) as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            assert file is not None
            yield entry.name, file.read()


def found_in(content: bytes, secrets: set[bytes]) -> set[bytes]:
    lowered = content.decode(errors="replace").casefold().encode()
    return {secret for secret in secrets if secret in content or secret in lowered}


@pytest.mark.slow
def test_no_member_knows_a_resident(day: Day, tmp_path: Path) -> None:
    """Slow: every source file is read for the words that may be said."""
    assert len(day.secrets) > 30
    log = (tmp_path / "daemon.log").read_bytes()
    assert len(found_in(log, day.secrets)) > 20, "the search finds nothing where everything stands"
    view = day.look()
    out = tmp_path / "help.tar.gz"
    write(collect(view, logs_of(view)), out)
    packed = out.read_bytes()
    inside = dict(members(packed))
    assert [name for name, content in inside.items() if not _only_ours(content)] == []
    for name, content in [*inside.items(), ("the file itself", packed)]:
        assert found_in(content, day.secrets) == set(), name
        assert re.search(rb"\d{16}", content) is None, name
    assert out.stat().st_mode & 0o777 == 0o600
    useful(inside)


def _only_ours(content: bytes) -> bool:
    """Digits in a row are left in times, in job ids and in versions alone."""
    text = re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"", content)
    text = re.sub(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?", b"", text)
    return re.search(rb"\d{9}", text) is None


def useful(inside: dict[str, bytes]) -> None:
    """What a maker needs is there all the same."""
    inside = {name.removeprefix("printstation-support/"): text for name, text in inside.items()}
    assert set(inside) == {
        *("about.txt", "versions.json", "doctor.json", "config.json", "counts.json"),
        *("journal.jsonl", "reasons.jsonl", "logs/1.txt"),
    }
    entries = [json.loads(line) for line in inside["journal.jsonl"].splitlines()]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    kinds = {entry["kind"] for entry in entries}
    assert {"job-submitted", "card-fed", "question-asked", "question-answered"} <= kinds
    assert len({entry["by"] for entry in entries}) >= 3
    answered = next(entry for entry in entries if entry["kind"] == "question-answered")
    assert answered["data"]["reason"] == "card-fate", answered
    assert (answered["data"]["card"], answered["data"]["job"]) == ("spoiled", "again"), answered
    config = json.loads(inside["config.json"])
    assert [printer["name"] for printer in config["printers"]] == ["tango", "enduro"]
    assert "office" in config["left_out"] and "data_dir" in config["left_out"]
    counts = json.loads(inside["counts.json"])
    assert counts["rows"]["payload"] > 0 and counts["states"]["card"]["printed"] == 1
    log = inside["logs/1.txt"].decode()
    assert "2026-11-25 08:00:00,123 INFO printer tango: printer tango: media-jam" in log
    assert 'File "printstation/store/engine.py", line 12, in write' in log
    checks = {line["check"] for line in json.loads(inside["doctor.json"])}
    assert {"configuration", "clock", "database", "daemon"} <= checks


def test_a_member_with_a_long_number_is_not_written(tmp_path: Path) -> None:
    out = tmp_path / "help.tar.gz"
    with pytest.raises(BundleError, match=r"counts\.json"):
        write({"about.txt": b"", "counts.json": b"x1771990101900001y"}, out)
    assert not out.exists()


def test_an_old_file_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "help.tar.gz"
    out.write_bytes(b"mine")
    with pytest.raises(BundleError, match="exists"):
        write({"about.txt": b""}, out)
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("printer tango is stopped", "printer tango is stopped"),
        ("Budi is stopped", "… is stopped"),
        ("budi stopped", "… stopped"),
        ("11:01 media-empty", "11:01 media-empty"),
        ("1771990101900001", "…"),
        ("1771 9901 0190 0001", "…"),
        ("177199-010190-0001", "…"),
        ("0812-3456-7890", "…"),
        ("2026-11-25T08:00:00.123Z", "2026-11-25T08:00:00.123Z"),
        ("B-000412 Q-000001", "B-000412 Q-000001"),
        ("Ñandú 你好", "… …"),
    ],
)
def test_only_own_words_stay(text: str, kept: str) -> None:
    assert Scrubber(["tango"]).text(text) == kept


@pytest.mark.slow
def test_the_command_writes_it_without_a_station_too(command: Command, tmp_path: Path) -> None:
    """Slow: as above."""
    config: dict[str, Any] = {"out": str(tmp_path / "help.tar.gz")}
    (tmp_path / "printstation.toml").write_text("data_dir = 5\n")
    code, out, err = command("support-bundle", config["out"])
    assert (code, err) == (0, "")
    assert out.startswith(f"written to {config['out']}: about.txt, ")
    doctor = dict(members(Path(config["out"]).read_bytes()))["printstation-support/doctor.json"]
    assert b"broken" in doctor
    code, _, err = command("support-bundle", config["out"])
    assert (code, "exists" in err, err.count("\n")) == (1, True, 1)
