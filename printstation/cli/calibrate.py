"""`printstation printer calibrate NAME`: when its counter moves, and whether its path sensor tells the truth."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure
from printstation.cli.options import AsJson, By, config_path, load_config, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers import Driver, Model
    from printstation.config import Config, PrinterConfig
    from printstation.diagnostics.calibrate import Found
    from printstation.station import Station

#: What a person may answer, in either language of the station.
WORDS = {"y": True, "yes": True, "ya": True, "n": False, "no": False, "tidak": False}
QUESTION = "Did a third card, blank or nearly so, come out of printer {name}?"


def calibrate(
    context: typer.Context,
    printer: Annotated[str, typer.Argument(metavar="PRINTER", help="Name of the printer.")],
    write: Annotated[
        bool, typer.Option(help="Put the keys into the configuration, or only say them.")
    ] = True,
    drawn: Annotated[
        bool | None,
        typer.Option(
            "--drawn/--not-drawn", help="Whether the third card came out; else a person is asked."
        ),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Print three SPECIMEN cards, booked as tests, find out when the unit's counter moves, and write that down.

    The third card is only drawn and thrown out. Stop the station first: this command opens it itself, under the
    lock of its data folder, and no other printer moves. Exit codes: 0 found; 1 the readings are inconsistent or
    prove nothing, and nothing is written; 2 it cannot be tried.
    """
    config = load_config(context)
    configured = _printer(config, printer)
    found = _found(config, configured, person(by), drawn)
    text = _keys(printer, found)
    left = _not_tried(configured)
    path = config_path(context) if write else None
    if as_json:
        if path is not None:
            _write(path, printer, found)
        known = {"printer": printer, "readings": list(found.words), "not_tried": [left]}
        show.as_json({**known, "written_to": path and str(path), **found.keys})
        return
    print("\n".join(f"  {line}" for line in found.words))
    print(f"  {left}")
    print(f"in the [[printers]] table of {printer}:\n\n{text}")
    if path is not None:
        _write(path, printer, found)
        print(f"written to {path}; start the station")


def _printer(config: Config, name: str) -> PrinterConfig:
    found = config.printer(name)
    if found is None:
        known = ", ".join(p.name for p in config.printers) or "none"
        raise Failure(f"there is no printer {name}; there are: {known}", IMPOSSIBLE)
    if found.outside:
        raise Failure(f"printer {name} is not driven from here", IMPOSSIBLE)
    return found


def _found(config: Config, printer: PrinterConfig, by: str, drawn: bool | None) -> Found:
    from printstation.diagnostics.calibrate import Inconsistent, NotDrawn, conclude
    from printstation.diagnostics.calibrating import Calibration, CannotCalibrate
    from printstation.station import StationError, open_station

    try:
        station = open_station(config)
    except StationError as error:
        raise Failure(str(error), IMPOSSIBLE) from None
    try:
        calibration = Calibration(station, printer, by)
        calibration.refuse()
        readings = calibration.run(_opener(station))
        seen = True if readings.drawn else _seen(printer.name, drawn)
        if seen is not None:
            calibration.answer(seen)
        model = station.model_of(printer)
        return conclude(
            replace(readings, drawn=seen),
            has_counter=model.facts.counter_query is not None,
            has_path=model.facts.path_query is not None,
            most_s=model.print_s,
        )
    except CannotCalibrate as error:
        raise Failure(str(error), IMPOSSIBLE) from None
    except (Inconsistent, NotDrawn) as error:
        word = "inconsistent" if isinstance(error, Inconsistent) else "not proved"
        line = f"printer {printer.name}: {word}: {error}; nothing was written"
        raise Failure(line, REFUSED) from None
    finally:
        station.stop(now=True)


def _opener(station: Station) -> Callable[[str, Model, float], Driver]:
    import drivers

    return lambda uri, model, wait: drivers.open_driver(uri, model, station.clock, wait)


def _seen(name: str, drawn: bool | None) -> bool | None:
    """A person's word about the third card, where no sensor saw it, typed or from a pipe; None leaves it open."""
    if drawn is not None:
        return drawn
    while True:
        print(QUESTION.format(name=name), "[y/n]: ", end="", file=sys.stderr, flush=True)
        try:
            line = sys.stdin.readline()
        except OSError:
            line = ""
        word = line.strip().casefold()
        if not line:  # nobody is there
            print(file=sys.stderr)
            return None
        if word in WORDS:
            return WORDS[word]


def _not_tried(printer: PrinterConfig) -> str:
    """The one evidence capability that no SPECIMEN shows (exactly-once.md §2)."""
    from printstation.diagnostics.calibrate import NOT_TRIED

    source = "the model's file" if printer.holds_job is None else "the configuration"
    value = "true" if printer.unit_model().holds_job else "false"
    return NOT_TRIED.format(value=value, source=source)


def _keys(printer: str, found: Found) -> str:
    from printstation.diagnostics.calibrate import with_keys

    table = with_keys(f'[[printers]]\nname = "{printer}"\n', printer, found.keys)
    return "\n".join(table.splitlines()[2:])


def _write(path: Path, printer: str, found: Found) -> None:
    """Into the configuration: checked as a whole before it takes the old one's place, at once."""
    from printstation.config import Config, ConfigError
    from printstation.diagnostics.calibrate import with_keys

    try:
        text = with_keys(path.read_text(encoding="utf-8"), printer, found.keys)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}-", delete=False, encoding="utf-8"
        ) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        try:
            Config.load(Path(new.name))
            os.chmod(new.name, path.stat().st_mode)
            os.replace(new.name, path)
        finally:
            Path(new.name).unlink(missing_ok=True)
    except (ConfigError, ValueError, OSError) as error:
        raise Failure(
            f"{path} was left as it is: {error}; write the keys by hand", IMPOSSIBLE
        ) from None
