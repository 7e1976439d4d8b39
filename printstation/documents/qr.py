"""A QR code as a drawing of exact modules, for a document. No millimetre here."""

from __future__ import annotations

from itertools import groupby

# Modules that stay free on every side (ISO/IEC 18004 §6.3.8).
QUIET = 4


class CannotEncode(Exception):
    """The text is too long for a QR code, or empty."""


def rows(text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules without their quiet zone; True is black."""
    # Only a document needs it: the daemon starts without.
    import zxingcpp
    from PIL import Image

    try:
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        drawn = Image.fromarray(barcode.to_image(scale=1, add_quiet_zones=False)).convert("L")
    except (ValueError, RuntimeError) as error:
        raise CannotEncode("this text cannot be a QR code") from error
    level = drawn.tobytes()
    return tuple(
        tuple(value < 128 for value in level[start : start + drawn.width])
        for start in range(0, len(level), drawn.width)
    )


def svg(text: str) -> str:
    """One path of horizontal runs, a unit a module, its quiet zone included."""
    modules = rows(text)
    side = len(modules) + 2 * QUIET
    runs: list[str] = []
    for y, line in enumerate(modules):
        x = 0
        for black, run in groupby(line):
            length = len(list(run))
            if black:
                runs.append(f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z")
            x += length
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#000" d="{"".join(runs)}"/></svg>'
    )
