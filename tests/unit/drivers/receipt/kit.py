"""A receipt printer, its cable and a clock that only moves when somebody waits."""

from __future__ import annotations

from drivers import ReceiptPrinter, TransferStalled
from simulator.receipt.printer import ReceiptPrinter as Device
from simulator.receipt.spec import ArmedFault, load_receipt
from tests.unit.drivers.memory_port import MemoryPort, Time

LINES = ("satu", "dua", "tiga", "empat", "lima")
SLIP = "\n".join(LINES).encode() + b"\n\x1dV\x00"


class PlainPort(MemoryPort):
    """A serial or network line: bytes and nothing else."""

    def soft_reset(self) -> None:
        raise TransferStalled("a plain line has no such request")


class Rig:
    """`driver` talks to `device`, whose faults and hands a test uses."""

    def __init__(self, plain: bool = False, answers: bool = True, name: str = "tm-80") -> None:
        self.clock = Time()
        self.device = Device("slip", "usb", "2-1", "R-1", load_receipt(name))
        self.plain = plain
        self.answers = answers
        self.driver = self.another()

    def another(self) -> ReceiptPrinter:
        """A driver on a fresh cable, as after a restart of the station."""
        cable = (PlainPort if self.plain else MemoryPort)(self.device, "R-1", self.clock)
        self.port = cable
        return ReceiptPrinter(cable, self.clock, self.answers)

    def arm(self, fault: str, line: int = 0, times: int = 1) -> None:
        self.device.body.faults.append(ArmedFault("f", fault, line, times))

    def later(self, seconds: float = 30.0) -> None:
        self.clock.sleep(seconds)
        self.device.advance(self.clock.now)

    def papers(self) -> list[tuple[str, ...]]:
        """The lines of each cut slip."""
        return [slip.lines for slip in self.device.body.slips if slip.cut]

    def keywords(self) -> list[str]:
        return [reason.keyword for reason in self.driver.status().reasons]
