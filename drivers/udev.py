"""The udev rules that let a group drive the printers of the known models; `doctor` names single ones."""

from __future__ import annotations

from drivers.models import models

HEAD = """# Who may drive card printers: members of the group `printstation` (the daemon's user).
# To /etc/udev/rules.d/60-printstation.rules, then: udevadm control --reload && udevadm trigger
# Made from the model files: python -c "import drivers; print(drivers.udev_rules(), end='')"
"""


def udev_rule(vendor: int, product: int | None, group: str) -> str:
    """One rule, for one kind of device or for all of a vendor."""
    ids = [f'ATTR{{idVendor}}=="{vendor:04x}"']
    if product is not None:
        ids.append(f'ATTR{{idProduct}}=="{product:04x}"')
    match = ", ".join(['SUBSYSTEM=="usb"', 'ENV{DEVTYPE}=="usb_device"', *ids])
    return f'{match}, MODE="0660", GROUP="{group}"'


def udev_rules(group: str = "printstation") -> str:
    """The whole file, for every model that there is."""
    ids: set[tuple[int, int | None]] = set()
    for model in models().values():
        any_product = bool(getattr(model.facts, "any_product", False))
        ids |= {(vendor, None if any_product else product) for vendor, product in model.usb_ids}
    vendors = {vendor for vendor, product in ids if product is None}
    kept = {(v, p) for v, p in ids if p is None or v not in vendors}
    rules = [
        udev_rule(v, p, group) for v, p in sorted(kept, key=lambda each: (each[0], each[1] or 0))
    ]
    return "\n".join((HEAD, *rules, ""))
