"""Serial lines, opened by pyserial: 8 data bits, no parity, 1 stop bit, as these printers come."""

from __future__ import annotations

import errno

import serial

from drivers.contract import DeviceBusy, DeviceGone, TransportError
from drivers.transports.address import SerialAddress
from drivers.transports.line import LinePort


def open_serial(address: SerialAddress, name: str) -> LinePort:
    """Take hold of a line for this process alone; sends nothing.

    `DeviceGone` when there is no such line, `DeviceBusy` when another program holds it.
    """
    try:
        line = serial.Serial(
            address.path, address.baud, timeout=0, exclusive=True, rtscts=address.rtscts
        )
    except serial.SerialException as error:
        raise _translated(error, name) from error
    except ValueError as error:
        raise TransportError(f"{name}: {error}") from error
    return LinePort(line.fileno(), name, line.close)


def _translated(error: serial.SerialException, name: str) -> TransportError:
    number = error.errno or getattr(error.__context__, "errno", None)
    if number in (errno.EBUSY, errno.EAGAIN):
        return DeviceBusy(f"{name}: another program holds the line")
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return DeviceGone(f"{name}: there is no such line")
    if number == errno.EACCES:
        return TransportError(
            f"{name}: no permission; the daemon's user must be in the line's group"
        )
    return TransportError(f"{name}: {error}")
