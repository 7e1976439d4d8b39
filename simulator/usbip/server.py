"""The USB/IP server: exports simulated printers to any machine that imports USB devices over TCP.

It knows which devices there are and who holds which; what goes over one connection is in
`usbip/link.py`, the bytes are in `usbip/wire.py`. Everything runs on the loop's thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from simulator.device import UsbDevice
from simulator.heartbeat import Heartbeat
from simulator.usbip import wire
from simulator.usbip.link import Link


class CableServer:
    """Lists and hands out the devices; one importer a device at a time."""

    def __init__(self, devices: Sequence[UsbDevice], heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat
        self._devices = {device.busid: device for device in devices}
        self._links: set[Link] = set()
        self._owners: dict[str, Link] = {}
        self._server: asyncio.Server | None = None
        heartbeat.follow(self._settle)

    async def start(self, bound: socket.socket) -> None:
        """Answer on a bound socket from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), sock=bound)

    def close(self) -> None:
        """Stop listening and pull every cable."""
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.cut()

    def records(self) -> list[wire.DeviceRecord]:
        """What a host may import now: plugged devices, whether or not one is in use."""
        return [self._record(d) for d in self._devices.values() if d.plugged]

    def claim(self, busid: str, link: Link) -> tuple[int, wire.DeviceRecord | None]:
        """The status word of an import, and the device when it is granted."""
        device = self._devices.get(busid)
        if device is None or not device.plugged:
            return wire.ST_NODEV, None
        owner = self._owners.get(busid)
        if owner is not None and not owner.abandoned:
            return wire.ST_DEV_BUSY, None
        if owner is not None:
            owner.cut()
        self._owners[busid] = link
        link.holds(device)
        return wire.ST_OK, self._record(device)

    def opened(self, link: Link) -> None:
        self._links.add(link)

    def released(self, link: Link) -> None:
        """Forget a connection. Its device keeps what it holds: a parser outlives its host."""
        self._links.discard(link)
        if link.device is not None and self._owners.get(link.device.busid) is link:
            del self._owners[link.device.busid]

    def _record(self, device: UsbDevice) -> wire.DeviceRecord:
        number = list(self._devices).index(device.busid) + 2  # 1 is the root hub
        return wire.DeviceRecord(
            device.busid, 1, number, device.device_descriptor(), device.configuration_descriptor()
        )

    def _settle(self, now: float) -> None:
        for link in list(self._owners.values()):
            link.settle(now)
