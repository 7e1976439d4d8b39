"""All that is true of a card printer and of nothing else.

The front door: the contract's types, the models, the vocabulary of reasons, and `open_driver`.
Knows nothing of stations, jobs or layouts.
"""

from __future__ import annotations

from drivers.contract import (
    Before,
    Clock,
    Condition,
    Counters,
    DeviceBusy,
    DeviceGone,
    DiscardFailed,
    Driver,
    DriverError,
    Face,
    FedByHand,
    FeedBroken,
    Identity,
    Lays,
    NotUnderstood,
    Outcome,
    Reason,
    Staged,
    Status,
    Supply,
    TellsSettings,
    TransferStalled,
    TransferTimeout,
    TransportError,
    WrongDevice,
)
from drivers.discovery import (
    Attached,
    Proposal,
    ask_attached,
    attached_exports,
    attached_lines,
    attached_usb,
    proposals,
    usb_library,
    usbip_server,
)
from drivers.families import FAMILIES, OPENERS, SKIMMERS, beginning, explain
from drivers.meaning import Meaning
from drivers.models import Model, load_model, model, models
from drivers.queues import is_queue, queue_devices, queue_findings, server_findings
from drivers.reasons import ReasonRow, reasons
from drivers.receipt.driver import Printout, ReceiptPrinter, SlipFate, open_receipt_printer
from drivers.transports import Port, open_port, parse_address
from drivers.transports.recorder import Record, RecordingPort, Tap
from drivers.udev import udev_rule, udev_rules

__all__ = [
    "FAMILIES",
    "OPENERS",
    "SKIMMERS",
    "Attached",
    "Before",
    "Clock",
    "Condition",
    "Counters",
    "DeviceBusy",
    "DeviceGone",
    "DiscardFailed",
    "Driver",
    "DriverError",
    "Face",
    "FedByHand",
    "FeedBroken",
    "Identity",
    "Lays",
    "Meaning",
    "Model",
    "NotUnderstood",
    "Outcome",
    "Port",
    "Printout",
    "Proposal",
    "Reason",
    "ReasonRow",
    "ReceiptPrinter",
    "Record",
    "RecordingPort",
    "SlipFate",
    "Staged",
    "Status",
    "Supply",
    "Tap",
    "TellsSettings",
    "TransferStalled",
    "TransferTimeout",
    "TransportError",
    "WrongDevice",
    "ask_attached",
    "attach",
    "attached_exports",
    "attached_lines",
    "attached_usb",
    "beginning",
    "explain",
    "is_queue",
    "load_model",
    "model",
    "models",
    "open_driver",
    "open_port",
    "open_receipt_printer",
    "parse_address",
    "proposals",
    "queue_devices",
    "queue_findings",
    "reasons",
    "server_findings",
    "tap",
    "udev_rule",
    "udev_rules",
    "usb_library",
    "usbip_server",
]


def open_driver(
    uri: str, model: Model, clock: Clock, busy_wait_s: float = 0.0, tap: Tap | None = None
) -> Driver:
    """Open the printer at `uri` and attach to it; on any failure the cable is let go. `tap` hears what goes over
    a cable (not what goes to a queue).

    `ValueError` for an address that is none; `DeviceGone`, `DeviceBusy`, `WrongDevice`,
    `NotUnderstood` and every `TransportError` as they come.
    """
    port = OPENERS.get(model.family, open_port)(uri)
    if tap is not None and model.family in SKIMMERS:
        port = RecordingPort(port, tap)
    try:
        return attach(port, model, clock, busy_wait_s)
    except BaseException:
        port.close()
        raise


def attach(port: Port, model: Model, clock: Clock, busy_wait_s: float = 0.0) -> Driver:
    """A driver on an open port. Before anything goes down its bulk pipe (exactly-once.md §4):

    the model is compared and the port status read by control requests; while it says busy nothing
    else happens until it does not or `busy_wait_s` is over (the remaining print time of a *sent*
    card, else 0); then soft reset, then a query that is answered. The caller closes a refused port.
    """
    return FAMILIES[model.family](port, model, clock, busy_wait_s)


def tap(model: Model, clock: Clock) -> Tap | None:
    """A recorder for the wire of a printer of this model; None where there is no cable of ours (a queue)."""
    skimmer = SKIMMERS.get(model.family)
    return None if skimmer is None else Tap(clock, skimmer(model))
