"""The configuration: what it takes, and that every refusal is one line which says what to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import drivers
from printstation.config import Config, ConfigError, PrinterConfig

TANGO = """
[[printers]]
name = "tango"
model = "tango2e"
uri = "usbip://127.0.0.1:3240/1-1"
"""


def load(folder: Path, text: str) -> Config:
    file = folder / "printstation.toml"
    file.write_text(text, encoding="utf-8")
    return Config.load(file)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder / 'printstation.toml'}: ")


def test_the_shortest_file_has_every_default(tmp_path: Path) -> None:
    config = load(tmp_path, 'data_dir = "data"\n' + TANGO)
    assert config.data_dir == tmp_path / "data"
    assert config.listen_at == ("127.0.0.1", 8631)
    assert (config.clock_speed, config.min_free_mb, config.language) == (1, 200, "id")
    assert config.printers[0].card_types == ("ktp-el-wni", "ktp-el-wna", "kia", "specimen")
    assert config.printers[0].counter is None
    assert not config.data_dir.exists()


def test_an_absolute_data_dir_stays(tmp_path: Path) -> None:
    assert load(tmp_path, f'data_dir = "{tmp_path}/else"').data_dir == tmp_path / "else"


def test_built_in_card_types(tmp_path: Path) -> None:
    config = load(tmp_path, 'data_dir = "data"')
    assert {kind.name: kind.one_per_resident for kind in config.card_types} == {
        "ktp-el-wni": True,
        "ktp-el-wna": True,
        "kia": True,
        "specimen": False,
    }
    assert not any(kind.encode_first for kind in config.card_types)
    assert config.card_type("passport") is None


def test_card_types_of_the_office_lie_over_the_built_in_ones(tmp_path: Path) -> None:
    extra = '[[card_types]]\nname = "kia"\nencode_first = true\n[[card_types]]\nname = "pass"\n'
    config = load(tmp_path, 'data_dir = "data"\n' + TANGO + extra)
    kia, own = config.card_type("kia"), config.card_type("pass")
    assert kia is not None and kia.encode_first and kia.one_per_resident
    assert own is not None and own.one_per_resident
    assert "pass" in config.printers[0].card_types


def test_calibrated_values_of_one_unit(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        f'data_dir = "data"\n{TANGO}counter = "pick"\nprint_s = 40\nbackend_waits = true\n'
        'card_types = ["kia"]',
    )
    printer = config.printer("tango")
    assert printer is not None
    assert (printer.counter, printer.print_s, printer.backend_waits) == ("pick", 40, True)
    assert printer.card_types == ("kia",)


def test_a_unit_may_be_said_to_keep_its_job_and_not_to_where_its_family_always_does(
    tmp_path: Path,
) -> None:
    config = load(tmp_path, f'data_dir = "data"\n{TANGO}holds_job = true\n')
    (printer,) = config.printers
    assert printer.unit_model().holds_job and not drivers.model("tango2e").holds_job
    queue = '[[printers]]\nname = "q"\nmodel = "ipp-card"\nuri = "ipp://127.0.0.1:631/printers/c"\n'
    with pytest.raises(ConfigError, match="holds_job must be true"):
        load(tmp_path, f'data_dir = "data"\n{queue}holds_job = false\n')
    outside = '[[printers]]\nname = "f"\nkind = "outside"\nholds_job = true\n'
    with pytest.raises(ConfigError, match="holds_job"):
        load(tmp_path, f'data_dir = "data"\n{outside}')


@pytest.mark.parametrize(
    ("model", "uri", "real"),
    [
        ("tango2e", "usb://0c1f:1800", True),
        ("tango2e", "usbip://127.0.0.1:3240/1-1", False),
        ("tango2e", "usbip://10.0.0.9:3240/1-1", True),
        ("primacy", "serial:///dev/pts/7", False),
        ("primacy", "serial:///dev/ttyUSB0", True),
        ("primacy", "tcp://127.0.0.1:9100", False),
        ("ipp-card", "ipp://127.0.0.1:40631/printers/cards", False),
        ("ipp-card", "ipp://127.0.0.1:631/printers/cards", True),
        ("ipp-card", "ipp://localhost/printers/cards", True),
        ("ipp-card", "ipp://[::1]:631/printers/cards", True),
        ("ipp-card", "ipp://10.0.0.9:40631/printers/cards", True),
    ],
)
def test_what_may_be_a_real_machine_gets_no_fast_clock(
    tmp_path: Path, model: str, uri: str, real: bool
) -> None:
    text = f'data_dir = "d"\n[[printers]]\nname = "t"\nmodel = "{model}"\nuri = "{uri}"\n'
    assert load(tmp_path, text).printers[0].may_be_real is real
    if real:
        with pytest.raises(ConfigError, match="printer t may be a real machine"):
            load(tmp_path, "clock_speed = 20\n" + text)
    else:
        assert load(tmp_path, "clock_speed = 20\n" + text).clock_speed == 20


def test_versions_of_blanks_that_a_printer_is_set_for(tmp_path: Path) -> None:
    (tmp_path / "versions.toml").write_text(
        f'data_dir = "d"\n{TANGO}versions = ["2024", "2025-a"]\n'
    )
    assert Config.load(tmp_path / "versions.toml").printers[0].versions == ("2024", "2025-a")
    (tmp_path / "any.toml").write_text(f'data_dir = "d"\n{TANGO}')
    assert Config.load(tmp_path / "any.toml").printers[0].versions is None


def test_built_in_code_may_hand_printers_over_as_objects(tmp_path: Path) -> None:
    printer = PrinterConfig(name="a", model="enduro", uri="usbip://127.0.0.1:1/1-1")
    config = Config.model_validate(
        {"data_dir": tmp_path, "printers": (printer,), "card_types": [{"name": "pass"}]}
    )
    assert "pass" in config.printers[0].card_types


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('data_dir = "d"\nlisten_on = "x"', "listen_on: unknown key; did you mean listen?"),
        ('data_dir = "d"\nzzz = 1', "zzz: unknown key; known keys are data_dir, listen"),
        (
            'data_dir = "d"\n' + TANGO + 'modle = "x"',
            "printers[1].modle: unknown key; did you mean model?",
        ),
        (
            'data_dir = "d"\n[[card_types]]\nname = "kia"\nencode = true',
            # As the file counts, not as the list with the built-in types does.
            "card_types[1].encode: unknown key; did you mean encode_first?",
        ),
        (
            'data_dir = "d"\n[[card_types]]\nname = "kia"\n[[card_types]]\nname = "own"\nx = 1',
            "card_types[2].x: unknown key; known keys are name",
        ),
        ('data_dir = ""', "data_dir: is empty; name a folder"),
        ("data_dir = 3", "data_dir: write a text in quotes"),
        ('data_dir = "d"\nprinters = 3', "printers: write a list, as [[printers]]"),
        ('data_dir = "d"\n[printers]\nname = "a"', "printers: write a list, as [[printers]]"),
        ('data_dir = "d"\noffice = 3', "office: write a table, as [office]"),
        ('data_dir = "d"\nclock_speed = "fast"', "clock_speed: write a number"),
        ('data_dir = "d"\nmin_free_mb = 1.5', "min_free_mb: write a whole number"),
        (
            'data_dir = "d"\n' + TANGO.replace('"tango"', '"a b"'),
            "printers[1].name: write 1 to 64 of A-Z a-z 0-9 . _ -",
        ),
        ('data_dir = "d"\n[printers.tango]\nname = "x"', "printers: "),
        ("", "data_dir: missing; add this key"),
        ('data_dir = "d"\n[[printers]]\nname = "x"', "printers[1].model: missing; add this key"),
        ('data_dir = "d"\nlisten = "0.0.0.0:8631"', "listen: only this machine may be listened to"),
        ('data_dir = "d"\nlisten = "::1"', "listen: write HOST:PORT"),
        ('data_dir = "d"\nlisten = "8631"', "listen: write HOST:PORT"),
        ('data_dir = "d"\nlisten = "localhost:99999"', "listen: write HOST:PORT"),
        ('data_dir = "d"\ntimezone = "Asia/Atlantis"', "timezone: no such time zone"),
        ('data_dir = "d"\nlanguage = "nl"', "language: "),
        ('data_dir = "d"\nclock_speed = 0', "clock_speed: "),
        ('data_dir = "d"\nclock_speed = "2"', "clock_speed: "),
        ('data_dir = "d"\nmin_free_mb = -1', "min_free_mb: "),
        ('data_dir = "d"\n' + TANGO + TANGO, "printers: two have the name tango"),
        (
            'data_dir = "d"\n' + TANGO + TANGO.replace('"tango"', '"other"'),
            "printers: two have the uri",
        ),
        (
            'data_dir = "d"\n' + '[[card_types]]\nname = "kia"\n' * 2,
            "card_types: two have the name kia",
        ),
        (
            'data_dir = "d"\n' + TANGO.replace('"tango"', '"tan go"'),
            "printers[1].name: ",
        ),
        (
            'data_dir = "d"\n' + TANGO.replace("tango2e", "tango3"),
            "printers[1]: unknown printer model 'tango3'; known are",
        ),
        (
            'data_dir = "d"\n' + TANGO.replace("usbip:", "bluetooth:"),
            "printers[1]: 'bluetooth://127.0.0.1:3240/1-1' is no printer address; write usb://",
        ),
        (
            'data_dir = "d"\n' + TANGO + 'card_types = ["passport"]',
            "printer tango: card_types: there is no card type passport; there are",
        ),
        (
            'data_dir = "d"\n' + TANGO.replace("tango2e", "enduro") + 'counter = "pick"',
            "printers[1]: enduro: no known query reads a card counter",
        ),
        (
            'data_dir = "d"\nclock_speed = 20\n' + TANGO.replace("127.0.0.1", "10.0.0.9"),
            "clock_speed: must be 1 while printer tango may be a real machine",
        ),
        (
            'data_dir = "d"\nclock_speed = 20\n[[printers]]\nname = "t"\nmodel = "tango2e"\n'
            'uri = "usb://0c1f:1800"',
            "clock_speed: must be 1 while printer t may be a real machine",
        ),
    ],
)
def test_refusals_name_the_key_and_what_to_do(tmp_path: Path, text: str, told: str) -> None:
    assert refusal(tmp_path, text).startswith(told)


OUTSIDE = 'data_dir = "d"\n[[printers]]\nname = "m"\nkind = "outside"\ncard_types = ["kia"]\n'


def test_a_printer_outside_has_no_cable(tmp_path: Path) -> None:
    config = load(tmp_path, OUTSIDE + OUTSIDE.partition("\n")[2].replace('"m"', '"n"'))
    assert [(printer.outside, printer.uri) for printer in config.printers] == [(True, "")] * 2
    assert load(tmp_path, "clock_speed = 20\n" + OUTSIDE).clock_speed == 20
    assert refusal(tmp_path, OUTSIDE + 'model = "enduro"').startswith(
        'printers[1].model: kind = "outside" has none; leave it out'
    )


def test_types_that_are_encoded_first(tmp_path: Path) -> None:
    text = 'data_dir = "d"\n[[card_types]]\nname = "kia"\nencode_first = true\n'
    assert load(tmp_path, text).encode_first == frozenset({"kia"})
    assert load(tmp_path, 'data_dir = "d"').encode_first == frozenset()


def test_speed_is_taken_for_a_simulator(tmp_path: Path) -> None:
    assert load(tmp_path, 'data_dir = "d"\nclock_speed = 20\n' + TANGO).clock_speed == 20


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is not TOML: .*line 2.*mend that line"):
        load(tmp_path, 'data_dir = "d"\nlisten = \n')


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no configuration .*--config FILE"):
        Config.load(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.load(tmp_path)


def test_indonesia_needs_no_zone_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo._tzpath.TZPATH", ())
    monkeypatch.setattr("zoneinfo._common.load_tzdata", _no_zone)
    config = load(tmp_path, 'data_dir = "d"\ntimezone = "Asia/Jayapura"')
    assert datetime(2026, 11, 3, tzinfo=config.zone).utcoffset() == timedelta(hours=9)


def _no_zone(_key: str) -> None:
    raise FileNotFoundError
