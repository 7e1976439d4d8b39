"""A card printer as its cable sees it: one USB device around a parser, a body and its reply faults.

Implements `device.UsbDevice`. The parser and what the body holds survive unplugging and every host;
only power loss, a soft reset or more bytes change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import answers, usbclass
from simulator.body import Body, Tally
from simulator.device import NoReply, Setup, Stalled, Unplugged
from simulator.devicefile import DeviceSpec
from simulator.faults import RECEIVING, Armed, Faults
from simulator.jobs import Job, Page
from simulator.magicard import (
    ETX,
    SOH,
    Command,
    Damage,
    Event,
    PageEnd,
    PageStart,
    Parser,
    PlaneEnd,
)
from simulator.planes import line_bytes
from simulator.world import World

# A transfer that a real device would take in portions; keeps one call short.
MAX_TAKEN = 1 << 20
MAX_REPLIES = 64
# What a wrong reply looks like: nothing that any sheet has.
WRONG_STATUS = 0xC7
WRONG_ANSWER = b"\x01ST\xff\x00?\x03"
PANELS_A_PRINT = 5  # Y M C K O: what the device counts down as "panels remaining"


class CardPrinter:
    """One printer on one port. `connection` grows whenever a host's session ends (unplug, power, swap)."""

    def __init__(self, name: str, busid: str, serial: str, spec: DeviceSpec, world: World) -> None:
        self.name = name
        self.busid = busid
        self.serial = serial
        self.spec = spec
        self.model = spec.model
        self.vendor_id = spec.usb.vendor_id
        self.product_id = spec.usb.product_id
        self.connection = 0
        self.cable = True
        self.capacity = 100
        self.faults = Faults()
        self.body = Body(name, spec, world, self.faults, self.unplug)
        self.parser = Parser()
        self._job: Job | None = None
        self._page: Page | None = None
        self._job_start: int | None = None
        self._struck_at: int | None = None
        self._last_byte = float("-inf")
        self._busy_until = float("-inf")
        self._language = answers.DEFAULT_LANGUAGE
        self._replies: list[tuple[float, bytes]] = []
        self._other_unit: tuple[str, Tally] | None = None

    # ------------------------------------------------------------------ the seam
    @property
    def plugged(self) -> bool:
        return self.cable and self.body.power

    def device_descriptor(self) -> bytes:
        return usbclass.device_descriptor(self.spec)

    def configuration_descriptor(self) -> bytes:
        return usbclass.configuration_descriptor(self.spec)

    def next_due(self, now: float) -> float | None:
        times = [due for due, _ in self._replies if due > now]
        if self.body.phase is not None:
            times.append(self.body.phase.due)
        if self._busy_until > now:
            times.append(self._busy_until)
        return min(times, default=None)

    def advance(self, now: float) -> None:
        had_power = self.body.power
        self.body.advance(now)
        if had_power and not self.body.power:
            self._forget()

    def control(self, setup: Setup, data: bytes, now: float) -> bytes:
        self._enter(now)
        if not usbclass.is_class_request(setup):
            return usbclass.standard(self.spec, self.serial, setup)
        if setup.request_type == usbclass.CLASS_IN and setup.request == usbclass.GET_DEVICE_ID:
            return self._device_id()[: setup.length]
        if setup.request_type == usbclass.CLASS_IN and setup.request == usbclass.GET_PORT_STATUS:
            return bytes((self._port_status(),))[: setup.length]
        if setup.request_type in usbclass.SOFT_RESET_TYPES and setup.request == usbclass.SOFT_RESET:
            self._soft_reset()
            return b""
        raise Stalled

    def bulk_out(self, endpoint: int, data: bytes, now: float) -> int | None:
        self._enter(now)
        if endpoint & 0x0F != usbclass.EP_OUT:
            raise Stalled
        if data and self._refuses(data):
            return None
        data = data[:MAX_TAKEN]
        taken = 0
        while taken < len(data):
            portion = self._portion(data[taken:])
            self._hear(data[taken : taken + portion])
            taken += portion
            self._maybe_strike_at_byte()
            if not self.plugged:
                raise Unplugged
            if self._busy_until > self.body.now or (taken < len(data) and self._naks()):
                break
        return taken if taken or not data else None

    def bulk_in(self, endpoint: int, size: int, now: float) -> bytes | None:
        self._enter(now)
        if endpoint & 0x0F != usbclass.EP_IN & 0x0F:
            raise Stalled
        if not self._replies or self._replies[0][0] > now:
            return None
        due, reply = self._replies.pop(0)
        if len(reply) > size:
            self._replies.insert(0, (due, reply[size:]))
        return reply[:size]

    def _enter(self, now: float) -> None:
        self.advance(now)
        if not self.plugged:
            raise Unplugged

    # ------------------------------------------------------------------ taking bytes
    def _naks(self) -> bool:
        return self.parser.in_job and self.spec.habits.naks_in_error and self.body.error is not None

    def _refuses(self, data: bytes) -> bool:
        """NAK: busy by fault, in an error that takes no data, or no room for another job."""
        now = self.body.now
        if self._busy_until > now or self._naks():
            return True
        if not self.body.room and self.parser.idle and not self._awaits_side():
            frame = data[data.find(SOH) + 1 :].lstrip(b",") if SOH in data else b""
            if frame.startswith(b"NOC"):
                return True
        fault = self.faults.strike(RECEIVING)
        if fault is not None:
            self._busy_until = now + fault.seconds
        return fault is not None

    def _portion(self, data: bytes) -> int:
        """How much of `data` may be heard before an armed byte offset of a job is reached."""
        start = self._receiving_since()
        if start is None:
            soh = data.find(SOH)
            if soh < 0:
                return len(data)
            if data[soh + 1 : soh + 6].lstrip(b",").startswith((b"REQ", b"TST", b"RST", b"EJT")):
                return data.find(ETX, soh) + 1 or len(data)
            start = self.parser.offset + soh
        taken = self.parser.offset - start
        beyond = taken + 1 if self._struck_at == taken else taken
        offset = self.faults.next_byte(max(0, beyond))
        if offset is None:
            return len(data)
        return min(len(data), max(offset - taken, 1))

    def _receiving_since(self) -> int | None:
        """Offset of the SOH of the job that is being received, None when none is."""
        if self._job is not None and (self.parser.in_job or self._awaits_side()):
            return self._job_start
        header = self.parser.header_so_far.lstrip(b",")
        if header and not header.startswith(b"REQ"[: len(header)]):
            return self.parser.frame_start
        return None

    def _maybe_strike_at_byte(self) -> None:
        start = self._receiving_since()
        if start is None:
            self._struck_at = None
            return
        taken = self.parser.offset - start
        if taken == self._struck_at:
            return
        fault = self.faults.strike_byte(taken)
        if fault is not None:
            self._struck_at = taken
            self._strike(fault)

    def _strike(self, fault: Armed) -> None:
        body = self.body
        if fault.fault == "unplug":
            self.unplug()
        elif fault.fault == "power-loss":
            self.power_off()
        elif fault.fault == "busy":
            self._busy_until = body.now + fault.seconds
        elif fault.fault == "jam":
            body.jam = True
            body.fail("jam")
        elif fault.fault == "cover-open":
            body.cover_open = True
            body.fail("cover-open")

    def _hear(self, data: bytes) -> None:
        for event in self.parser.feed(data):
            self._on(event)
        if self.parser.in_job or self._awaits_side():
            self._last_byte = self.body.now

    def _on(self, event: Event) -> None:
        body = self.body
        if isinstance(event, PageStart):
            self._open_page(event)
        elif isinstance(event, PlaneEnd):
            if self._page is not None:
                self._page.planes[event.letter] = event.data
                body.go()
        elif isinstance(event, PageEnd):
            self._last_byte = body.now
            if self._page is not None:
                self._page.complete = True
                self._page = None
                body.go()
        elif isinstance(event, Command):
            self._command(event.words)
        elif isinstance(event, Damage) and not event.noise:
            self._bad_data()

    def _open_page(self, start: PageStart) -> None:
        geometry = self.spec.geometry
        duplex = start.value("DPX") == "ON"
        lines = start.number("WID", geometry.lines)
        sized = all(size == lines * line_bytes(letter, geometry) for letter, size in start.sizes)
        second = self._awaits_side()
        # The device is not clever: whatever side comes next ends up on the card that waits for one.
        side = "back" if second or start.value("PAG") == "2" else "front"
        page = Page(
            side,
            tuple(letter for letter, _ in start.sizes),
            overcoat=start.value("OVR") != "OFF" if start.value("OVR") else side == "front",
            origin=(start.number("XCO", 0), start.number("YCO", 0)),
        )
        self._page = page
        self._language = start.value("LAN") or self._language
        if not sized or (duplex and not self.spec.habits.two_sided):
            self._bad_data()
            return
        if second and self._job is not None:
            self._job.pages.append(page)
            self.body.go()
            return
        self._job_start = start.offset
        copies = start.number("NOC", 1)
        job = Job([page], duplex, copies, hand_feed=start.value("HFD") == "ON")
        self._job = job
        if copies > 0:
            self.body.take_job(job)

    def _awaits_side(self) -> bool:
        job = self._job
        return (
            job is not None
            and self._page is None
            and not job.broken
            and job.awaits_second_side
            and job in self.body.jobs
        )

    def _bad_data(self) -> None:
        if self._job is not None and not self._job.whole:
            self.body.drop(self._job)
        self._job = None
        self._page = None
        self.body.fail("bad-data")

    def _soft_reset(self) -> None:
        """Flush both pipes; what has been received of an unfinished job is worthless, its card stays inside."""
        self.parser.reset()
        self._replies.clear()
        job = self._job
        if job is not None and not job.whole and job in self.body.jobs:
            job.broken = True
            self.body.go()
        self._job = None
        self._page = None

    # ------------------------------------------------------------------ answering
    def _reply_fault(self, kind: str) -> Armed | None:
        if not self.faults.armed:
            return None
        phase = self.body.phase.name if self.body.phase is not None else ""
        return self.faults.strike_reply((kind, phase))

    def _control_fault(self, kind: str) -> str:
        fault = self._reply_fault(kind)
        name = fault.fault if fault is not None else ""
        if name in ("no-reply", "late-reply"):
            raise NoReply
        return name

    def _device_id(self) -> bytes:
        whole = usbclass.device_id(self.spec.usb.device_id)
        return whole[:7] if self._control_fault("device-id") == "wrong-reply" else whole

    def _port_status(self) -> int:
        fault = self._control_fault("status")
        if fault:
            return usbclass.READY if fault == "lying-reply" else WRONG_STATUS
        body = self.body
        if body.error is not None:
            return usbclass.ERROR
        if self._shows_busy():
            return usbclass.BUSY
        return usbclass.READY if body.hopper else usbclass.MEDIA_OUT

    def _shows_busy(self) -> bool:
        habits, body = self.spec.habits, self.body
        if self.parser.in_job or self._awaits_side():
            return habits.busy_while_receiving
        if body.phase is None and not body.jobs:
            return False
        return body.now >= self._last_byte + habits.ready_lag_s

    def _command(self, words: tuple[str, ...]) -> None:
        name = words[1] if words[0] == "REQ" and len(words) > 1 else words[0]
        body = self.body
        if name == "ERR":
            self._answer_error()
        elif name == "INF":
            self._reply(
                "query", answers.framed(f"STA{self.model},{self.serial},{self.spec.firmware}")
            )
        elif name == "CAN":
            body.cancel()
        elif name == "OKY":
            body.okay()
        elif name == "CLN":
            body.clean()
        elif name == "TST":
            body.test_print()
        elif name == "EJT" and not body.jobs:
            body.bring_out()
        elif name == "RST":
            self.restart()
        elif name[:3] in ("QPR", "SNR") and self.spec.habits.value_queries:
            self._reply("query", answers.framed("END"))
        elif name == "STA" and len(words) > 2 and self.spec.habits.value_queries:
            self._answer_value(words[2])

    def _answer_error(self) -> None:
        error = self.body.error
        text = answers.ready()
        if error is not None:
            text = answers.error(error, self.spec.errors[error], self._language)
        self._reply("query", text, lie=answers.ready())

    def _answer_value(self, key: str) -> None:
        text = self._values().get(key)
        if text is None:
            return
        kind = "counter" if key == "TCQ" else "query"
        lie = answers.value(key, str(int(text) - 1)) if key == "TCQ" else b""
        self._reply(kind, answers.value(key, text), lie=lie)

    def _values(self) -> dict[str, str]:
        """Single-value queries, magicard.md §6; a count that this device does not keep is not there."""
        body, usb = self.body, self.spec.usb
        values = {
            "MSR": self.serial, "PSR": f"H{self.serial}", "BSR": f"B{self.serial}",
            "USN": self.serial, "UPN": usb.manufacturer, "VRS": self.spec.firmware, "MDL": "0",
            "PID": str(usb.product_id), "VID": str(usb.vendor_id),
            "TCP": str(body.tally.prints), "TCN": str(body.tally.cleanings),
            "TPQ": str(body.tally.prints * PANELS_A_PRINT),
            "DFR": str(body.ribbon * PANELS_A_PRINT),
        }  # fmt: skip
        counter = body.counter()
        if counter is not None:
            values["TCQ"] = str(counter)
        if self.spec.habits.path_sensor:
            values["PTH"] = str(
                int(bool(body.path))
            )  # invented: no real device of the sheet has it
        return values

    def _reply(self, kind: str, reply: bytes, lie: bytes = b"") -> None:
        habits = self.spec.habits
        delay = habits.error_reply_s if self.body.error is not None else habits.reply_s
        fault = self._reply_fault(kind)
        if fault is not None:
            if fault.fault == "no-reply":
                return
            delay += fault.seconds if fault.fault == "late-reply" else 0.0
            reply = WRONG_ANSWER if fault.fault == "wrong-reply" else reply
            reply = lie or reply if fault.fault == "lying-reply" else reply
        if len(self._replies) < MAX_REPLIES:
            self._replies.append((self.body.now + delay, reply))

    # ------------------------------------------------------------------ cable, power, unit
    def unplug(self) -> None:
        """The cable comes out; the device goes on with what it has."""
        if self.cable:
            self.cable = False
            self._session_ends()

    def replug(self) -> None:
        if not self.cable:
            self.cable = True
            self.body.world.touch()

    def power_off(self) -> None:
        if self.body.power:
            self.body.power_off()
            self._forget()

    def power_on(self) -> None:
        self.body.power_on()

    def restart(self) -> None:
        """Off and on by its own command; to the host it is gone for a moment."""
        self.power_off()
        self.body.power_on()

    def swap_unit(self) -> None:
        """Another unit of the same model on this port, cable out; swapping again brings the first one back.

        The hopper goes over, a card in the path is taken into the hand. Its counters are its own.
        """
        from simulator import hands

        self.power_off()
        hands.clear_jam(self.body)
        other = self._other_unit or (f"{self.serial}-B", Tally())
        self._other_unit = (self.serial, self.body.tally)
        self.serial, self.body.tally = other
        self.unplug()
        self.body.power_on()

    def _session_ends(self) -> None:
        self.connection += 1
        self._replies.clear()
        self.body.world.touch()

    def _forget(self) -> None:
        """Power is gone: so are all received bytes."""
        self.parser.reset()
        self._job = None
        self._page = None
        self._busy_until = float("-inf")
        self._language = answers.DEFAULT_LANGUAGE
        self._session_ends()

    # ------------------------------------------------------------------ showing and keeping
    def to_json(self) -> dict[str, Any]:
        body = self.body
        state = {
            "plugged": self.cable,
            "power": body.power,
            "cover_open": body.cover_open,
            "jam": body.jam,
            "path": body.path[0].id if body.path else None,
            "moving": body.moving,
        }
        tally = body.tally
        counters = {"cards": body.counter(), "prints": tally.prints, "cleanings": tally.cleanings}
        return {"name": self.name, "model": self.model, "state": state, "counters": counters}

    def snapshot(self) -> dict[str, Any]:
        other = self._other_unit
        return {
            "serial": self.serial,
            "cable": self.cable,
            "body": self.body.snapshot(),
            "faults": self.faults.snapshot(),
            "other_unit": None if other is None else [other[0], vars(other[1]).copy()],
        }

    def restore(self, kept: Mapping[str, Any], now: float) -> None:
        other = kept["other_unit"]
        self._forget()
        self.serial = kept["serial"]
        self.cable = kept["cable"]
        self._other_unit = None if other is None else (other[0], Tally(**other[1]))
        self.faults.restore(kept["faults"])
        self.body.restore(kept["body"], now)
