"""What a real cupsd says of a queue, as the check and the driver read it (ipp.md §7).

Slow: a print server starts for each test.
"""

from __future__ import annotations

import pytest

import drivers
from drivers import Condition, DriverError, WrongDevice
from drivers.ipp.clearing import START_MARK
from tests.contract.cupsd_kit import Cupsd, needs_cupsd
from tests.contract.ipp_kit import Paced, noise, opened, pause, queue_model, resume

pytestmark = [pytest.mark.slow, needs_cupsd]
MODEL = queue_model()


def told(server: Cupsd) -> dict[str, str]:
    return {f.setting: f.found for f in drivers.queue_findings(server.uri, MODEL)}


def rebuilt(server: Cupsd, ppd: bool = True, **changes: str) -> None:
    """Another queue of the same name."""
    if server.process is not None:
        server.stop()
    (server.folder / "etc/printers.conf").unlink()
    for cached in (server.folder / "cache").glob("cards.*"):
        cached.unlink()
    if not ppd:
        (server.folder / "etc/ppd/cards.ppd").unlink()
    server.add_queue(**changes)


def test_a_good_queue_has_no_finding(server: Cupsd) -> None:
    assert told(server) == {}


def test_every_wrong_setting_is_found_and_nothing_is_fed(server: Cupsd) -> None:
    more = "Option copies 2\nOption number-up 2\nOption sides two-sided-long-edge\n"
    more += "Option print-scaling fit\nOption print-color-mode monochrome\n"
    rebuilt(server, policy="retry-job", shared="Yes", more=more)
    server.add_queue("twin", uuid="6dd5be82-3a72-3b8a-5a4b-000000000002")
    server.edit("cupsd.conf", "MaxJobTime 600", "MaxJobTime 60")
    server.start()
    assert told(server) == {
        "printer-error-policy": "retry-job",
        "printer-is-shared": "true",
        "copies-default": "2",
        "number-up-default": "2",
        "print-scaling-default": "fit",
        "sides-default": "two-sided-long-edge",
        "print-color-mode-default": "monochrome",
        "job-cancel-after-default": "60",
        "device-uri": "also of twin",
    }
    with opened(server.uri, MODEL, Paced()) as driver:
        (reason,) = driver.status().reasons
        assert reason.keyword == "queue-misconfigured"
        assert "printer-error-policy is retry-job, wanted abort-job" in reason.raw
        with pytest.raises(DriverError, match="not to be trusted"):
            driver.lay(driver.stage([noise(MODEL)]))
    assert server.starts() == []


def test_a_setting_that_was_mended_is_noticed_and_one_that_was_spoiled_too(server: Cupsd) -> None:
    rebuilt(server, policy="retry-job")
    server.start()
    with opened(server.uri, MODEL, Paced()) as driver:
        assert driver.status().condition is Condition.STOPPED
        rebuilt(server)
        server.start()
        assert driver.status().condition is Condition.READY
        rebuilt(server, policy="stop-printer")
        server.start()
        with pytest.raises(DriverError, match="printer-error-policy"):
            driver.lay(driver.stage([noise(MODEL)]))


def test_a_raw_queue_tells_no_page_and_says_monochrome(server: Cupsd) -> None:
    rebuilt(server, ppd=False, type="4")
    server.start()
    assert set(told(server)) == {"media-size-supported", "print-color-mode-default"}


def test_a_queue_of_another_model_is_refused_with_both_names(server: Cupsd) -> None:
    with pytest.raises(WrongDevice, match="configured is hid-dtc, the queue cards is of 'One'"):
        drivers.open_driver(server.uri, drivers.model("hid-dtc"), Paced())


def test_names_in_any_writing(server: Cupsd) -> None:
    ppd = (server.folder / "etc/ppd/cards.ppd").read_text()
    rebuilt(server, info="Pencetak Kartu – Loket ① «ปริ๊นเตอร์» 😀")
    odd = ppd.replace("MFG:Testcard;MDL:One;SN:K7;", "MFG:Têst;MDL:Kartu ①;SN:七;")
    (server.folder / "etc/ppd/cards.ppd").write_text(odd, encoding="utf-8")
    server.start()
    with opened(server.uri, MODEL, Paced()) as driver:
        found = driver.identify()
        assert found.description == "Pencetak Kartu – Loket ① «ปริ๊นเตอร์» 😀"
        assert found.serial == "urn:uuid:6dd5be82-3a72-3b8a-5a4b-000000000001"
        assert found.model.isprintable() and found.manufacturer.isprintable()
        assert driver.status().condition is Condition.READY


def test_a_stopped_queue_is_let_go_on_only_by_whom_it_was_stopped(server: Cupsd) -> None:
    pause(server)
    with opened(server.uri, MODEL, Paced()) as driver:
        assert driver.status().reasons[0].keyword == "queue-stopped"
        resume(server)
        assert driver.status().condition is Condition.READY
    server.stop()
    server.run_hook()
    assert START_MARK in (server.folder / "etc/printers.conf").read_text()
    server.start()
    with opened(server.uri, MODEL, Paced()) as driver:
        assert driver.status().condition is Condition.READY
