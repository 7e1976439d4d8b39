"""The doctor's look at a real cupsd: every wrong setting with its repair, and no job is touched by looking.

Slow: a print server starts for each test.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import drivers
from drivers.ipp.jobs import job_attributes
from printstation.config import Config
from printstation.diagnostics.checks_printers import printer_lines
from printstation.diagnostics.look_cups import look_at_server
from printstation.diagnostics.look_printers import look_at_queues
from printstation.diagnostics.view import Queue, State
from tests.contract.cupsd_kit import QUEUE, Cupsd, needs_cupsd
from tests.contract.ipp_kit import left_behind, pause, queue_model, somebody, unfinished
from tests.unit.printstation.diagnostics.rig import Rig, make_data

pytestmark = [pytest.mark.slow, needs_cupsd]


def look(server: Cupsd) -> Queue:
    printer = {"name": "fargo", "model": "ipp-card", "uri": server.uri}
    config = Config.model_validate({"data_dir": server.folder, "printers": [printer]})
    model = queue_model()
    (queue,) = look_at_queues(config, lambda uri, _: drivers.queue_findings(uri, model))
    return queue


def test_a_good_queue_has_no_findings(server: Cupsd) -> None:
    assert look(server) == Queue("fargo", "")
    assert drivers.queue_devices(server.uri) == ((QUEUE, f"card:{server.card}"),)


def test_each_wrong_setting_is_a_broken_line(server: Cupsd, tmp_path: Path) -> None:
    server.stop()
    server.edit("printers.conf", "ErrorPolicy abort-job", "ErrorPolicy retry-job")
    server.edit("printers.conf", "Shared No", "Shared Yes")
    server.add_queue("other")
    server.start()
    (tmp_path / "rig").mkdir()
    rig = Rig(tmp_path / "rig", make_data(tmp_path / "data"))
    queue = look(server)
    rig.seen.append(lambda view: replace(view, queues=(queue,)))
    lines = [line for line in printer_lines(rig.look()) if line.check == "queue fargo"]
    told = {line.seen.split()[0]: line for line in lines}
    assert {"printer-error-policy", "printer-is-shared", "device-uri"} <= set(told)
    assert {line.state for line in lines} == {State.BROKEN}
    assert (
        told["printer-error-policy"].do == f"lpadmin -p {QUEUE} -o printer-error-policy=abort-job"
    )


def test_the_files_of_the_very_server_are_read(server: Cupsd) -> None:
    """Found by its process and its port, whatever files it was started with."""
    at = (server.uri, Path("/proc"), server.folder / "no-etc")
    assert [wrong.setting for wrong in look_at_server(*at)] == ["SyncOnClose"]
    server.edit("cupsd.conf", "DirtyCleanInterval 0", "DirtyCleanInterval 30")
    server.edit("cupsd.conf", "PreserveJobFiles No", "")
    found = look_at_server(*at)
    assert [wrong.setting for wrong in found] == [
        "DirtyCleanInterval",
        "PreserveJobFiles",
        "SyncOnClose",
    ]
    assert all(wrong.repair.startswith(wrong.setting) for wrong in found)


def test_a_strangers_job_is_named_and_ours_is_not(server: Cupsd) -> None:
    left_behind(server)
    assert look(server).wrong == ()
    with somebody(server) as dialogue:
        dialogue.create("a report", job_attributes(1, held=True))
    (wrong,) = look(server).wrong
    assert (wrong.setting, wrong.repair) == ("queued-job-count", f"cancel {QUEUE}-2")


def test_looking_touches_no_job(server: Cupsd) -> None:
    left_behind(server)
    before = unfinished(server)
    assert len(before) == 1
    look(server)
    assert unfinished(server) == before


def test_a_stopped_queue_is_named(server: Cupsd) -> None:
    pause(server)
    assert [wrong.setting for wrong in look(server).wrong] == ["printer-state"]


def test_a_server_that_is_gone_is_named(server: Cupsd) -> None:
    server.stop()
    assert look(server).problem != ""
    assert drivers.queue_devices(server.uri) == ()
