"""The configuration: one TOML file, checked completely before anything is opened.

An unknown key is an error at every level, since a misspelt one would be a setting that silently does
nothing. There is no second source: an environment variable that changes a printer would be invisible.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterable
from datetime import timedelta, timezone, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

import drivers
from printstation.config_line import first_mistake
from printstation.logs import Level

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Flag = Annotated[bool, Field(strict=True)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120)]
#: 1000 is far beyond what a simulator keeps up with.
MAX_SPEED = 1000.0
#: Where the CUPS of a computer listens; one that a test or `demo` starts has a port of its own.
CUPS_PORT = 631
DEFAULT_LISTEN = "127.0.0.1:8631"
#: Indonesia's zones have had no summer time since 1948; so a machine without tzdata still starts.
ZONES = {"Asia/Jakarta": 7, "Asia/Pontianak": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}


class ConfigError(Exception):
    """The configuration cannot be used: one line that names the key and says what to do."""


class Table(BaseModel):
    """A TOML table with a fixed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CardType(Table):
    """A kind of blank. Unless the office says otherwise it is one per resident: the careful side."""

    name: Name
    one_per_resident: Flag = True
    encode_first: Flag = False


BUILT_IN = (
    CardType(name="ktp-el-wni"),
    CardType(name="ktp-el-wna"),
    CardType(name="kia"),
    CardType(name="specimen", one_per_resident=False),
)


#: An office may let a machine rest over night, and leave one unused for a year.
LONGEST_REST_S = 86_400
LONGEST_IDLE_S = 366 * 86_400
MOST_CARDS = 1_000_000
Cards = Annotated[int, Field(ge=0, le=MOST_CARDS, strict=True)]
#: Above that no transfer roller is heated; it stops a typing error, not a printer.
HIGHEST_C = 300
Celsius = Annotated[int, Field(ge=1, le=HIGHEST_C, strict=True)]
#: What only a printer on a cable has.
OF_A_DEVICE = (
    *("model", "uri", "counter", "path_sensor", "holds_job", "print_s", "backend_waits"),
)


class PrinterConfig(Table):
    """One printer. From `counter` on, keys are as calibrated on that very unit, and its duty (0: no such rule);
    None means the model's.

    `kind = "outside"`: the ministry's own application prints on it, and people record what came out.
    """

    name: Name
    kind: Literal["device", "outside"] = "device"
    model: str = ""
    uri: str = ""
    card_types: tuple[Name, ...] = tuple(kind.name for kind in BUILT_IN)
    # The versions of blanks that this machine is set for; None takes every version.
    versions: tuple[Line, ...] | None = None
    counter: Literal["none", "pick", "eject"] | None = None
    path_sensor: Flag | None = None
    holds_job: Flag | None = None
    print_s: Annotated[float, Field(gt=0, le=3600, strict=True)] | None = None
    backend_waits: Flag | None = None
    rest_after_cards: Cards | None = None
    rest_s: Annotated[float, Field(ge=0, le=LONGEST_REST_S, strict=True)] | None = None
    clean_every_cards: Cards | None = None
    exercise_after_s: Annotated[float, Field(ge=0, le=LONGEST_IDLE_S, strict=True)] | None = None
    transfer_temperature: tuple[Celsius, Celsius] | None = None

    @model_validator(mode="after")
    def _is_a_known_printer(self) -> Self:
        told = [key for key in OF_A_DEVICE if getattr(self, key) not in (None, "")]
        if self.outside:
            if told:
                raise ValueError(f'{told[0]}: kind = "outside" has none; leave it out')
            return self
        for key in ("model", "uri"):
            if key not in told:
                raise ValueError(f'{key}: missing; add this key, or kind = "outside"')
        drivers.parse_address(self.uri)
        self.unit_model()
        return self

    @model_validator(mode="after")
    def _duty_makes_sense(self) -> Self:
        band = self.transfer_temperature
        if band is not None and band[0] > band[1]:
            raise ValueError("transfer_temperature: write [lowest, highest]")
        known = drivers.models().get(self.model)
        rest_s = self.rest_s if self.rest_s is not None else known.rest_s if known else 0
        if self.rest_after_cards and not rest_s:
            raise ValueError("rest_after_cards: says nothing without rest_s; add how long it rests")
        return self

    def unit_model(self) -> drivers.Model:
        """The model of a printer on a cable, as calibrated on this very unit."""
        return drivers.model(self.model).for_unit(
            counter=self.counter,
            path_sensor=self.path_sensor,
            holds_job=self.holds_job,
            print_s=self.print_s,
            backend_waits=self.backend_waits,
        )

    @property
    def outside(self) -> bool:
        """Whether this station does not drive it."""
        return self.kind == "outside"

    @property
    def may_be_real(self) -> bool:
        """Whether a machine with moving parts may stand at this address: all but loopback and a pseudo-terminal.

        A queue of this computer's own CUPS is the usual way to a real printer, though its address is loopback.
        """
        if self.outside:
            return False  # our clock moves nothing there
        address = urlsplit(self.uri)
        if address.scheme == "serial":
            return not Path(address.path).resolve().is_relative_to("/dev/pts")
        if address.scheme == "usb" or not is_loopback(address.hostname or ""):
            return True
        return drivers.is_queue(self.uri) and address.port in (None, CUPS_PORT)


