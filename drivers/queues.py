"""Looking at print queues without driving them: opening the driver would cancel what it finds there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivers.contract import DriverError
from drivers.models import Model
from drivers.transports import IppAddress, open_queue, parse_address

if TYPE_CHECKING:
    from drivers.ipp.check import Finding

#: Where cupsd listens unless told otherwise; any path does for a question about all queues.
LOCAL_CUPS = "ipp://127.0.0.1:631/printers/any"
REPLY_S = 3.0


def is_queue(uri: str) -> bool:
    """Whether a print queue, and no cable of ours, is at this address. `ValueError` where it is none."""
    return isinstance(parse_address(uri), IppAddress)


def queue_findings(uri: str, model: Model) -> tuple[Finding, ...]:
    """Every setting of the queue that is not as cards need it. `DriverError` when it does not answer."""
    from drivers.ipp.check import check_queue, check_state
    from drivers.ipp.dialogue import Dialogue
    from drivers.ipp.jobs import NAME_PREFIX

    port = open_queue(uri)
    try:
        dialogue = Dialogue(port, model.ipp.user, model.reply_s)
        printer = dialogue.printer()
        settings = check_queue(printer, dialogue.devices(), model)
        # With a card in hand, or left behind by a crash, one of the jobs is ours: recovery clears it.
        foreign = [job for job in dialogue.jobs() if not job.name.startswith(NAME_PREFIX)]
        return (*settings, *check_state(printer, foreign))
    finally:
        port.close()


def server_findings(
    uri: str, cupsd_conf: str, files_conf: str | None, drop_ins: Sequence[str] | None
) -> tuple[Finding, ...] | None:
    """What the files of a cupsd get wrong for a queue; None where that cupsd does not answer at its address.

    `drop_ins` are those of its service; None where nobody knows how it is started.
    """
    from drivers.ipp.conf import check_hook, check_server, listens_on

    address = parse_address(uri)
    assert isinstance(address, IppAddress)
    if not listens_on(cupsd_conf, address.port):
        return None
    queue = address.path.rpartition("/")[2]
    hook = check_hook(drop_ins, queue) if drop_ins is not None else ()
    return (*check_server(cupsd_conf, files_conf), *hook)


def queue_devices(uri: str = LOCAL_CUPS) -> tuple[tuple[str, str], ...]:
    """(queue, device-uri) of every queue of a cupsd; empty where none answers."""
    from drivers.ipp.dialogue import Dialogue

    try:
        port = open_queue(uri)
    except DriverError:
        return ()
    try:
        return Dialogue(port, "printstation", REPLY_S).devices()
    except DriverError:
        return ()
    finally:
        port.close()
