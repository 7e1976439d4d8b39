"""Which files are those of the cupsd behind a queue, and what the doctor takes from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from printstation.diagnostics.look_cups import look_at_server

URI = "ipp://127.0.0.1:631/printers/cards"
BAD = "Listen localhost:631\nDirtyCleanInterval 30\nPreserveJobFiles No\nJobRetryLimit 1\n"
HOOK = "[Service]\nExecStartPre=/x/printstation-stop-queue /etc/cups/printers.conf cards\n"


def look(root: Path, uri: str = URI) -> list[str]:
    return [wrong.setting for wrong in look_at_server(uri, root / "proc", root / "etc")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A computer whose own cupsd loses evidence and has no start hook."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "etc/cups").mkdir(parents=True)
    (tmp_path / "etc/cups/cupsd.conf").write_text(BAD)
    (tmp_path / "etc/cups/cups-files.conf").write_text("SyncOnClose Yes\n")
    return tmp_path


def runs(root: Path, *words: str, pid: int = 42) -> None:
    place = root / "proc" / str(pid)
    place.mkdir()
    (place / "comm").write_text("cupsd\n")
    (place / "cmdline").write_bytes("\0".join(("cupsd", *words, "")).encode())
    (place / "cwd").symlink_to(root)


def test_the_systems_own_with_its_hook(root: Path) -> None:
    assert look(root) == ["DirtyCleanInterval", "start hook"]
    folder = root / "etc/systemd/system/cups.service.d"
    folder.mkdir(parents=True)
    (folder / "printstation.conf").write_text(HOOK)
    assert look(root) == ["DirtyCleanInterval"]


def test_one_that_runs_with_files_of_its_own(root: Path) -> None:
    """It is told by its port; how it is started, nobody knows, so that no hook is asked for."""
    (root / "own.conf").write_text(BAD.replace("631", "7631").replace("JobRetryLimit 1", ""))
    (root / "own-files.conf").write_text("SyncOnClose No\n")
    runs(root, "-f", "-c", "own.conf", "-s", str(root / "own-files.conf"))
    own = URI.replace("631", "7631")
    assert look(root, own) == ["DirtyCleanInterval", "JobRetryLimit", "SyncOnClose"]
    assert look(root) == ["DirtyCleanInterval", "start hook"]


def test_what_is_elsewhere_or_no_cupsd_is_not_judged(root: Path) -> None:
    assert look(root, "ipp://192.0.2.7:631/printers/cards") == []
    assert look(root, "ipp://127.0.0.1:8631/ipp/print") == []
    (root / "etc/cups/cupsd.conf").unlink()
    assert look(root) == []


def test_a_file_that_may_not_be_read_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    assert look(root) == ["cupsd.conf"]
