"""Looking at print queues without driving them: opening the driver would cancel what it finds there."""

from __future__ import annotations

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

    port = open_queue(uri)
    try:
        dialogue = Dialogue(port, model.ipp.user, model.reply_s)
        printer = dialogue.printer()
        settings = check_queue(printer, dialogue.devices(), model)
        # Jobs are not looked at: with a card in hand one of them is ours.
        return (*settings, *check_state(printer, ()))
    finally:
        port.close()


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
