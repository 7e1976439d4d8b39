"""A card printer as its cable sees it: one USB device around a receiver, a dialogue and a body.

Implements `device.UsbDevice`. What was received and what the body holds survive unplugging and every
host; only power loss, a soft reset or more bytes change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import hands, liars, usbclass
from simulator.body import Body
from simulator.device import Setup, Stalled, Unplugged
from simulator.devicefile import DeviceSpec
from simulator.families import FAMILIES
from simulator.faults import Faults
from simulator.phases import Tally
from simulator.strikes import strike
from simulator.world import World

# A longer transfer is taken in portions; keeps one call short.
MAX_TAKEN = 1 << 20
# A wrong port status: bits that no sheet has.
WRONG_STATUS = 0xC7


class CardPrinter:
    """One printer on one port. `connection` grows whenever a host's session ends (cable, power, swap)."""

    def __init__(self, name: str, busid: str, serial: str, spec: DeviceSpec, world: World) -> None:
        self.name = name
        self.busid = busid
        self.serial = liars.serial_of(spec, serial)
        self.spec = spec
        self.model = spec.model
        self.vendor_id = spec.usb.vendor_id
        self.product_id = spec.usb.product_id
        self.connection = 0
        self.cable = True
        # On which kind of cable it hangs (`lines.ATTACHED`); a line writes here where a host finds it.
        self.attach = "usbip"
        self.uri = ""
        self.capacity = 0
        self.faults = Faults()
        self._family = FAMILIES[spec.family]
        body = liars.body_of(self._family.body, spec)
        self.body = body(name, spec, world, self.faults, self.unplug, self.power_off, strike)
        halves = self._family.halves(self, self.body)
        self.dialogue, self.receiver = halves
        self._other_unit: tuple[str, Tally] | None = None

    # ------------------------------------------------------------------ the seam
    @property
    def plugged(self) -> bool:
        return self.cable and self.body.power

    def device_descriptor(self) -> bytes:
        return usbclass.device_descriptor(self.spec)

    def configuration_descriptor(self) -> bytes:
        return usbclass.configuration_descriptor(self.spec, self._family.interface)

    def next_due(self, now: float) -> float | None:
        phase, busy = self.body.phase, self.receiver.busy_until
        times = (
            self.dialogue.next_due(now),
            phase.due if phase is not None else None,
            busy if busy > now else None,
        )
        return min((time for time in times if time is not None), default=None)

    def advance(self, now: float) -> None:
        self.body.advance(now)

    def control(self, setup: Setup, data: bytes, now: float) -> bytes:
        self._enter(now)
        shown = self._family.interface
        if not usbclass.is_class_request(setup):
            return usbclass.standard(self.spec, self.serial, setup, shown)
        reads = setup.request_type == usbclass.CLASS_IN
        resets = setup.request_type in usbclass.SOFT_RESET_TYPES
        if not shown.printer and reads and setup.request == usbclass.GET_MAX_LUN:
            return b"\0"
        if shown.printer and reads and setup.request == usbclass.GET_DEVICE_ID:
            return self._device_id()[: setup.length]
        if shown.printer and reads and setup.request == usbclass.GET_PORT_STATUS:
            return bytes((self._port_status(),))[: setup.length]
        if resets and setup.request == shown.reset:
            self.dialogue.clear()
            self.receiver.soft_reset()
            return b""
        raise Stalled

    def bulk_out(self, endpoint: int, data: bytes, now: float) -> int | None:
        self._enter(now)
        if endpoint & 0x8F != self._family.interface.out:
            raise Stalled
        if data and self.receiver.refuses(data):
            return None
        taken = self.receiver.take(data[:MAX_TAKEN], lambda: self.plugged)
        if not self.plugged:
            raise Unplugged
        return taken

    def bulk_in(self, endpoint: int, size: int, now: float) -> bytes | None:
        self._enter(now)
        if endpoint | 0x80 != self._family.interface.into:
            raise Stalled
        return self.dialogue.read(size, now)

    def _enter(self, now: float) -> None:
        self.advance(now)
        if not self.plugged:
            raise Unplugged

    # ------------------------------------------------------------------ class replies
    def _device_id(self) -> bytes:
        whole = usbclass.device_id(self.spec.usb.device_id)
        return whole[:7] if self.dialogue.control_fault("device-id") == "wrong-reply" else whole

    def _port_status(self) -> int:
        fault = self.dialogue.control_fault("status")
        if fault:
            return usbclass.READY if fault == "lying-reply" else WRONG_STATUS
        if self.body.error is not None:
            return self._family.port_error(self.body.error)
        if self._shows_busy():
            return usbclass.BUSY
        return usbclass.READY if self.body.hopper else usbclass.MEDIA_OUT

    def _shows_busy(self) -> bool:
        habits, body = self.spec.habits, self.body
        if self.receiver.receiving:
            return habits.busy_while_receiving
        if (not body.moving and not body.jobs) or liars.says_ready(self.spec, body.phase):
            return False
        return body.now >= self.receiver.last_byte + habits.ready_lag_s

    @property
    def language(self) -> str:
        """The LAN token of the last job."""
        return self.receiver.language

    # ------------------------------------------------------------------ cable, power, unit
    def unplug(self) -> None:
        """The cable comes out; the device goes on with what it has."""
        if self.cable:
            self.cable = False
            self._session_ends()

    def replug(self) -> None:
        """The cable goes back in."""
        if not self.cable:
            self.cable = True
            self.body.world.touch()

    def power_off(self) -> None:
        """Everything received is forgotten; cards stay where they are."""
        if self.body.power:
            self.body.power_off()
            self._forget()

    def power_on(self) -> None:
        """Start as the device file says."""
        self.body.power_on()

    def restart(self) -> None:
        """Off and on by its own command; to the host it is gone for a moment."""
        self.power_off()
        self.power_on()

    def swap_unit(self) -> None:
        """Another unit of the same model on this port, cable out; swapping again brings the first one back.

        The hopper goes over, a card in the path is taken into the hand. Its counters are its own.
        """
        self.power_off()
        hands.clear_jam(self.body)
        other = self._other_unit or (f"{self.serial}-B", Tally())
        self._other_unit = (self.serial, self.body.tally)
        self.serial, self.body.tally = other
        self.unplug()
        self.power_on()

    def _session_ends(self) -> None:
        self.connection += 1
        self.dialogue.clear()
        self.body.world.touch()

    def _forget(self) -> None:
        self.receiver.forget()
        self._session_ends()

    # ------------------------------------------------------------------ showing and keeping
    def to_json(self) -> dict[str, Any]:
        """As the control API shows a printer, without its address."""
        body, tally = self.body, self.body.tally
        state = {
            "plugged": self.cable,
            "power": body.power,
            "cover_open": body.cover_open,
            "jam": body.jam,
            "path": body.path[0].id if body.path else None,
            "moving": body.moving,
        }
        counters = {"cards": body.counter(), "prints": tally.prints, "cleanings": tally.cleanings}
        return {"name": self.name, "model": self.model, "state": state, "counters": counters}

    def snapshot(self) -> dict[str, Any]:
        """What outlives a power cut."""
        other = self._other_unit
        return {
            "serial": self.serial,
            "cable": self.cable,
            "body": _kept(self.body),
            "family": self._family.keep(self.body),
            "faults": self.faults.snapshot(),
            "other_unit": None if other is None else [other[0], vars(other[1]).copy()],
        }

    def restore(self, kept: Mapping[str, Any], now: float) -> None:
        """Put back what `snapshot` gave, as after a power cut."""
        other = kept["other_unit"]
        self._forget()
        self.serial = kept["serial"]
        self.cable = kept["cable"]
        self._other_unit = None if other is None else (other[0], Tally(**other[1]))
        self.faults.restore(kept["faults"])
        _bring_back(self.body, kept["body"], now)
        self._family.bring_back(self.body, kept.get("family", {}))


def _kept(body: Body) -> dict[str, Any]:
    return {
        "hopper": [card.id for card in body.hopper],
        "path": [card.id for card in body.path],
        "power": body.power,
        "cover_open": body.cover_open,
        "jam": body.jam,
        "ribbon": body.ribbon,
        "wrong_ribbon": body.wrong_ribbon,
        "tally": vars(body.tally).copy(),
    }


def _bring_back(body: Body, kept: Mapping[str, Any], now: float) -> None:
    """As after a power cut; then switch on what was on."""
    cards = body.world.cards
    body.power_off()
    body.now = now
    body.hopper = [cards[card] for card in kept["hopper"]]
    body.path = [cards[card] for card in kept["path"]]
    body.cover_open, body.jam = kept["cover_open"], kept["jam"]
    body.ribbon, body.wrong_ribbon = kept["ribbon"], kept["wrong_ribbon"]
    body.tally = Tally(**kept["tally"])
    if kept["power"]:
        body.power_on()
