"""The one door to the typesetter: same bytes, no leak, no silent substitute, no cost to the daemon."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from printstation.documents import daily_report, minutes, recap, samples, typesetting
from printstation.documents.typesetting import NotTypeset

RENDER = """
import sys
from printstation.documents import daily_report, minutes, samples
for content in (daily_report.render(samples.report()), minutes.render(samples.burning())):
    sys.stdout.buffer.write(content)
"""


@pytest.mark.slow
def test_the_same_data_make_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    """Slow: each paper is set twice, the second time by another interpreter in another folder."""
    here = daily_report.render(samples.report()) + minutes.render(samples.burning())
    there = subprocess.run(
        [sys.executable, "-c", RENDER],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Jayapura", "LANG": "C"},
        capture_output=True,
        check=True,
    ).stdout
    assert hashlib.sha256(here).digest() == hashlib.sha256(there).digest()


@pytest.mark.slow
def test_other_data_make_other_bytes() -> None:
    """Slow, as all that sets a page: a process of its own."""
    assert minutes.render(samples.burning(2)) != minutes.render(samples.burning(3))


@pytest.mark.slow
def test_it_is_an_archive_file_with_its_own_date_and_fonts() -> None:
    """Slow, as all that sets a page: a process of its own."""
    content = daily_report.render(samples.report())
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in content
    assert b"(D:20261125160512" in content and b"/Lang(id)" in content
    assert content.count(b"/FontFile") >= 3 and b"Libertinus" not in content


def test_the_daemon_does_not_load_the_typesetter() -> None:
    program = (
        "import sys; import printstation.documents.daily_report, printstation.documents.minutes, "
        "printstation.documents.recap; "
        "print([name for name in ('typst', 'zxingcpp', 'PIL', 'numpy') if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert loaded.stdout.strip() == b"[]"


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Stores a template and gives its name."""
    monkeypatch.setattr(typesetting, "TEMPLATES", tmp_path)

    def store(source: str) -> str:
        (tmp_path / "trial.typ").write_text(source, encoding="utf-8")
        return "trial"

    return store


READ = "#let data = json(bytes(sys.inputs.data))\n#set document(date: datetime(year: 2026, month: 1, day: 1))\n"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (READ + "#panic(data.name)", "trial.typ:3:1"),
        (READ + '#set text(font: "Arial")\n#data.name', "a warning, trial.typ:3:16"),
        (READ + "#data.nik", "trial.typ:3:6"),
        (READ + "#eval(data.name)", "trial.typ:3:6"),
        (READ + '#image("../secret.png")', "trial.typ:3:7"),
        (READ + '#import "@preview/cetz:0.3.0"', "trial.typ:3:8"),
    ],
)
@pytest.mark.slow
def test_a_fault_names_its_place_and_nothing_of_the_data(
    template: Callable[[str], str], source: str, place: str
) -> None:
    """Slow, as all that sets a page: a process of its own."""
    with pytest.raises(NotTypeset) as caught:
        typesetting.pdf(template(source), {"name": "SITI CONTOH"}, {})
    assert str(caught.value) == f"trial: stopped at {place}"
    assert caught.value.__context__ is None and caught.value.__cause__ is None


def test_a_template_that_is_not_there(template: Callable[[str], str]) -> None:
    with pytest.raises(NotTypeset, match=r"^nowhere: "):
        typesetting.pdf("nowhere", {"name": "SITI CONTOH"}, {})


def test_a_press_that_dies_or_hangs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = tmp_path / "press.py"
    monkeypatch.setattr(typesetting, "PRESS", press)
    press.write_text("raise SystemExit(3)")
    with pytest.raises(NotTypeset, match="ended with status 3"):
        typesetting.pdf("minutes", {}, {})
    press.write_text("import threading; threading.Event().wait(60)")
    monkeypatch.setattr(typesetting, "DEADLINE_S", 0.05)
    with pytest.raises(NotTypeset, match="not typeset within") as caught:
        typesetting.pdf("minutes", {"name": "SITI CONTOH"}, {})
    assert caught.value.__context__ is None


def test_too_much_is_refused_before_a_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "LARGEST_BYTES", 100)
    monkeypatch.setattr(typesetting, "PRESS", Path("nowhere"))
    with pytest.raises(NotTypeset, match="too large"):
        typesetting.pdf("minutes", {"name": "SITI CONTOH" * 10}, {})


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of processor time, of the typesetter's process too: a busy machine does not add to it."""

    def spent() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(each.ru_utime + each.ru_stime for each in used)

    before = spent()
    work()
    return spent() - before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("most_s", "work"),
    [
        (0.5, lambda: daily_report.render(samples.report())),
        (0.5, lambda: recap.render(samples.month())),
        (5.0, lambda: minutes.render(samples.burning(8000))),
    ],
    ids=["report", "recap", "minutes"],
)
def test_papers_come_in_time(most_s: float, work: Callable[[], object]) -> None:
    """Slow: 8,000 cards. Measured on two cores: 0.15, 0.15 and 2.1 s."""
    assert cpu_s(work) < most_s