class Office(Table):
    """Who issues the cards: the heading of reports, minutes and slips."""

    name: Line = "Dinas Kependudukan dan Pencatatan Sipil"
    city: Line = "Kota Contoh"
    province: Line = "Provinsi Contoh"
    address: Line = "-"
    # Who signs the letters that leave the house; empty: their lines are filled in by hand.
    head: Annotated[str, StringConstraints(max_length=120)] = ""
    head_title: Line = "Kepala Dinas"
    head_nip: Annotated[str, StringConstraints(max_length=40)] = ""


class ReceiptPrinter(Table):
    """The printer of pick-up slips and hand-over receipts; `columns` of its paper, 48 (80 mm) or 32 (58 mm).

    `answers = false` is for one without a way back: what became of a slip is then not known.
    """

    uri: str
    columns: Literal[32, 48] = 48
    answers: Flag = True

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        drivers.parse_address(self.uri)
        return self


TABLES: dict[str, type[BaseModel]] = {
    "printers": PrinterConfig,
    "card_types": CardType,
    "office": Office,
    "receipt_printer": ReceiptPrinter,
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(value: str) -> str:
    host, port = _split(value)
    well_formed = (host and ":" not in host.strip("[]")) or value.startswith("[")
    if not well_formed or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"write HOST:PORT, as {DEFAULT_LISTEN}")
    if not is_loopback(host):
        raise ValueError(
            "only this machine may be listened to (127.0.0.1, ::1 or localhost) until the station has "
            f"access control; write {DEFAULT_LISTEN}"
        )
    return value


def _split(value: str) -> tuple[str, str]:
    host, _, port = value.rpartition(":")
    return host.strip("[]"), port


def _folder(value: Any) -> Any:
    if value == "":
        raise ValueError('is empty; name a folder, as "data"')
    return value


def _timezone(value: str) -> str:
    _zone(value)
    return value


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name in ZONES:
            return timezone(timedelta(hours=ZONES[name]))
        raise ValueError(f"no such time zone; write one like {', '.join(ZONES)}") from None


