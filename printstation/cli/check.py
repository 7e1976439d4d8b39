"""`printstation printer check URI`: what an attached printer can be shown to do without moving a card."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure
from printstation.cli.find import configuration
from printstation.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers import Driver, Model
    from printstation.config import Config
    from printstation.diagnostics.conformance import Finding

#: What to do about a printer that somebody else holds.
BUSY = (
    "{uri} is busy elsewhere: {why}; if it is the station, stop it (SIGTERM to `printstation serve`), check, "
    "and start it again; `printstation doctor` names any other program that holds it"
)


def check(
    context: typer.Context,
    uri: Annotated[str, typer.Argument(metavar="URI", help="As in the configuration: usb://…")],
    model: Annotated[
        str | None,
        typer.Option(help="Its model; else the configuration's, else what its ids tell."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try the safe part of the driver contract on an attached printer: no card is moved.

    Says in words what was proved, what was not, and how it could be. Exit codes: 0 nothing is broken; 1 a promise
    is broken, or another model was found; 2 it cannot be tried (not there, held by a program, not understood).
    """
    config = configuration(context)
    with _nobody_else(config, uri):
        chosen, *others = fitting(config, uri, model)
        findings = _findings(config, uri, chosen)
    broken = any(finding.verdict == "broken" for finding in findings)
    if as_json:
        show.as_json(_shape(uri, chosen, others, findings))
    else:
        _print(uri, chosen, others, findings)
    if broken:
        raise typer.Exit(REFUSED)


@contextmanager
def _nobody_else(config: Config | None, uri: str) -> Iterator[None]:
    """The lock of the data folder, where its station drives this very printer: it cannot start meanwhile."""
    ours = config is not None and any(printer.uri == uri for printer in config.printers)
    if config is None or not ours or not config.data_dir.is_dir():
        yield
        return
    from printstation.station import StationError, take_lock

    try:
        lock = take_lock(config.data_dir)
    except StationError as error:
        raise Failure(BUSY.format(uri=uri, why=error), IMPOSSIBLE) from None
    try:
        yield
    finally:
        lock.close()


# ------------------------------------------------------------------------------- which model
def fitting(config: Config | None, uri: str, name: str | None) -> list[Model]:
    """The model that was named or is configured; else those that the device itself tells, the likeliest first."""
    import drivers

    configured = [p for p in config.printers if p.uri == uri] if config is not None else []
    try:
        drivers.parse_address(uri)
        if name is not None:
            return [drivers.model(name)]
        if configured:
            return [configured[0].unit_model()]
    except ValueError as error:
        raise Failure(str(error), IMPOSSIBLE) from None
    told = _told(uri)
    if not told:
        known = ", ".join(drivers.models())
        raise Failure(f"{uri}: its ids tell no model; say --model, one of {known}", IMPOSSIBLE)
    return told if len(told) == 1 else _answering(config, uri, told)


def _told(uri: str) -> list[Model]:
    """The models that may be there by address and ids."""
    import drivers

    if drivers.is_queue(uri):
        queues = [m for m in drivers.models().values() if m.family in drivers.OPENERS]
        # One that fits every queue comes after those that know theirs by name.
        return sorted(queues, key=lambda model: not model.mdl)
    if uri.partition("://")[0] in ("usb", "usbip"):
        return _by_ids(uri)
    return [proposal.model for proposal in drivers.proposals(drivers.Attached("serial", uri))]


def _answering(config: Config | None, uri: str, models: list[Model]) -> list[Model]:
    """Those of several models whose device answers there: asked as each of them, by its own name."""
    import drivers

    found, refused = [], ""
    for model in models:
        try:
            _opener(config, uri, model)().close()
        except drivers.WrongDevice as error:
            refused = str(error)
        except drivers.DriverError as error:
            raise _impossible(uri, error) from None
        else:
            found.append(model)
    if not found:
        raise Failure(f"{uri}: no model file fits what answers there; {refused}", REFUSED)
    return found


def _by_ids(uri: str) -> list[Model]:
    """The models that its USB ids and its 1284 text fit."""
    import drivers

    try:
        port = drivers.open_port(uri)
        try:
            device = drivers.Attached("usb", uri, port.usb_ids, device_id=port.device_id())
        finally:
            port.close()
    except drivers.DriverError as error:
        raise _impossible(uri, error) from None
    return [proposal.model for proposal in drivers.proposals(device)]


# ------------------------------------------------------------------------------- the trial
def _opener(config: Config | None, uri: str, model: Model) -> Callable[[], Driver]:
    import drivers
    from printstation.clock import SystemClock

    clock = SystemClock(config.clock_speed if config is not None else 1.0)
    # A card that moves is not disturbed: its end is awaited before a byte goes down the pipe.
    return lambda: drivers.open_driver(uri, model, clock, model.print_s)


def _findings(config: Config | None, uri: str, model: Model) -> list[Finding]:
    import drivers
    from printstation.diagnostics.conformance import Check

    try:
        return list(Check(uri, _opener(config, uri, model), model).run())
    except drivers.WrongDevice as error:
        raise Failure(f"{uri}: {error}; name its own model with --model", REFUSED) from None
    except drivers.DriverError as error:
        raise _impossible(uri, error) from None


def _impossible(uri: str, error: Exception) -> Failure:
    import drivers

    if isinstance(error, drivers.DeviceBusy):
        return Failure(BUSY.format(uri=uri, why=error), IMPOSSIBLE)
    if isinstance(error, drivers.DeviceGone):
        line = f"{uri} does not answer: {error}; look at power, cable and address"
        return Failure(line, IMPOSSIBLE)
    return Failure(f"{uri}: {type(error).__name__}: {error}", IMPOSSIBLE)


# ------------------------------------------------------------------------------- showing
def _shape(uri: str, model: Model, others: list[Model], findings: list[Finding]) -> dict[str, Any]:
    rows = [{"promise": f.promise, "verdict": str(f.verdict), "seen": f.seen} for f in findings]
    like = [other.name for other in others]
    return {
        "uri": uri,
        "model": model.name,
        "family": model.family,
        "answers_as_well_as": like,
        "findings": rows,
    }


def _print(uri: str, model: Model, others: list[Model], findings: list[Finding]) -> None:
    from printstation.diagnostics.attached import readable

    print(f"{uri}, model {model.name} ({model.description})")
    if others:
        like = ", ".join(other.name for other in others)
        print(f"  taken as {model.name}; it answers as {like} would, too: --model says which it is")
    for finding in findings:
        print(readable(f"  {finding.verdict:<10}  {finding.promise}: {finding.seen}"))
    count = {v: sum(f.verdict == v for f in findings) for v in ("proved", "broken", "not proved")}
    print(", ".join(f"{number} {verdict}" for verdict, number in count.items()))
