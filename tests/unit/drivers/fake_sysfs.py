"""A sysfs and a /dev in a folder: printers on a bus that is not there."""

from __future__ import annotations

from pathlib import Path

TANGO_ID = "MFG:Magicard ;CMD:PCL,MPL;MDL:RioTango2D;"


class FakeBus:
    """Devices of one machine; `root/sys` and `root/dev` are what its system shows."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = root / "sys", root / "dev"
        self._devices = self.sys / "bus/usb/devices"
        self._devices.mkdir(parents=True)
        self._number = 1

    def plug(
        self,
        port: str = "1-1",
        ids: str = "0c1f:1800",
        serial: str = "3C0001",
        product: str = "Tango 2e",
        kind: str = "07",
        driver: str = "",
        device_id: bytes = b"",
    ) -> Path:
        """A device on a port; its file below /dev. `driver`: the kernel's own one that is bound to it."""
        self._number += 1
        vendor, _, number = ids.partition(":")
        device = self._devices / port
        values = {
            "idVendor": vendor,
            "idProduct": number,
            "busnum": "1",
            "devnum": str(self._number),
            "manufacturer": "Magicard",
            "product": product,
            "serial": serial,
        }
        device.mkdir()
        for name, value in values.items():
            if value:
                (device / name).write_text(f"{value}\n", encoding="utf-8")
        interface = self._devices / f"{port}:1.0"
        interface.mkdir()
        (interface / "bInterfaceClass").write_text(f"{kind}\n")
        (interface / "bInterfaceSubClass").write_text("01\n")
        if driver:
            (interface / "driver").symlink_to(f"../../../bus/usb/drivers/{driver}")
        if device_id:
            (interface / "ieee1284_id").write_bytes(device_id + b"\n")
        if driver == "usblp":
            (interface / "usbmisc/lp0").mkdir(parents=True)
            self._node("usb/lp0")
        return self._node(f"bus/usb/001/{self._number:03d}")

    def _node(self, name: str) -> Path:
        node = self.dev / name
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch(mode=0o660)
        node.chmod(0o660)
        return node