class Config(Table):
    """The whole file. `data_dir` is absolute once loaded."""

    data_dir: Annotated[Path, BeforeValidator(_folder)]
    listen: Annotated[str, AfterValidator(_listen)] = DEFAULT_LISTEN
    timezone: Annotated[str, AfterValidator(_timezone)] = "Asia/Jakarta"
    language: Literal["id", "en"] = "id"
    log_level: Level = "info"
    clock_speed: Annotated[float, Field(gt=0, le=MAX_SPEED, strict=True)] = 1.0
    min_free_mb: Annotated[int, Field(ge=0, strict=True)] = 200
    printers: tuple[PrinterConfig, ...] = ()
    card_types: tuple[CardType, ...] = BUILT_IN
    office: Office = Office()
    receipt_printer: ReceiptPrinter | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a file. Raises `ConfigError`; opens, makes and connects nothing."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(
                f"there is no configuration {path}; write one, or name it with --config FILE or "
                "PRINTSTATION_CONFIG"
            ) from None
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path} is not text in UTF-8 (byte {error.start}); save it as UTF-8"
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path} is not TOML: {error}; mend that line") from None
        try:
            config = cls.model_validate(table)
        except ValidationError as error:
            raise ConfigError(
                f"{path}: {first_mistake(error, cls, TABLES, _written(table))}"
            ) from None
        return config.model_copy(update={"data_dir": (path.parent / config.data_dir).resolve()})

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, table: Any) -> Any:
        """Put the office's card types over the built-in ones, and give a printer all that there are."""
        if not isinstance(table, dict):
            return table
        given = table.get("card_types", ())
        kinds = _merge(given) if isinstance(given, list | tuple) else given
        filled = {**table, "card_types": kinds}
        printers = table.get("printers")
        if isinstance(printers, list | tuple) and kinds is not given:
            names = [kind.get("name") for kind in kinds if isinstance(kind, dict)]
            filled["printers"] = [_with_types(printer, names) for printer in printers]
        return filled

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _unique("printers", "name", (printer.name for printer in self.printers))
        _unique("printers", "uri", (each.uri for each in self.printers if not each.outside))
        _unique("card_types", "name", (kind.name for kind in self.card_types))
        known = {kind.name for kind in self.card_types}
        for printer in self.printers:
            for name in printer.card_types:
                if name not in known:
                    raise ValueError(
                        f"printer {printer.name}: card_types: there is no card type {name}; "
                        f"there are {', '.join(sorted(known))}"
                    )
            if self.clock_speed != 1 and printer.may_be_real:
                raise ValueError(
                    f"clock_speed: must be 1 while printer {printer.name} may be a real machine "
                    "(its address is neither loopback nor a pseudo-terminal, or it is a queue of this computer's CUPS)"
                )
        return self

    @property
    def encode_first(self) -> frozenset[str]:
        """The card types of which each card is encoded for its resident before it is printed."""
        return frozenset(kind.name for kind in self.card_types if kind.encode_first)

    def card_type(self, name: str) -> CardType | None:
        """The card type of this name."""
        return next((kind for kind in self.card_types if kind.name == name), None)

    def printer(self, name: str) -> PrinterConfig | None:
        """The printer of this name."""
        return next((printer for printer in self.printers if printer.name == name), None)

    @property
    def zone(self) -> tzinfo:
        """The office's own time, for what people read; everything stored is UTC."""
        return _zone(self.timezone)

    @property
    def listen_at(self) -> tuple[str, int]:
        """Host and port; port 0 lets the system choose."""
        host, port = _split(self.listen)
        return host, int(port)


def _merge(given: Iterable[Any]) -> list[Any]:
    """Built-in card types with the office's keys over them, then the office's own types."""
    kinds: list[Any] = [kind.model_dump() for kind in BUILT_IN]
    unchanged = {kind["name"]: kind for kind in kinds}
    for raw in given:
        table = raw.model_dump() if isinstance(raw, CardType) else raw
        name = table.get("name") if isinstance(table, dict) else None
        # A second table of the same name is no merge but a mistake; it is found as a double name.
        if isinstance(name, str) and name in unchanged:
            unchanged.pop(name).update(table)
        else:
            kinds.append(table)
    return kinds


def _written(table: dict[str, Any]) -> dict[int, int]:
    """Where in the file each merged card type stands: a mistake is named as the file counts."""
    given = table.get("card_types", ())
    if not isinstance(given, list):
        return {}
    names = [raw.get("name") if isinstance(raw, dict) else None for raw in given]
    found: dict[int, int] = {}
    for place, kind in enumerate(_merge(given)):
        same = [number for number, raw in enumerate(given) if raw is kind]
        if same or (isinstance(kind, dict) and kind.get("name") in names):
            found[place] = same[0] if same else names.index(kind.get("name"))
    return found


def _with_types(printer: Any, names: list[Any]) -> Any:
    if isinstance(printer, dict):
        return {"card_types": names, **printer}
    if isinstance(printer, PrinterConfig) and "card_types" not in printer.model_fields_set:
        return printer.model_copy(update={"card_types": tuple(names)})
    return printer


def _unique(table: str, key: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{table}: two have the {key} {value}; give each its own")
        seen.add(value)
