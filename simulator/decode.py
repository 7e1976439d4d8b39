"""`printstation-sim decode`: a job file becomes card pictures, without a printer. interfaces.md §1.

Which printer's language it is, the model decides; what its bytes mean, `<family>/decode.py`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from simulator import trace
from simulator.card_files import DAMAGED
from simulator.devicefile import DeviceFileError, DeviceSpec, device_names, load_device
from simulator.evolis import decode as evolis_decode
from simulator.magicard import decode as magicard_decode
from simulator.matica import decode as matica_decode


def decode(model: str, data: bytes, out: Path) -> int:
    """Write `card-N-front.png`, `card-N-back.png` and `card-N.json` into `out` (created).

    `data` is a stream, or the record that a station made of its wire. Returns 0, or 2 after a damage
    (`offset N: …` on stderr, `line N: …` for a broken record), with all complete cards before it written, or for an
    unknown model.
    """
    try:
        spec = _device(model)
    except DeviceFileError as error:
        print(str(error), file=sys.stderr)
        return DAMAGED
    out.mkdir(parents=True, exist_ok=True)
    found = trace.read(data)
    if found is None:
        return _decode(spec, data, out)
    if found.broken:
        print(found.broken, file=sys.stderr)
    code = (_without_pictures if found.left_out else _recorded)(spec, found, out)
    return DAMAGED if found.broken else code


def _recorded(spec: DeviceSpec, found: trace.Trace, out: Path) -> int:
    return _decode(spec, found.stream, out)


def _without_pictures(spec: DeviceSpec, found: trace.Trace, out: Path) -> int:
    """The cards of a record without its pictures: what was asked of the printer, and no picture."""
    print(
        f"{found.left_out} bytes of pictures were left out of this record; its cards have no pictures",
        file=sys.stderr,
    )
    with tempfile.TemporaryDirectory() as folder:
        code = _decode(spec, found.stream, Path(folder))
        for path in sorted(Path(folder).glob("card-*.json")):
            card = json.loads(path.read_text(encoding="utf-8"))
            for side in card["sides"]:
                side.pop("black_dots", None)
            card["pictures"] = "left out"
            (out / path.name).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return code


def _decode(spec: DeviceSpec, data: bytes, out: Path) -> int:
    return _DECODE[spec.family](spec, data, out)


_DECODE: Mapping[str, Callable[[DeviceSpec, bytes, Path], int]] = MappingProxyType(
    {
        "evolis": evolis_decode.decode,
        "magicard": magicard_decode.decode,
        "matica": matica_decode.decode,
    }
)


def _device(model: str) -> DeviceSpec:
    """By device word, else by the station's word for the model."""
    names = device_names()
    if model in names:
        return load_device(model)
    for spec in map(load_device, names):
        if spec.model == model:
            return spec
    raise DeviceFileError(f"there is no model {model}; known are {', '.join(names)}")
