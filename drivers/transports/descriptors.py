"""USB descriptors from bytes into the shapes that pyusb asks a backend for. Pure.

Field names are those of the USB 2.0 specification (chapter 9.6), since pyusb copies them by name.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
DEVICE_SIZE = 18
CONFIGURATION_HEAD_SIZE = 9

_DEVICE = struct.Struct("<BBHBBBBHHHBBBB")
_CONFIGURATION = struct.Struct("<BBHBBBBB")
_INTERFACE = struct.Struct("<BBBBBBBBB")
_ENDPOINT = struct.Struct("<BBBBHB")


@dataclass
class DeviceDescriptor:
    bLength: int
    bDescriptorType: int
    bcdUSB: int
    bDeviceClass: int
    bDeviceSubClass: int
    bDeviceProtocol: int
    bMaxPacketSize0: int
    idVendor: int
    idProduct: int
    bcdDevice: int
    iManufacturer: int
    iProduct: int
    iSerialNumber: int
    bNumConfigurations: int
    bus: int | None = None
    address: int | None = None
    port_number: int | None = None
    port_numbers: tuple[int, ...] | None = None
    speed: int | None = None


@dataclass
class EndpointDescriptor:
    bLength: int
    bDescriptorType: int
    bEndpointAddress: int
    bmAttributes: int
    wMaxPacketSize: int
    bInterval: int
    bRefresh: int = 0
    bSynchAddress: int = 0
    extra_descriptors: list[int] = field(default_factory=list)


@dataclass
class InterfaceDescriptor:
    bLength: int
    bDescriptorType: int
    bInterfaceNumber: int
    bAlternateSetting: int
    bNumEndpoints: int
    bInterfaceClass: int
    bInterfaceSubClass: int
    bInterfaceProtocol: int
    iInterface: int
    extra_descriptors: list[int] = field(default_factory=list)
    endpoints: list[EndpointDescriptor] = field(default_factory=list)


@dataclass
class ConfigurationDescriptor:
    bLength: int
    bDescriptorType: int
    wTotalLength: int
    bNumInterfaces: int
    bConfigurationValue: int
    iConfiguration: int
    bmAttributes: int
    bMaxPower: int
    extra_descriptors: list[int] = field(default_factory=list)
    # One list of alternate settings an interface, in the order of the device.
    interfaces: list[list[InterfaceDescriptor]] = field(default_factory=list)


def read_device(raw: bytes) -> DeviceDescriptor:
    """`ValueError` when it is no device descriptor."""
    if len(raw) < DEVICE_SIZE or raw[1] != DEVICE:
        raise ValueError(f"no device descriptor: {raw[:DEVICE_SIZE].hex()}")
    return DeviceDescriptor(*_DEVICE.unpack_from(raw))


def read_configuration(raw: bytes) -> ConfigurationDescriptor:
    """The whole block of a configuration. `ValueError` when its parts do not fit together."""
    if len(raw) < CONFIGURATION_HEAD_SIZE or raw[1] != CONFIGURATION:
        raise ValueError(f"no configuration descriptor: {raw[:CONFIGURATION_HEAD_SIZE].hex()}")
    configuration = ConfigurationDescriptor(*_CONFIGURATION.unpack_from(raw))
    owner: ConfigurationDescriptor | InterfaceDescriptor | EndpointDescriptor = configuration
    current: InterfaceDescriptor | None = None
    numbers: dict[int, list[InterfaceDescriptor]] = {}
    at = raw[0]
    while at < len(raw):
        size = raw[at]
        if size < 2 or at + size > len(raw):
            raise ValueError(f"configuration descriptor broken at byte {at}")
        kind = raw[at + 1]
        if kind == INTERFACE and size >= _INTERFACE.size:
            owner = current = InterfaceDescriptor(*_INTERFACE.unpack_from(raw, at))
            numbers.setdefault(current.bInterfaceNumber, []).append(current)
        elif kind == ENDPOINT and size >= _ENDPOINT.size and current is not None:
            owner = EndpointDescriptor(*_ENDPOINT.unpack_from(raw, at))
            current.endpoints.append(owner)
        else:
            owner.extra_descriptors.extend(raw[at : at + size])
        at += size
    configuration.interfaces = list(numbers.values())
    for setting in (s for settings in configuration.interfaces for s in settings):
        # Readers count on it, and a device that miscounts its endpoints must not end in an IndexError.
        setting.bNumEndpoints = len(setting.endpoints)
    return configuration
